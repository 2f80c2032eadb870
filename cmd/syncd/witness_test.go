package main

import (
	"context"
	"testing"

	"github.com/directory-sync/syncd/sources"
	"github.com/directory-sync/syncd/sync"
)

// A lookout is a source that can be asked for single people, and for records.
type lookout struct {
	replay
	found []sources.Found
}

func (lookout) Look(context.Context, []sync.Key) ([]sync.Sighting, error) { return nil, nil }

func (l lookout) Record(context.Context, string) ([]sources.Found, error) { return l.found, l.err }

// TestWatch: whoever is watched can do what they could before, and no more.
func TestWatch(t *testing.T) {
	for _, s := range []sync.Source{replay{name: "hr"}, lookout{}} {
		watched, w := watch(s)
		_, could := s.(sync.Looker)
		if _, can := watched.(sync.Looker); can != could {
			t.Errorf("%T: got that it can look: %t, want %t", s, can, could)
		}
		if _, err := watched.Read(t.Context()); err != w.err {
			t.Errorf("%T: got %v, want %v", s, w.err, err)
		}
	}
}

// TestRecorded: a record that is not as it was when all were read is said to
// have moved.
func TestRecorded(t *testing.T) {
	id := sync.Identity{Key: "hr:1", Status: sync.Enabled, Origin: sync.Origin{Source: "f", Place: "line 2"}}
	renamed := id
	renamed.Profile[sync.Username] = "new"
	further := id
	further.Origin.Place = "line 3"
	now := func(m sources.Mapped, out string) []sources.Found {
		return []sources.Found{{Trace: sources.Trace{Mapped: m}, Out: out}}
	}
	was := []sync.Identity{id}
	tests := []struct {
		name  string
		read  []sync.Identity
		found []sources.Found
		moved bool
	}{
		{"as it was", was, now(sources.Mapped{Identity: id}, ""), false},
		{"on another line", was, now(sources.Mapped{Identity: further}, ""), false},
		{"renamed", was, now(sources.Mapped{Identity: renamed}, ""), true},
		{"rejected now", was, now(sources.Mapped{Reject: &sync.Reject{}}, ""), true},
		{"left out now", was, now(sources.Mapped{Excluded: true}, ""), true},
		{"out of the base now", was, now(sources.Mapped{Identity: id}, "not in the base"), true},
		{"gone now", was, nil, true},
		{"there now", nil, now(sources.Mapped{Identity: id}, ""), true},
		{"never in the base", nil, now(sources.Mapped{Identity: id}, "not in the base"), false},
		{"rejected then too", nil, now(sources.Mapped{Reject: &sync.Reject{}}, ""), false},
		{"never there", nil, nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := &witness{snapshot: sync.Snapshot{Identities: test.read}}
			got := w.recorded(t.Context(), "hr", lookout{found: test.found}, "hr:1")
			if len(got) != 1 || got[0].moved != test.moved {
				t.Errorf("got %+v, want moved %t", got, test.moved)
			}
		})
	}
}
