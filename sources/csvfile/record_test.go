package csvfile

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

var _ sources.Recorder = (*Source)(nil)

const sixRows = `id,login,mail,name,kind,note
1,Ada,ada@example.org,Byron,,first
2,bob,bob@example.org,Brown,left,
3,rob,rob@example.org,Bot,robot,
4,cy,nothing,Clark,,
5,di
6,Ada,ada2@example.org,Other,,
`

func TestRecordFindsEverybody(t *testing.T) {
	tests := []struct {
		who  string
		want []string
	}{
		{"hr:1", []string{"line 2"}},
		{"1", []string{"line 2"}},
		{"line 3", []string{"line 3"}},
		{"BOB@example.org", []string{"line 3"}},
		{"bob", []string{"line 3"}},
		{"rob", []string{"line 4"}},    // excluded: it has no name of its own
		{"hr:3", []string{"line 4"}},   // nor a key that counts
		{"cy", []string{"line 5"}},     // rejected for another value
		{"hr:5", []string{"line 6"}},   // too short
		{"line 6", []string{"line 6"}}, // by its place
		{"ada", []string{"line 2", "line 7"}},
		{"Byron", nil}, // a last name is no name to call somebody by
		{"ad:1", nil},
		{"", nil},
	}
	for _, test := range tests {
		t.Run(test.who, func(t *testing.T) {
			all, err := source(t, Config{}, sixRows).Record(t.Context(), test.who)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range all {
				got = append(got, f.Origin.Place)
			}
			if diff := cmp.Diff(got, test.want); diff != "" {
				t.Errorf("places (-got +want):\n%s", diff)
			}
		})
	}
}

func TestRecordIsWhole(t *testing.T) {
	all, err := source(t, Config{}, sixRows).Record(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	want := sources.Record{"id": "1", "login": "Ada", "mail": "ada@example.org", "name": "Byron", "kind": "", "note": "first"}
	if diff := cmp.Diff(all[0].Record, want); diff != "" {
		t.Errorf("record (-got +want):\n%s", diff)
	}
	if id := all[0].Trace.Mapped.Identity; id.Key != "hr:1" || id.Profile[sync.Username] != "ada" {
		t.Errorf("got %+v, want it mapped", id)
	}
	all, err = source(t, Config{}, sixRows).Record(t.Context(), "line 6")
	if err != nil || all[0].Record != nil || all[0].Trace.Mapped.Reject.Reason != sync.RejectRecord {
		t.Errorf("got %+v, %v, want a broken row without its cells", all, err)
	}
}

// Nobody is missing from what could not be read whole.
func TestRecordFailsAsAReadDoes(t *testing.T) {
	s := source(t, Config{Trailer: "END"}, sixRows)
	if all, err := s.Record(t.Context(), "1"); !errors.Is(err, errNoTrailer) || all != nil {
		t.Errorf("got %v, %v, want that the trailer is missing", all, err)
	}
	if err := os.Remove(s.config.Path); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Record(t.Context(), "1"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that there is no file", err)
	}
	if _, err := source(t, Config{Path: stdin, Stdin: strings.NewReader(sixRows)}, "").Record(t.Context(), "1"); !errors.Is(err, errNotAgain) {
		t.Errorf("got %v, want that standard input is gone", err)
	}
}
