package csvfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

var _ sync.Source = (*Source)(nil)

func testMapping(t testing.TB) *sources.Mapping {
	t.Helper()
	m, faults := sources.Compile(sources.Spec{
		Source: "hr", Anchor: "id", Include: "kind != 'robot'", Disabled: "kind == 'left'",
		Fields: map[sync.Field]sources.FieldSpec{
			sync.Username: {From: "login"},
			sync.Email:    {From: "mail"},
			sync.LastName: {From: "name"},
		},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return m
}

func clock() func() time.Time {
	now := time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC)
	return func() time.Time { now = now.Add(time.Second); return now }
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// source returns a source of the text, with what else c says.
func source(t testing.TB, c Config, text string) *Source {
	t.Helper()
	c.Name, c.Now = "hr", clock()
	if c.Path == "" {
		c.Path = write(t, "people.csv", text)
	}
	s, err := New(c, testMapping(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// summary writes a snapshot as lines: what became of each row.
func summary(s sync.Snapshot) []string {
	var out []string
	for _, id := range s.Identities {
		out = append(out, fmt.Sprintf("%s %s %s <%s> %s", id.Origin.Place, id.Key, id.Profile[sync.LastName], id.Profile[sync.Email], id.Status))
	}
	for _, r := range s.Rejects {
		out = append(out, fmt.Sprintf("%s reject %q %s", r.Origin.Place, r.Key, r.Detail))
	}
	if s.Receipt.Excluded > 0 {
		out = append(out, fmt.Sprintf("%d excluded", s.Receipt.Excluded))
	}
	return out
}

const header = "id,login,mail,name,kind\n"

// anna is a row that is in order, on which the other rows of a test are seen
// not to have an effect.
const anna = "1,anna,anna@example.org,Müller,staff\n"

func annaOn(line int) string {
	return fmt.Sprintf("line %d hr:1 Müller <anna@example.org> enabled", line)
}

func TestRows(t *testing.T) {
	const quoteLost = "the row spans 3 lines, and the 2nd of them looks like a row of its own: is a quote left open before it?"
	tests := []struct {
		name string
		c    Config
		text string
		want []string
	}{
		{"one person", Config{}, header + anna, []string{annaOn(2)}},
		{"no person", Config{}, header, nil},
		{"no line break at the end", Config{}, header + strings.TrimSpace(anna), []string{annaOn(2)}},
		{"CR LF", Config{}, strings.ReplaceAll(header+anna, "\n", "\r\n"), []string{annaOn(2)}},
		{"blank lines and rows without a value", Config{}, header + "\n  \n,,,,\n , , , , \n,,,,,,,\n\"\"\n" + anna, []string{annaOn(8)}},
		{"columns in another order, and more of them", Config{}, "x,kind,name,mail,login,id,,x\n9,staff,Müller,anna@example.org,anna,1,,\n", []string{annaOn(2)}},
		{"header with space around names", Config{}, " id , login,mail ,name, kind\n" + anna, []string{annaOn(2)}},
		{"named columns instead of a header", Config{Columns: []string{"id", "login", "mail", "name", "kind"}}, anna, []string{annaOn(1)}},
		{"filter and status", Config{}, header + "2,r,r@example.org,R,robot\n3,l,,L,left\n", []string{"line 3 hr:3  <> disabled", "1 excluded"}},
		{"a field over several lines", Config{}, "id,login,mail,name,kind,note\n2,b,b@example.org,B,staff,\"a\nb\nc\"\n1,anna,anna@example.org,Müller,staff,\n",
			[]string{"line 2 hr:2 B <b@example.org> enabled", annaOn(5)}},
		{"a line break in a name", Config{}, header + "2,b,b@example.org,\"B\nC\",staff\n" + anna,
			[]string{annaOn(4), `line 2 reject "hr:2" mapping.last_name.from: the value contains a control character (attribute name)`}},
		{"too few columns keep the key", Config{}, header + "2,b\n" + anna, []string{annaOn(3), `line 2 reject "hr:2" the row has 2 columns, the header 5`}},
		{"too many columns may be two rows", Config{}, header + "2,b,b@example.org,B,staff3,c,c@example.org,C,staff\n" + anna,
			[]string{annaOn(3), `line 2 reject "" the row has 9 columns, the header 5`}},
		{"one column too many may be two rows", Config{}, header + "2,b3,c,c@example.org,C,staff\n" + anna,
			[]string{annaOn(3), `line 2 reject "" the row has 6 columns, the header 5`}},
		{"too few columns after a quoted field may be two rows", Config{}, header + "2,\"b,b@example.org,B,staff3,c\",c@example.org\n" + anna,
			[]string{annaOn(3), `line 2 reject "" the row has 3 columns, the header 5`}},
		{"too few columns with the anchor elsewhere", Config{}, "login,id,mail,name,kind\nb,2\nanna,1,anna@example.org,Müller,staff\n",
			[]string{annaOn(3), `line 2 reject "" the row has 2 columns, the header 5`}},
		{"a bare quote", Config{}, header + "2,b,b@example.org,5\" disk,staff\n" + anna,
			[]string{annaOn(3), `line 2 reject "hr:2" a quote stands in the wrong place on line 2, byte 20`}},
		{"text after a quote", Config{}, header + "2,b,b@example.org,\"5\" disk\",staff\n" + anna,
			[]string{annaOn(3), `line 2 reject "hr:2" a quote stands in the wrong place on line 2, byte 21`}},
		{"text after a quote on the last line", Config{}, header + anna + "2,b,b@example.org,\"5\" disk\",staff",
			[]string{annaOn(2), `line 3 reject "hr:2" a quote stands in the wrong place on line 3, byte 21`}},
		{"two rows glued at a quote", Config{}, header + "2,b,b@example.org,B,\"staff\"3,c,c@example.org,C,staff\n" + anna,
			[]string{annaOn(3), `line 2 reject "" a quote stands in the wrong place on line 2, byte 27`}},
		{"a bare quote in the anchor", Config{}, header + "2\",b,b@example.org,B,staff\n" + anna,
			[]string{annaOn(3), `line 2 reject "" a quote stands in the wrong place on line 2, byte 2`}},
		{"a bare quote after empty cells", Config{}, header + ",,x\"y,,\n" + anna,
			[]string{annaOn(3), `line 2 reject "" a quote stands in the wrong place on line 2, byte 4`}},
		{"an open quote swallows rows up to another quote", Config{}, header + "2,b,b@example.org,\"B,staff\n3,c,c@example.org,C,staff\n4,d,d@example.org,\"D\",staff\n" + anna,
			[]string{annaOn(5), `line 2 reject "" a quote stands in the wrong place on line 4, byte 19`}},
		{"an open quote swallows rows and ends well", Config{}, header + "2,b,b@example.org,\"B,staff\n3,c,c@example.org,C,staff\n4,d,d@example.org,D\",staff\n" + anna,
			[]string{annaOn(5), `line 2 reject "" ` + quoteLost}},
		{"an open quote swallows half of the next row", Config{}, header + "2,b,b@example.org,\"B,staff\n3,c,c@example.org,C\",staff\n" + anna,
			[]string{annaOn(4), `line 2 reject "" the row spans 2 lines, and the 2nd of them looks like a row of its own: is a quote left open before it?`}},
		{"an open quote after a blank line", Config{}, header + "\n\n2,b,b@example.org,\"B,staff\n3,c,c@example.org,C\",staff\n" + anna,
			[]string{annaOn(6), `line 4 reject "" the row spans 2 lines, and the 2nd of them looks like a row of its own: is a quote left open before it?`}},
		{"no anchor", Config{}, header + ",b,b@example.org,B,staff\n" + anna,
			[]string{annaOn(3), `line 2 reject "" anchor.attribute: attribute id is empty`}},
		{"a NUL", Config{}, header + "2,b,b@example.org,B\x00,staff\n" + anna,
			[]string{annaOn(3), `line 2 reject "hr:2" mapping.last_name.from: attribute name contains a NUL at byte 2: "B\x00"`}},
		{"semicolons", Config{Delimiter: ";"}, strings.ReplaceAll(header+anna, ",", ";"), []string{annaOn(2)}},
		{"semicolons, guessed", Config{Delimiter: "auto"}, "\n\"id\";login;\"mail,a\";mail;name,b;name;kind\n1;anna;;anna@example.org;;Müller;staff\n", []string{annaOn(3)}},
		{"quoted delimiters do not count", Config{Delimiter: "auto"}, "id;login;mail;name;kind;\",,,,,,\"\n1;anna;anna@example.org;Müller;staff;\n", []string{annaOn(2)}},
		{"tabs, guessed", Config{Delimiter: "auto"}, strings.ReplaceAll(header+anna, ",", "\t"), []string{annaOn(2)}},
		{"tabs, by name", Config{Delimiter: "tab"}, strings.ReplaceAll(header+anna, ",", "\t"), []string{annaOn(2)}},
		{"a delimiter of two bytes", Config{Delimiter: "¦"}, strings.ReplaceAll(header+anna, ",", "¦"), []string{annaOn(2)}},
		{"comments", Config{Comment: "#"}, "# people\n" + header + "# \"a\n" + anna, []string{annaOn(4)}},
		{"single quotes", Config{Quote: "'"}, header + "2,b,b@example.org,'B, \"the\" ''bee''',staff\n" + anna,
			[]string{`line 2 hr:2 B, "the" 'bee' <b@example.org> enabled`, annaOn(3)}},
		{"no quotes, in UTF-8", Config{Quote: "none", Encoding: "utf-8"}, header + "2,b,b@example.org,\"B,staff\n3,c,c@example.org,\xff,staff\n" + anna,
			[]string{`line 2 hr:2 "B <b@example.org> enabled`, annaOn(4), `line 3 reject "hr:3" mapping.last_name.from: attribute name is not valid UTF-8 at byte 1: "\xfe"`}},
		{"a trailer", Config{Trailer: "EOF"}, header + anna + "2,b\nEOF,2\n\n", []string{annaOn(2), `line 3 reject "hr:2" the row has 2 columns, the header 5`}},
		{"a trailer of full width", Config{Trailer: "EOF"}, header + anna + "EOF, 1 ,,,\n", []string{annaOn(2)}},
		{"without a trailer the word is a row", Config{}, header + anna + "EOF,1\n", []string{annaOn(2), `line 3 reject "hr:EOF" the row has 2 columns, the header 5`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := source(t, test.c, test.text).Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(summary(got), test.want); diff != "" {
				t.Errorf("got -, want +\n%s", diff)
			}
			if n := len(got.Identities) + len(got.Rejects) + got.Receipt.Excluded; got.Receipt.Entries != n {
				t.Errorf("got %d entries, want %d", got.Receipt.Entries, n)
			}
		})
	}
}
