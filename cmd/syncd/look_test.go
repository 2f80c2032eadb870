package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// A gone source has nobody, and remembers whom it was asked for.
type gone struct {
	asked *[]sync.Key
	look  func(keys []sync.Key) ([]sync.Sighting, error)
}

func (gone) Name() string                                { return "hr" }
func (gone) Read(context.Context) (sync.Snapshot, error) { return sync.Snapshot{Source: "hr"}, nil }

func (g gone) Look(_ context.Context, keys []sync.Key) ([]sync.Sighting, error) {
	*g.asked = append(*g.asked, keys...)
	return g.look(keys)
}

// leaving is a cycle and its report in which so many people are taken for
// absent.
func leaving(g gone, people int, limit sync.Limit) (*cycle, sync.Input, sync.Report) {
	in := sync.Input{Now: time.Unix(0, 0), Policy: sync.Policy{Mode: sync.Full}, Roster: sync.NewRoster([]sync.Reading{{Source: "hr"}}, nil, nil)}
	for i := range people {
		id := fmt.Sprintf("%04d", i)
		in.Links = append(in.Links, sync.Link{Key: sync.NewKey("hr", id), UserID: "u" + id})
		in.Users = append(in.Users, sync.User{ID: "u" + id, Active: true})
	}
	c := &cycle{feeds: []feed{{Source: g}}, now: func() time.Time { return in.Now }}
	r := sync.Report{Plan: sync.NewPlan(in), Sources: []sync.SourceReport{{Name: "hr"}}}
	off := sync.Limit{Percent: -1, Count: -1}
	r.Verdict = sync.Guard{Limits: sync.Limits{Deactivate: limit, Absent: off, Empty: off}}.Check(r.Plan)
	return c, in, r
}

// TestSecondLookAtEverybody: whoever may leave is looked for, however many they
// are; of those whom the guard stops anyway a sample is.
func TestSecondLookAtEverybody(t *testing.T) {
	off, none := sync.Limit{Percent: -1, Count: -1}, sync.Limit{}
	tests := []struct {
		people int
		limit  sync.Limit
		asked  int
		again  bool
	}{
		{0, off, 0, false}, {3, off, 3, true}, {lookAtAll, none, lookAtAll, true},
		{lookAtAll + 1, off, lookAtAll + 1, true}, {lookAtAll + 1, none, lookSample, false},
	}
	for _, tt := range tests {
		var asked []sync.Key
		g := gone{&asked, func(keys []sync.Key) ([]sync.Sighting, error) {
			return make([]sync.Sighting, len(keys)), nil
		}}
		c, in, r := leaving(g, tt.people, tt.limit)
		again := c.look(t.Context(), &in, &r, make(map[sync.Key]bool))
		if len(asked) != tt.asked || again != tt.again || r.Sources[0].Look.Asked != tt.asked {
			t.Errorf("%d people: got %d asked (%+v), again %t; want %d, %t", tt.people, len(asked), r.Sources[0].Look, again, tt.asked, tt.again)
		}
		if n := len(asked); n > 0 && tt.asked == lookSample && (asked[0] != "hr:0000" || asked[n-1] < "hr:0180") {
			t.Errorf("the sample is not from all over: %v", asked)
		}
	}
}

// TestSecondLookThatFails: an error, a panic and a source that cannot be asked
// make no leaver; one that was not read is not asked.
func TestSecondLookThatFails(t *testing.T) {
	no := errors.New("no answer")
	tests := map[string]struct {
		look   func([]sync.Key) ([]sync.Sighting, error)
		failed error
		want   sync.LookReport
		held   bool
	}{
		"an error":        {look: func([]sync.Key) ([]sync.Sighting, error) { return nil, no }, want: sync.LookReport{Asked: 2, Unknown: 2}, held: true},
		"a panic":         {look: func([]sync.Key) ([]sync.Sighting, error) { panic("odd") }, want: sync.LookReport{Asked: 2, Unknown: 2}, held: true},
		"cannot be asked": {look: func([]sync.Key) ([]sync.Sighting, error) { return nil, fmt.Errorf("x: %w", sync.ErrCannotLook) }, want: sync.LookReport{Asked: 2, Cannot: true}},
		"it was not read": {failed: no, look: func([]sync.Key) ([]sync.Sighting, error) { panic("asked") }},
		"still there, one": {look: func(keys []sync.Key) ([]sync.Sighting, error) {
			return []sync.Sighting{{Key: keys[0]}, {Key: keys[1], Found: true, Place: "line 3", Identity: sync.Identity{Status: sync.Enabled}}}, nil
		}, want: sync.LookReport{Asked: 2, Enabled: 1, Places: []string{"line 3"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var asked []sync.Key
			c, in, r := leaving(gone{&asked, tt.look}, 2, sync.Limit{Percent: -1, Count: -1})
			r.Sources[0].Err = tt.failed
			c.look(t.Context(), &in, &r, make(map[sync.Key]bool))
			if got := fmt.Sprintf("%+v", r.Sources[0].Look); got != fmt.Sprintf("%+v", tt.want) {
				t.Errorf("got %s, want %+v", got, tt.want)
			}
			if held := len(sync.NewPlan(in).Held) == 2; held != tt.held {
				t.Errorf("got held %t, want %t", held, tt.held)
			}
		})
	}
}
