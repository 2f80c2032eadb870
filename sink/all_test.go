package sink_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/directory-sync/syncd/sink/mmsim"
)

// TestAll: everybody is listed once, whatever the size of the pages, and a
// listing during which somebody is missed is read again, or said to be such.
func TestAll(t *testing.T) {
	for _, tt := range []struct {
		misses int // so many listings lack somebody
		whole  bool
	}{{0, true}, {1, true}, {2, false}} {
		var sim *mmsim.Server
		var p place
		pages := 0
		sim, p = meddle(t, "11.6.0", func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/api/v4/users" || r.URL.Query().Get("page") != "1" {
				return false
			}
			if pages++; pages > tt.misses {
				return false
			}
			fmt.Fprint(w, "[]") // whoever was on it has moved to the first page
			return true
		})
		for i := range 399 {
			sim.Add(mmsim.User{Username: fmt.Sprintf("u%03d", i)})
		}
		users, whole, err := p.sink(t).All(t.Context())
		if err != nil || whole != tt.whole {
			t.Errorf("%d misses: got whole %v, %v", tt.misses, whole, err)
		}
		if got, want := len(users), 400; tt.whole && got != want {
			t.Errorf("%d misses: got %d accounts, want %d", tt.misses, got, want)
		}
	}
}

func TestAllEverywhere(t *testing.T) {
	check := func(t *testing.T, p place) {
		s := p.sink(t)
		users, whole, err := s.All(t.Context())
		if err != nil || !whole {
			t.Fatalf("got whole %v, %v", whole, err)
		}
		facts, err := s.Facts(t.Context())
		if err != nil || len(users) != facts.Users {
			t.Errorf("got %d accounts, %v, want %d", len(users), err, facts.Users)
		}
	}
	for _, p := range places(t) {
		if p.name[:3] == "sim" { // others work on the real server at the same time
			t.Run(p.name, func(t *testing.T) { check(t, p) })
		}
	}
	locally(t, check)
}
