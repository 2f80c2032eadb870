package csvfile

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sync"
)

// staff is a file with everything that is allowed in one.
const staff = header +
	"1,anna,anna@example.org,Müller,staff\n" +
	"2,bo,bo@example.org,\"Bo, the \"\"one\"\"\",staff\n" +
	"3,cy,cy@example.org,\"Cy\",\"staff\"\n" +
	"\"4\",\"di\",\"di@example.org\",\"Di\",\"staff\"\n" +
	"5,ed,ed@example.org,\"E\nd\",staff\n" +
	"\n" +
	"6,fay,fay@example.org,Fay,\"sta\nff\"\n" +
	"\"7\",gus,gus@example.org,\"Gus\",staff\n" +
	"8,hal,hal@example.org,Hal,staff\n"

// hidden returns who is neither an identity nor rejected by key, unless a
// reject without a key holds everybody.
func hidden(s sync.Snapshot) []string {
	seen := map[sync.Key]bool{}
	for _, id := range s.Identities {
		seen[id.Key] = true
	}
	for _, r := range s.Rejects {
		if r.Key == "" {
			return nil
		}
		seen[r.Key] = true
	}
	var missing []string
	for n := 1; n <= 8; n++ {
		if !seen[sync.Key("hr:"+strconv.Itoa(n))] {
			missing = append(missing, strconv.Itoa(n))
		}
	}
	return missing
}

// inAnchor reports whether the byte belongs to somebody's anchor: who changes
// that makes another person.
func inAnchor(at int) bool {
	start := strings.LastIndexByte(staff[:at], '\n') + 1
	end := start + strings.IndexAny(staff[start:]+",", ",\n")
	return at <= end && slices.Contains(strings.Split("1 2 3 4 5 6 7 8", " "), strings.Trim(staff[start:end], `"`))
}

// TestOneMistakeHidesNobody makes every mistake of one byte, at every place of
// the file but in anchors: whoever was in the file must still be seen, or be
// held, or the read must fail.
func TestOneMistakeHidesNobody(t *testing.T) {
	mistakes := map[string]func(at int) string{
		"a quote more":         func(at int) string { return staff[:at] + `"` + staff[at:] },
		"a delimiter more":     func(at int) string { return staff[:at] + "," + staff[at:] },
		"a line break more":    func(at int) string { return staff[:at] + "\n" + staff[at:] },
		"a byte less":          func(at int) string { return staff[:at] + staff[at+1:] },
		"a quote instead":      func(at int) string { return staff[:at] + `"` + staff[at+1:] },
		"a delimiter instead":  func(at int) string { return staff[:at] + "," + staff[at+1:] },
		"a line break instead": func(at int) string { return staff[:at] + "\n" + staff[at+1:] },
	}
	if s, err := source(t, Config{}, staff).Read(t.Context()); err != nil || len(hidden(s)) > 0 || len(s.Rejects) != 1 {
		t.Fatalf("got %v and error %v before any mistake", summary(s), err)
	}
	for name, make := range mistakes {
		for at := len(header); at < len(staff); at++ {
			if inAnchor(at) {
				continue
			}
			file := source(t, Config{}, make(at))
			s, err := file.Read(t.Context())
			if err == nil {
				checkLook(t, file, s)
			}
			if missing := hidden(s); err == nil && len(missing) > 0 {
				t.Errorf("%s at %q: nobody sees %v\n%s", name, staff[max(0, at-12):at]+"^"+staff[at:min(at+12, len(staff))], missing, strings.Join(summary(s), "\n"))
			}
		}
	}
}

// FuzzRead reads any file: each row is an identity, a reject or excluded, and
// begins on the line that its origin names.
func FuzzRead(f *testing.F) {
	f.Add([]byte(staff), ",", "", "")
	f.Add([]byte("\xff\xfei\x00d\x00"), "auto", "none", "utf-16")
	f.Add([]byte(zipped(f, staff)), ";", "'", "windows-1252")
	f.Add([]byte(header+"1,\"\n\",a,b\n,,\n\"\n2\",\"x\n"), ",", "", "utf-8")
	m := testMapping(f)
	f.Fuzz(func(t *testing.T, text []byte, delimiter, quote, encoding string) {
		path := write(t, "people.csv", string(text))
		c := Config{Name: "hr", Path: path, Delimiter: delimiter, Quote: quote, Encoding: encoding, Now: clock(), MaxBytes: 1 << 20, Trailer: "EOF"}
		if !strings.Contains(string(text), "EOF") {
			c.Trailer = ""
		}
		s, err := New(c, m)
		if err != nil {
			return
		}
		got, err := s.Read(t.Context())
		if err != nil {
			if len(got.Identities)+len(got.Rejects) > 0 || !strings.HasPrefix(err.Error(), "csvfile: ") {
				t.Errorf("got %v and error %v", summary(got), err)
			}
			return
		}
		if n := len(got.Identities) + len(got.Rejects) + got.Receipt.Excluded; n != got.Receipt.Entries {
			t.Errorf("got %d entries of which %d are known", got.Receipt.Entries, n)
		}
		checkLines(t, got, text, c)
		checkLook(t, s, got)
	})
}

// checkLook looks for everybody who was read, and for somebody who was not: a
// second look at the same file says what the read said.
func checkLook(t *testing.T, s *Source, got sync.Snapshot) {
	t.Helper()
	want := map[sync.Key][]string{"hr:nobody": nil}
	doubt := false
	for _, id := range got.Identities {
		want[id.Key] = append(want[id.Key], "found "+id.Status.String()+" "+id.Origin.String())
	}
	for _, r := range got.Rejects {
		if r.Key == "" {
			doubt = true
			continue
		}
		want[r.Key] = append(want[r.Key], "reject "+r.Detail)
	}
	keys := slices.Sorted(maps.Keys(want))
	seen, err := s.Look(t.Context(), keys)
	if err != nil || len(seen) != len(keys) {
		t.Errorf("got %d sightings and error %v, want %d", len(seen), err, len(keys))
		return
	}
	left := got.Receipt.Excluded > 0 // rows that a read does not name
	for i, one := range seen {
		records, word := want[keys[i]], "absent"
		switch {
		case one.Err != nil:
			word = "error"
		case one.Found:
			word = "found " + one.Identity.Status.String() + " " + one.Place
		}
		right := word == "absent"
		switch {
		case len(records) == 0 && doubt, len(records) > 1:
			right = word == "error"
		case len(records) == 1 && strings.HasPrefix(records[0], "found"):
			right = word == records[0] || left && word == "error" // a row like it was left out
		case len(records) == 1:
			right = word != "absent"
		case left:
			right = true
		}
		if one.Key != keys[i] || !right {
			t.Errorf("%s was read as %q, doubt %t: got %+v", keys[i], records, doubt, one)
		}
	}
}

// checkLines looks for each anchor on the line where its row begins, in files
// that can be looked at without decoding them.
func checkLines(t *testing.T, got sync.Snapshot, text []byte, c Config) {
	t.Helper()
	plain := c.Encoding == "" && strings.HasPrefix(string(text), header)
	physical := strings.Split(string(text), "\n")
	last := 0
	for _, id := range got.Identities {
		n, err := strconv.Atoi(strings.TrimPrefix(id.Origin.Place, "line "))
		if err != nil || n <= last {
			t.Errorf("got %q after line %d", id.Origin.Place, last)
			return
		}
		last = n
		anchor := strings.TrimPrefix(string(id.Key), "hr:")
		if plain && !strings.ContainsAny(anchor, "\"'") && !strings.Contains(strings.Join(physical[n-1:min(n+1, len(physical))], "\n"), anchor) {
			t.Errorf("%q is not on line %d: %q", anchor, n, physical[n-1])
		}
	}
}
