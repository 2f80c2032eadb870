package sink_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// A ring is people who pass their user names and e-mails round: each one wants
// what the next one has.
type ring struct {
	people []sync.Identity
	links  []sync.Link
	ids    []string
}

// newRing makes so many accounts whose names are to go round.
func newRing(t *testing.T, p place, s *sink.Sink, n int) ring {
	t.Helper()
	var r ring
	var changes []sync.Change
	for i := range n {
		who := p.person(string(rune('a' + i)))
		r.people = append(r.people, who)
		changes = append(changes, create(who))
	}
	now := slices.Clone(r.people)
	for i, u := range p.mustApply(t, s, changes...) {
		r.ids = append(r.ids, u.ID)
		r.links = append(r.links, sync.Link{Key: r.people[i].Key, UserID: u.ID})
		for _, f := range []sync.Field{sync.Username, sync.Email} {
			r.people[i].Profile[f] = now[(i+1)%n].Profile[f]
		}
	}
	return r
}

// plan plans from what is there.
func (r ring) plan(t *testing.T, p place, s *sink.Sink) []sync.Change {
	t.Helper()
	facts, err := s.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return sync.NewPlan(sync.Input{
		Roster: sync.NewRoster([]sync.Reading{{Source: "test", Snapshot: sync.Snapshot{Identities: r.people}}}, r.links, nil), Links: r.links, Facts: facts,
		Users: p.find(t, s, sync.Query{IDs: r.ids}), Policy: sync.Policy{Mode: sync.Full}, Now: time.Now(),
	}).Changes
}

// names are the user names and e-mails of the people, without the prefix, with
// t for a temporary one.
func (r ring) names(t *testing.T, p place, s *sink.Sink) string {
	t.Helper()
	users := p.find(t, s, sync.Query{IDs: r.ids})
	var text []string
	for _, id := range r.ids {
		u := users[slices.IndexFunc(users, func(u sync.User) bool { return u.ID == id })]
		for _, f := range []sync.Field{sync.Username, sync.Email} {
			name, _, _ := strings.Cut(strings.TrimPrefix(u.Profile[f], p.prefix), "@")
			if name == "syncd-swap-"+id {
				name = "t"
			}
			text = append(text, name)
		}
	}
	return strings.Join(text, " ")
}

// Somebody steps aside, and the other one's names are refused, or fail: the
// old names come back, and nothing counts as done.
func TestSwapHalfWay(t *testing.T) {
	for _, version := range []string{"5.37.0", "11.6.0"} {
		for name, kind := range map[string]mmsim.FaultKind{"refused": mmsim.FaultIgnore, "failed": mmsim.FaultError} {
			t.Run(version+", "+name, func(t *testing.T) {
				sim, p := simulate(t, mmsim.Config{Version: version})
				s := p.sink(t)
				r := newRing(t, p, s, 2)
				sim.Fault(mmsim.Fault{Path: r.ids[1] + "/patch", Kind: kind, Times: 1000})
				got := p.apply(t, s, r.plan(t, p, s)...)
				if names := r.names(t, p, s); names != "a a b b" {
					t.Errorf("got the names %q, want the old ones", names)
				}
				a := got[0]
				if a.Outcome != sync.Held || a.Reason != sync.HoldUsernameHeld || a.Done != 0 || a.User.Profile != a.Change.User.Profile {
					t.Errorf("got %v %v after %d steps, %v: %v", a.Outcome, a.Reason, a.Done, a.User.Profile, a.Err)
				}
				if !strings.Contains(a.Err.Error(), "has its old names back") {
					t.Errorf("got %v, which does not say so", a.Err)
				}
				if l, linked := a.LinkAfter(time.Now()); !linked || l != a.Change.Link {
					t.Errorf("got the link %+v, want that it is the same", l)
				}

				sim.ClearFaults()
				p.mustApply(t, p.sink(t), r.plan(t, p, s)...)
				if names := r.names(t, p, s); names != "b b a a" {
					t.Errorf("later: got the names %q", names)
				}
			})
		}
	}
}

// A swap that the server refuses is not tried in each run: whoever steps aside
// would lose their name for a moment each time, and be mailed.
func TestSwapInVain(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	s := p.sink(t)
	r := newRing(t, p, s, 2)
	sim.Fault(mmsim.Fault{Path: r.ids[1] + "/patch", Kind: mmsim.FaultIgnore, Times: 1000})
	p.apply(t, s, r.plan(t, p, s)...)
	sim.ResetCounts()
	got := p.apply(t, s, r.plan(t, p, s)...)
	if a := got[0]; a.Outcome != sync.Held || a.Reason != sync.HoldUsernameHeld || a.Done != 0 || !strings.Contains(a.Err.Error(), "less than a day ago") {
		t.Errorf("got %v %v after %d steps, %v: %v", a.Outcome, a.Reason, a.Done, a.User.Profile, a.Err)
	}
	if n := sim.Requests()["PUT /users/{id}/patch"]; n != 1 {
		t.Errorf("got %v, want one try of the one that was refused", sim.Requests())
	}
	sim.ClearFaults()
	r.people[0].Profile[sync.Username] += ".x" // another wish is another swap
	r.people[1].Profile[sync.Username] = "y" + r.people[1].Profile[sync.Username]
	p.mustApply(t, s, r.plan(t, p, s)...)
	if names := r.names(t, p, s); names != "b.x b "+r.people[1].Profile[sync.Username]+" a" {
		t.Errorf("got the names %q", names)
	}
}

// The old names are another's by the time that the last one of a circle fails:
// they stay another's, and the next run ends what was begun.
func TestCircleThatFailsAtItsEnd(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	s := p.sink(t)
	r := newRing(t, p, s, 3)
	sim.Fault(mmsim.Fault{Path: r.ids[0] + "/patch", Times: 1})
	sim.Fault(mmsim.Fault{Path: r.ids[0] + "/patch", Kind: mmsim.FaultError, Times: 5})
	got := p.apply(t, s, r.plan(t, p, s)...)
	if names := r.names(t, p, s); names != "t t c c a a" {
		t.Errorf("got the names %q", names)
	}
	a := got[0]
	if a.Outcome != sync.Failed || a.Done != 1 || !strings.Contains(a.Err.Error(), "may keep a temporary name") {
		t.Errorf("got %v %v after %d steps, %v: %v", a.Outcome, a.Reason, a.Done, a.User.Profile, a.Err)
	}
	sim.ClearFaults()
	p.mustApply(t, s, r.plan(t, p, s)...)
	if names := r.names(t, p, s); names != "b b c c a a" {
		t.Errorf("later: got the names %q", names)
	}
}

// The last step of a swap was made, but its answer was lost and the server did
// not tell: nobody is moved back.
func TestSwapThatWorkedUnseen(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	s := p.sink(t)
	r := newRing(t, p, s, 2)
	sim.Fault(mmsim.Fault{Method: "PUT", Path: r.ids[0], Times: 1})
	sim.Fault(mmsim.Fault{Method: "PUT", Path: r.ids[0], Kind: mmsim.FaultReset, After: true})
	sim.Fault(mmsim.Fault{Method: "GET", Path: r.ids[0], Kind: mmsim.FaultGateway, Times: 5})
	got := p.apply(t, s, r.plan(t, p, s)...)
	if a := got[0]; a.Outcome != sync.Failed || a.Done != 1 || strings.Contains(a.Err.Error(), " name") {
		t.Errorf("got %v after %d steps: %v", a.Outcome, a.Done, a.Err)
	}
	if names := r.names(t, p, s); names != "b b a a" {
		t.Errorf("got the names %q", names)
	}
}

// A run that is stopped while people have temporary names gives the old ones
// back. A server that fails at the first is not asked for the second.
func TestStoppedInASwap(t *testing.T) {
	for name, fails := range map[string]bool{"the server works": false, "the server fails": true} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			var armed atomic.Bool
			var patches, after atomic.Int32
			_, p := meddle(t, "11.6.0", func(w http.ResponseWriter, r *http.Request) bool {
				if !armed.Load() {
					return false
				}
				if ctx.Err() == nil {
					if strings.HasSuffix(r.URL.Path, "/patch") && patches.Add(1) == 2 {
						cancel()
					}
					return false
				}
				if strings.Contains(r.URL.Path, "/users/") {
					after.Add(1)
				}
				if fails {
					w.WriteHeader(http.StatusUnauthorized)
				}
				return fails
			})
			s, q := p.sink(t), p
			q.prefix = newPrefix()
			one, two := newRing(t, p, s, 2), newRing(t, q, s, 2)
			changes := append(one.plan(t, p, s), two.plan(t, q, s)...)
			armed.Store(true)
			got, err := p.tryApply(t, ctx, s, changes...)
			armed.Store(false)
			want, outcome, done := "a a b b", sync.Skipped, 0
			if fails {
				want, outcome, done = "t t b b", sync.Failed, 1
			}
			for _, r := range []sync.Result{got[0], got[2]} {
				if !errors.Is(err, context.Canceled) || r.Outcome != outcome || r.Done != done {
					t.Errorf("got %v, %v after %d steps (%v), want %v after %d", err, r.Outcome, r.Done, r.Err, outcome, done)
				}
			}
			if a, b := one.names(t, p, s), two.names(t, q, s); a != want || b != want {
				t.Errorf("got the names %q and %q, want %q", a, b, want)
			}
			if n := after.Load(); fails && (n != 1 || !strings.Contains(got[0].Err.Error(), "temporary name")) {
				t.Errorf("got %d requests for people after the stop, want one, and %v", n, got[0].Err)
			}
			p.mustApply(t, s, append(one.plan(t, p, s), two.plan(t, q, s)...)...)
			if a, b := one.names(t, p, s), two.names(t, q, s); a != "b b a a" || b != a {
				t.Errorf("later: got the names %q and %q", a, b)
			}
		})
	}
}
