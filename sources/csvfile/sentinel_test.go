package csvfile

import (
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sync"
)

// TestSentinels: a row is there whatever becomes of it, as long as it is certain
// whose it is.
func TestSentinels(t *testing.T) {
	const missing = "sentinel 7: there is no row with this anchor, so the file is not whole: check the export"
	tests := []struct {
		name, text string
		c          Config
		want       string // of the error
	}{
		{"a person", header + anna + "7,s,s@example.org,S,staff\n", Config{}, ""},
		{"the last row", header + "7,s,s@example.org,S,staff", Config{}, ""},
		{"left out by the filter", header + "7,s,s@example.org,S,robot\n", Config{}, ""},
		{"without an e-mail", header + "7,s,,S,staff\n", Config{}, ""},
		{"with space around it", header + " 7 ,s,,S,staff\n", Config{}, ""},
		{"broken, with the anchor", header + "7,s\n", Config{}, ""},
		{"before a trailer", header + "7,s\nEOF,1\n", Config{Trailer: "EOF"}, ""},
		{"not there", header + anna, Config{}, missing},
		{"part of another anchor", header + "77,s,s@example.org,S,staff\n", Config{}, missing},
		{"in another column", header + "1,7,s@example.org,7,staff\n", Config{}, missing},
		{"no row at all", header, Config{}, missing},
		{"glued to another row", header + "7,s,s@example.org,S,staff2,c,c@example.org,C,staff\n", Config{}, missing},
		{"after a wrong trailer", header + anna + "EOF,2\n7,s\n", Config{Trailer: "EOF"}, "the trailer says 2 rows"},
		{"the trailer", header + anna + "7,1\n", Config{Trailer: "7"}, missing},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.c.Sentinels = []string{"7"}
			s := source(t, test.c, test.text)
			got, err := s.Read(t.Context())
			_, lookErr := s.Look(t.Context(), []sync.Key{"hr:9"})
			if test.want == "" {
				if err != nil || lookErr != nil || got.Receipt.Sentinels != 1 {
					t.Errorf("got %+v, errors %v and %v", got.Receipt, err, lookErr)
				}
				return
			}
			for _, err := range []error{err, lookErr} {
				if err == nil || !strings.Contains(err.Error(), test.want) || got.Receipt.Entries > 0 {
					t.Errorf("got %v and error %v, want %q", summary(got), err, test.want)
				}
			}
		})
	}
	text := header + anna + "7,s,s@example.org,S,staff\n"
	if _, err := source(t, Config{Sentinels: []string{"1", "8", "7"}}, text).Read(t.Context()); err == nil || !strings.Contains(err.Error(), "sentinel 8: ") {
		t.Errorf("got %v, want an error for the second of three", err)
	}
	for _, wrong := range []string{"", " ", "a\tb", "\xff"} {
		if _, err := New(Config{Name: "hr", Path: "x", Sentinels: []string{wrong}}, testMapping(t)); err == nil || !strings.Contains(err.Error(), "is no anchor") {
			t.Errorf("%q: got %v, want an error", wrong, err)
		}
	}
}
