package csvfile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sync"
)

var _ sync.Looker = (*Source)(nil)

// sighted writes sightings as lines.
func sighted(all []sync.Sighting) []string {
	var out []string
	for _, s := range all {
		line := string(s.Key) + " "
		switch {
		case s.Err != nil:
			line += "error " + s.Err.Error()
		case s.Found:
			line += fmt.Sprintf("%s, in %t, at %s", s.Identity.Status, s.In, s.Place)
		default:
			line += "absent"
		}
		out = append(out, line)
	}
	return out
}

func TestLook(t *testing.T) {
	one := func(says string) []string { return []string{"hr:1 " + says} }
	tests := []struct {
		name string
		c    Config
		text string
		keys []sync.Key
		want []string
	}{
		{"there", Config{}, header + anna, nil, one("enabled, in true, at people.csv, line 2")},
		{"absent", Config{}, header + "2,b,b@example.org,B,staff\n", nil, one("absent")},
		{"an empty file", Config{}, header, nil, one("absent")},
		{"left out by the filter", Config{}, header + "2,b,b@example.org,B,staff\n1,r,r@example.org,R,robot\n", nil, one("enabled, in false, at people.csv, line 3")},
		{"disabled", Config{}, header + "1,l,,L,left\n", nil, one("disabled, in true, at people.csv, line 2")},
		{"enabled without an e-mail", Config{}, header + "1,l,,L,staff\n", nil, one("enabled, in true, at people.csv, line 2")},
		{"a broken row of theirs", Config{}, header + "1,b\n", nil, one("error people.csv, line 2: the row has 2 columns, the header 5")},
		{"a status that is no text", Config{}, header + "1,a,a@example.org,A,\x00left\n", nil,
			one(`error people.csv, line 2: status.disabled: attribute kind contains a NUL at byte 1: "\x00left"`)},
		{"somebody else's broken row", Config{}, header + "2,b\n", nil, one("absent")},
		{"a broken row that may be theirs", Config{}, header + "2,b,b@example.org,B,staff1,c,c@example.org,C,staff\n", nil,
			one("error a record may be theirs: people.csv, line 2: the row has 9 columns, the header 5")},
		{"there, and a broken row that may be anybody's", Config{}, header + "2,b,b@example.org,B,staff3,c,c@example.org,C,staff\n" + anna, nil,
			one("enabled, in true, at people.csv, line 3")},
		{"a row without an anchor", Config{}, header + ",b,b@example.org,B,staff\n", nil,
			one("error a record may be theirs: people.csv, line 2: anchor.attribute: attribute id is empty")},
		{"a row without an anchor, of no person", Config{}, header + ",b,b@example.org,B,robot\n", nil, one("absent")},
		{"two rows", Config{}, header + anna + "2,b,b@example.org,B,staff\n" + anna, nil,
			one("error two records have this key: people.csv, line 2 and people.csv, line 4")},
		{"two rows, one of them left out", Config{}, header + anna + "1,r,r@example.org,R,robot\n", nil,
			one("error two records have this key: people.csv, line 2 and people.csv, line 3")},
		{"with a trailer", Config{Trailer: "EOF"}, header + "2,b\n" + anna + "EOF,2\n", nil, one("enabled, in true, at people.csv, line 3")},
		{"the trailer is nobody", Config{Trailer: "EOF"}, header + anna + "EOF,1\n", []sync.Key{"hr:EOF"}, []string{"hr:EOF absent"}},
		{"several, in their order", Config{}, header + "2,b,b@example.org,B,left\n" + anna, []sync.Key{"hr:1", "hr:3", "hr:2"},
			[]string{"hr:1 enabled, in true, at people.csv, line 3", "hr:3 absent", "hr:2 disabled, in true, at people.csv, line 2"}},
		{"of another source", Config{}, header + anna, []sync.Key{"ad:1"}, []string{"ad:1 error the key is not one of the source hr"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			keys := test.keys
			if keys == nil {
				keys = []sync.Key{"hr:1"}
			}
			test.c.OnRead = func(n int) { t.Errorf("progress of a read was told: %d", n) }
			got, err := source(t, test.c, test.text).Look(t.Context(), keys)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sighted(got), test.want); diff != "" {
				t.Errorf("got -, want +\n%s", diff)
			}
		})
	}
}

// TestLookAtNobody does not even open the file.
func TestLookAtNobody(t *testing.T) {
	if got, err := source(t, Config{Path: "/nowhere"}, "").Look(t.Context(), nil); got != nil || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestLookIsCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := source(t, Config{}, header+strings.Repeat(anna, 3000))
	if got, err := s.Look(&meddling{ctx, 3, cancel}, []sync.Key{"hr:1"}); !errors.Is(err, context.Canceled) || got != nil {
		t.Errorf("got %v and error %v, want %v", got, err, context.Canceled)
	}
}
