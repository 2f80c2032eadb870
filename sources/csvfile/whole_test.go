package csvfile

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/directory-sync/syncd/sync"
)

// zipped packs a text.
func zipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func encoded(t testing.TB, name, text string) string {
	t.Helper()
	var out string
	var err error
	switch name {
	case "windows-1252":
		out, err = charmap.Windows1252.NewEncoder().String(text)
	case "iso-8859-15":
		out, err = charmap.ISO8859_15.NewEncoder().String(text)
	case "utf-16le":
		out, err = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(text)
	case "utf-16be":
		out, err = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEncodings(t *testing.T) {
	text := header + anna
	le, be := encoded(t, "utf-16le", text), encoded(t, "utf-16be", text)
	tests := []struct{ name, encoding, text string }{
		{"UTF-8", "", text},
		{"UTF-8 with a mark", "", "\ufeff" + text},
		{"UTF-8 with a mark, whatever is said", "windows-1252", "\ufeff" + text},
		{"UTF-8, said", "utf-8", text},
		{"UTF-16 little-endian with a mark", "", "\xff\xfe" + le},
		{"UTF-16 big-endian with a mark", "auto", "\xfe\xff" + be},
		{"UTF-16 with a mark, said", "utf-16", "\xff\xfe" + le},
		{"UTF-16 little-endian, said", "utf-16le", le},
		{"UTF-16 big-endian, said", "UTF-16BE", be},
		{"UTF-16 the other way round than said", "utf-16be", "\xff\xfe" + le},
		{"Windows-1252", "windows-1252", encoded(t, "windows-1252", text)},
		{"ISO 8859-1", "iso-8859-1", encoded(t, "windows-1252", text)},
		{"ISO 8859-15", "iso-8859-15", encoded(t, "iso-8859-15", text)},
		{"decomposed", "", strings.ReplaceAll(text, "ü", "u\u0308")},
		{"gzip", "", zipped(t, text)},
		{"gzip in two parts", "", zipped(t, header) + zipped(t, anna)},
		{"gzip of UTF-16", "", zipped(t, "\xff\xfe"+le)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := source(t, Config{Encoding: test.encoding}, test.text).Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(summary(got), []string{annaOn(2)}); diff != "" {
				t.Errorf("got -, want +\n%s", diff)
			}
		})
	}
}

func TestReadIsWholeOrAnError(t *testing.T) {
	packed := zipped(t, header+strings.Repeat(anna, 100))
	tests := []struct {
		name string
		c    Config
		text string
		want string
	}{
		{"empty file", Config{}, "", "the file is empty: there is not even a header"},
		{"only blank lines", Config{}, "\n\n,,\n", "the file is empty: there is not even a header"},
		{"cut off in a quoted field", Config{}, header + anna + "2,b,b@example.org,\"B", "line 3: " + errUnclosed.Error()},
		{"cut off in a quoted field after a line break", Config{}, header + anna + "2,b,\"b@exa\r\nmple\r\n", "line 3: " + errUnclosed.Error()},
		{"cut off just after a quote", Config{}, header + anna + "2,b,\"", "line 3: " + errUnclosed.Error()},
		{"not UTF-8", Config{}, header + anna + "2,b,b@example.org,B\xfc,staff\n", "line 3: " + errEncoding.Error()},
		{"not UTF-8 in a row of another width", Config{}, header + "2,\xfc\n", "line 2: " + errEncoding.Error()},
		{"not UTF-8 without quotes", Config{Quote: "none"}, header + "2,b,b@example.org,\xff,staff\n", "line 2: " + errEncoding.Error()},
		{"UTF-16 without a mark", Config{}, encoded(t, "utf-16le", header), "line 1: " + errHeaderNUL.Error()},
		{"UTF-16 without the mark it must have", Config{Encoding: "utf-16"}, encoded(t, "utf-16le", header), "encoding: missing byte order mark"},
		{"half a character of UTF-16", Config{Encoding: "utf-16le"}, encoded(t, "utf-16le", header+anna) + "x", "after line 2: " + errOddBytes.Error()},
		{"bare carriage returns", Config{}, strings.ReplaceAll(header+anna, "\n", "\r"), "line 1: " + errReturns.Error()},
		{"an open quote in the header", Config{}, "id,login,mail,name,\"kind\n" + anna + "2,b\",x\n", "line 1: " + errLongHeader.Error()},
		{"a bare quote in the header", Config{}, "id,login,mail,name,k\"ind\n" + anna, "line 1: the header cannot be read: a quote stands in the wrong place on line 1, byte 21"},
		{"columns missing", Config{}, "id,logn,mail,name,type\n" + anna,
			`there is no column "kind" (filter, status.disabled); there is no column "login" (mapping.username.from), did you mean "logn"?; the columns are: id, logn, mail, name, type`},
		{"column there twice", Config{}, "id,login,mail,name,kind,mail,x,x\n",
			`there are two columns "mail" (mapping.email.from); the columns are: id, login, mail, name, kind, mail, x, x`},
		{"trailer missing", Config{Trailer: "EOF"}, header + anna, errNoTrailer.Error()},
		{"trailer with another number", Config{Trailer: "EOF"}, header + anna + "EOF,2\n", "line 3: the trailer says 2 rows, the file has 1"},
		{"trailer without a number", Config{Trailer: "EOF"}, header + anna + "EOF\n", "line 3: the trailer has no number of rows"},
		{"trailer with a word for a number", Config{Trailer: "EOF"}, header + anna + "EOF,all\n", "line 3: the second cell of the trailer is no number of rows"},
		{"row after the trailer", Config{Trailer: "EOF"}, header + anna + "EOF,1\n" + anna, "line 4: " + errAfterTrailer.Error()},
		{"row that does not end", Config{MaxRowBytes: 2000}, header + anna + "2,\"" + strings.Repeat("x\n", 9000), "after line 2: " + errLongRow.Error()},
		{"file that does not end", Config{MaxBytes: 1000}, header + strings.Repeat(anna, 100), errTooLarge.Error()},
		{"gzip cut off", Config{}, packed[:len(packed)-9], "after line 101: unpack: unexpected EOF"},
		{"gzip without a header", Config{}, packed[:5], "unpack: unexpected EOF"},
		{"gzip with something after it", Config{}, packed + "x", "after line 101: unpack: unexpected EOF"},
		{"gzip with another thing after it", Config{}, packed + strings.Repeat("x", 20), "after line 101: unpack: gzip: invalid header"},
		{"gzip damaged", Config{}, packed[:len(packed)-6] + "xx" + packed[len(packed)-4:], "after line 101: unpack: gzip: invalid checksum"},
		{"gzip that unpacks to much", Config{MaxBytes: 1 << 20}, zipped(t, header+strings.Repeat("\n", 5<<20)), "after line 1: " + errTooLarge.Error()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := source(t, test.c, test.text)
			got, err := s.Read(t.Context())
			if err == nil {
				t.Fatalf("got no error, and %v", summary(got))
			}
			if diff := cmp.Diff(err.Error(), "csvfile: read "+s.config.Path+": "+test.want); diff != "" {
				t.Errorf("got -, want +\n%s", diff)
			}
			if diff := cmp.Diff(got, sync.Snapshot{}); diff != "" {
				t.Errorf("got a snapshot beside the error:\n%s", diff)
			}
			seen, lookErr := s.Look(t.Context(), []sync.Key{"hr:1", "hr:9"})
			if lookErr == nil || lookErr.Error() != err.Error() || seen != nil {
				t.Errorf("a second look: got %v and error %v, want %v", seen, lookErr, err)
			}
		})
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		dir:                           dir + " is no regular file",
		filepath.Join(dir, "none"):    "no such file",
		write(t, "x.csv", "") + "/no": "not a directory",
	} {
		_, err := source(t, Config{Path: path}, "").Read(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q", path, err, want)
		}
	}
}

// TestFileThatChanges changes the file when the first thousand rows are read.
func TestFileThatChanges(t *testing.T) {
	var text strings.Builder
	text.WriteString(header)
	for n := range 5000 {
		fmt.Fprintf(&text, "%d,u%d,u%d@example.org,\"N N N N\",staff\n", n, n, n)
	}
	later := time.Now().Add(time.Hour)
	tests := []struct {
		name   string
		change func(path string) error
	}{
		{"appended to", func(path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString(anna)
			return errors.Join(err, f.Close())
		}},
		{"cut", func(path string) error { return os.Truncate(path, 70000) }},
		{"cut in a quoted field", func(path string) error {
			return os.Truncate(path, int64(140000+strings.Index(text.String()[140000:], "N N N"))) // beyond what was read ahead
		}},
		{"written anew with the same size", func(path string) error { return os.Chtimes(path, later, later) }},
		{"replaced", func(path string) error {
			return errors.Join(os.WriteFile(path+".new", []byte(text.String()), 0o600), os.Rename(path+".new", path))
		}},
		{"removed", os.Remove},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := write(t, "people.csv", text.String())
			changed := false
			s := source(t, Config{Path: path, OnRead: func(int) {
				if changed {
					return
				}
				changed = true
				if err := test.change(path); err != nil {
					t.Error(err)
				}
			}}, "")
			got, err := s.Read(t.Context())
			if !errors.Is(err, errChanged) || errors.Is(err, errUnclosed) || len(got.Identities) > 0 {
				t.Errorf("got %d identities and error %v, want %v", len(got.Identities), err, errChanged)
			}
			path = write(t, "people.csv", text.String())
			ctx := &meddling{t.Context(), 10, func() {
				if err := test.change(path); err != nil {
					t.Error(err)
				}
			}}
			seen, err := source(t, Config{Path: path}, "").Look(ctx, []sync.Key{"hr:1", "hr:x"})
			if !errors.Is(err, errChanged) || errors.Is(err, errUnclosed) || seen != nil {
				t.Errorf("a second look: got %v and error %v, want %v", seen, err, errChanged)
			}
		})
	}
}

// A meddling context does something when it is asked for the nth time.
type meddling struct {
	context.Context
	n  int
	do func()
}

func (m *meddling) Err() error {
	if m.n--; m.n == 0 {
		m.do()
	}
	return m.Context.Err()
}

func TestShortRead(t *testing.T) {
	in, err := source(t, Config{}, header).open()
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	if err := in.finish(); !errors.Is(err, errChanged) {
		t.Errorf("got error %v, want %v", err, errChanged)
	}
}

func TestChecksum(t *testing.T) {
	text := header + anna
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
	old := fmt.Sprintf("%x", sha256.Sum256([]byte("old")))
	tests := []struct{ name, beside, want string }{
		{"as sha256sum writes it", sum + "  people.csv\n", ""},
		{"in binary mode, with a path", old + "  other.csv\n" + sum + " */srv/people.csv\r\n", ""},
		{"alone, in upper case", strings.ToUpper(sum), ""},
		{"of something else", old + "  people.csv\n", "the checksum differs"},
		{"of another file", sum + "  other.csv\n", "has no checksum of people.csv"},
		{"nothing", "", "has no checksum of people.csv"},
		{"no checksum", "abc  people.csv\n", "has no checksum of people.csv"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := write(t, "people.csv", text)
			if err := os.WriteFile(path+".sha256", []byte(test.beside), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := source(t, Config{Path: path, SHA256: true}, "").Read(t.Context())
			if test.want == "" && (err != nil || len(got.Identities) != 1) {
				t.Errorf("got %v and error %v, want one person", summary(got), err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
	if _, err := source(t, Config{SHA256: true}, text).Read(t.Context()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a .sha256 file got error %v, want %v", err, os.ErrNotExist)
	}
}

func TestStandardInput(t *testing.T) {
	s := source(t, Config{Path: "-", Stdin: strings.NewReader(zipped(t, header+anna))}, "")
	got, err := s.Read(t.Context())
	if err != nil || len(got.Identities) != 1 {
		t.Fatalf("got %v and error %v, want one person", summary(got), err)
	}
	if o := got.Identities[0].Origin.String(); o != "stdin, line 2" {
		t.Errorf("got origin %q", o)
	}
	if _, err = s.Read(t.Context()); !errors.Is(err, errReadTwice) {
		t.Errorf("the second time got error %v, want %v", err, errReadTwice)
	}
	if _, err = s.Header(t.Context()); !errors.Is(err, errPeek) {
		t.Errorf("got error %v, want %v", err, errPeek)
	}
	if seen, err := s.Look(t.Context(), []sync.Key{"hr:1"}); !errors.Is(err, sync.ErrCannotLook) || seen != nil {
		t.Errorf("a second look: got %v and error %v, want %v", seen, err, sync.ErrCannotLook)
	}
}

func TestSilentStandardInput(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := source(t, Config{Path: "-", Stdin: r}, "").Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want %v", err, context.Canceled)
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := source(t, Config{OnRead: func(int) { cancel() }}, header+strings.Repeat(anna, 3000))
	if got, err := s.Read(ctx); !errors.Is(err, context.Canceled) || len(got.Identities) > 0 {
		t.Errorf("got %d identities and error %v, want %v", len(got.Identities), err, context.Canceled)
	}
}

func TestReceipt(t *testing.T) {
	var told []int
	text := header + anna + "2,r,r@example.org,R,robot\n3,l,,L,left\n4,d\n" + strings.Repeat(anna, 1500)
	got, err := source(t, Config{OnRead: func(n int) { told = append(told, n) }}, text).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := sync.Receipt{Entries: 1504, Excluded: 1, Server: "people.csv", Took: time.Second}
	want.Filled[sync.Username], want.Filled[sync.Email], want.Filled[sync.LastName] = 1501, 1501, 1501
	if diff := cmp.Diff(got.Receipt, want); diff != "" {
		t.Errorf("got -, want +\n%s", diff)
	}
	if diff := cmp.Diff(told, []int{1024, 1504}); diff != "" {
		t.Errorf("got -, want +\n%s", diff)
	}
}

func TestHeader(t *testing.T) {
	for _, test := range []struct {
		c    Config
		text string
		want []string
	}{
		{Config{}, "\ufeffid, login \n1,2,3\n", []string{"id", "login"}},
		{Config{Columns: []string{"id", "login", "mail", "name", "kind"}}, "", []string{"id", "login", "mail", "name", "kind"}},
	} {
		got, err := source(t, test.c, test.text).Header(t.Context())
		if diff := cmp.Diff(got, test.want); err != nil || diff != "" {
			t.Errorf("got error %v, got -, want +\n%s", err, diff)
		}
	}
	if _, err := source(t, Config{}, "").Header(t.Context()); !errors.Is(err, errNoHeader) {
		t.Errorf("got error %v, want %v", err, errNoHeader)
	}
}

func TestNew(t *testing.T) {
	tests := []struct {
		name string
		c    Config
		want string
	}{
		{"no path", Config{}, "csvfile: path is required"},
		{"no standard input", Config{Path: "-"}, "csvfile: path is standard input, but there is none"},
		{"checksum of standard input", Config{Path: "-", Stdin: strings.NewReader(""), SHA256: true}, "csvfile: sha256 needs a file: standard input has no checksum beside it"},
		{"another name", Config{Path: "x", Name: "ad"}, `csvfile: the source is named "ad", but its mapping makes keys of "hr"`},
		{"encoding", Config{Path: "x", Encoding: "latin1"}, `csvfile: encoding "latin1" is not known: there are auto, utf-8, utf-16, utf-16le, utf-16be, windows-1252, iso-8859-1, iso-8859-15`},
		{"delimiter", Config{Path: "x", Delimiter: "||"}, `csvfile: delimiter "||" must be one character`},
		{"delimiter and quote", Config{Path: "x", Delimiter: "'", Quote: "'"}, "csvfile: delimiter and quote are the same character"},
		{"delimiter and no quote", Config{Path: "x", Delimiter: `"`, Quote: "none"}, "csvfile: delimiter and quote are the same character"},
		{"quote", Config{Path: "x", Quote: "`"}, "csvfile: quote \"`\" is not known: there are \", ' and none"},
		{"comment", Config{Path: "x", Comment: "//"}, `csvfile: comment "//" must be one character`},
		{"comment and delimiter", Config{Path: "x", Comment: ","}, "csvfile: comment is the same character as delimiter or quote"},
		{"columns", Config{Path: "x", Columns: []string{"id", "login", "mail", "name"}},
			`csvfile: there is no column "kind" (filter, status.disabled); the columns are: id, login, mail, name`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.c.Name == "" {
				test.c.Name = "hr"
			}
			_, err := New(test.c, testMapping(t))
			if err == nil || err.Error() != test.want {
				t.Errorf("got error %v\nwant %s", err, test.want)
			}
		})
	}
}
