package sink_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// creations returns changes that make so many accounts.
func (p place) creations(n int) []sync.Change {
	var all []sync.Change
	for i := range n {
		all = append(all, create(p.person(fmt.Sprint("n", i))))
	}
	return all
}

// count returns how many results ended in each way.
func count(results []sync.Result) map[sync.Outcome]int {
	n := map[sync.Outcome]int{}
	for _, r := range results {
		n[r.Outcome]++
	}
	return n
}

// An open server makes plain accounts for anybody, so nothing may be written
// with a token that is not an administrator's.
func TestWrongTokens(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	plain := sim.Token(sim.Add(mmsim.User{Username: "plain"}))
	for token, want := range map[string]error{"garbage": mattermost.ErrUnauthorized, plain: sink.ErrNotAdmin} {
		p.token = token
		s := p.sink(t)
		if _, err := s.Facts(t.Context()); !errors.Is(err, want) {
			t.Errorf("facts: got %v, want %v", err, want)
		}
		got, err := p.tryApply(t, t.Context(), s, p.creations(3)...)
		if !errors.Is(err, want) || count(got)[sync.Skipped] != 3 {
			t.Errorf("apply: got %v, %v, want %v", count(got), err, want)
		}
		if strings.Contains(err.Error(), token) {
			t.Errorf("error %q holds the token", err)
		}
	}
	if sim.Writes() != 0 || len(sim.Users()) != 2 {
		t.Errorf("got %d writes", sim.Writes())
	}
}

// The token stops working in the middle of a run. On an open server, the first
// account made then is a plain one, and it is the last.
func TestTokenThatEnds(t *testing.T) {
	for _, auth := range []sync.Auth{{}, {Service: "saml", Data: "x"}} {
		var bad atomic.Bool
		sim, p := meddle(t, "11.6.0", func(w http.ResponseWriter, r *http.Request) bool {
			if bad.Load() {
				r.Header.Set("Authorization", "Bearer garbage")
			}
			if r.URL.Path == "/api/v4/users" {
				bad.Store(true)
			}
			return false
		})
		changes := p.creations(20)
		for i := range changes {
			if changes[i].Steps[0].Auth = auth; auth.Data != "" {
				changes[i].Steps[0].Auth.Data = fmt.Sprint(auth.Data, i)
			}
		}
		got, err := p.tryApply(t, t.Context(), p.sink(t), changes...)
		if !errors.Is(err, sink.ErrNotAdmin) && auth.Service == "" || err == nil {
			t.Errorf("got %v, want that the run stopped", err)
		}
		n := count(got)
		if n[sync.Done] != 1 || n[sync.Skipped] < 15 || len(sim.Users()) > 4 {
			t.Errorf("got %v and %d accounts", n, len(sim.Users()))
		}
	}
}

func TestUnauthorizedStops(t *testing.T) {
	_, p := meddle(t, "11.6.0", func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/active") {
			r.Header.Set("Authorization", "Bearer garbage")
		}
		return false
	})
	s := p.sink(t)
	users := p.mustApply(t, s, p.creations(20)...)
	var changes []sync.Change
	for _, u := range users {
		changes = append(changes, sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Deactivate}}})
	}
	got, err := p.tryApply(t, t.Context(), s, changes...)
	n := count(got)
	if !errors.Is(err, mattermost.ErrUnauthorized) || n[sync.Failed] != 1 || n[sync.Skipped] != 19 {
		t.Errorf("got %v, %v, want one failure and 19 skipped", n, err)
	}
}

func TestGivesUpAfterManyFailures(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	s := p.sink(t)
	var changes []sync.Change
	for _, u := range p.mustApply(t, s, p.creations(40)...) {
		to := u.Profile
		to[sync.Nickname] = "x"
		changes = append(changes, patch(u, to))
	}
	sim.Fault(mmsim.Fault{Path: "/patch", Kind: mmsim.FaultGateway, Times: 1 << 20})
	sim.ResetCounts()
	got, err := p.tryApply(t, t.Context(), s, changes...)
	n := count(got)
	if !errors.Is(err, sink.ErrGaveUp) || n[sync.Failed] < 10 || n[sync.Failed] > 14 || n[sync.Skipped] != 40-n[sync.Failed] {
		t.Errorf("got %v, %v", n, err)
	}
	if w := sim.Writes(); w > 3*14 {
		t.Errorf("got %d writes", w)
	}
}

// Calls in flight are finished when the run is stopped, and no more begun.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var begun atomic.Int32
	sim, p := meddle(t, "11.6.0", func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/api/v4/users" && begun.Add(1) == 20 {
			cancel()
		}
		return false
	})
	got, err := p.tryApply(t, ctx, p.sink(t), p.creations(100)...)
	n := count(got)
	if !errors.Is(err, context.Canceled) || n[sync.Failed] != 0 || n[sync.Done] != int(begun.Load()) || n[sync.Done]+n[sync.Skipped] != 100 {
		t.Errorf("got %v, %v, %d begun", n, err, begun.Load())
	}
	if n[sync.Done] < 20 || n[sync.Done] > 24 || len(sim.Users()) != n[sync.Done]+1 {
		t.Errorf("got %d done, %d accounts", n[sync.Done], len(sim.Users()))
	}
}

// A server that does not answer holds a stop up for no longer than the grace.
func TestCancelEndsAfterTheGrace(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	sim, p := meddle(t, "11.6.0", func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/api/v4/users" {
			cancel()
		}
		return false
	})
	sim.Fault(mmsim.Fault{Method: "POST", Path: "/api/v4/users", Kind: mmsim.FaultHang, Times: 99})
	s := sink.New(p.client(t, p.url), sink.Config{Grace: 50 * time.Millisecond})
	got, err := p.tryApply(t, ctx, s, p.creations(3)...)
	if n := count(got); !errors.Is(err, context.Canceled) || n[sync.Failed] != 1 || n[sync.Skipped] != 2 {
		t.Errorf("got %v, %v", n, err)
	}
	if !errors.Is(got[0].Err, mattermost.ErrUnknownOutcome) {
		t.Errorf("got %v, want that nobody knows", got[0].Err)
	}
	before, err := p.tryApply(t, ctx, s, p.creations(2)...)
	if !errors.Is(err, context.Canceled) || count(before)[sync.Skipped] != 2 {
		t.Errorf("got %v, %v, want nothing begun", count(before), err)
	}
}

// A person whose later wave is not reached is no success, and says how far it
// went.
func TestStoppedBetweenWaves(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, p := meddle(t, "11.6.0", func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/api/v4/users" {
			cancel()
		}
		return false
	})
	c := create(p.person("a"))
	c.Steps = append(c.Steps, sync.Step{Kind: sync.Deactivate, Wave: 1})
	got, err := p.tryApply(t, ctx, p.sink(t), c)
	if r := got[0]; !errors.Is(err, context.Canceled) || r.Outcome != sync.Failed || r.Done != 1 || r.User.ID == "" || r.Err == nil {
		t.Errorf("got %+v, %v", r, err)
	}
}

// No step of a wave begins before the last of the wave before has ended, and
// no more calls are in flight than allowed.
func TestWavesAndParallelism(t *testing.T) {
	var flying, most, early, waves atomic.Int32
	_, p := meddle(t, "11.6.0", func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.URL.Path == "/api/v4/users":
			waves.Add(1)
		case strings.HasSuffix(r.URL.Path, "/active") && waves.Load() < 60:
			early.Add(1)
		}
		most.Store(max(most.Load(), flying.Add(1)))
		time.Sleep(time.Millisecond)
		flying.Add(-1)
		return false
	})
	s := sink.New(p.client(t, p.url), sink.Config{MaxParallel: 3})
	changes := p.creations(60)
	for i := range changes {
		changes[i].Steps = append(changes[i].Steps, sync.Step{Kind: sync.Deactivate, Wave: 7})
	}
	p.mustApply(t, s, changes...)
	if early.Load() != 0 || most.Load() > 3 || most.Load() < 2 {
		t.Errorf("got %d early steps, %d calls at once", early.Load(), most.Load())
	}
}

func TestDeactivatedAdministrator(t *testing.T) {
	_, p := meddle(t, "11.6.0", func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/users/me") {
			return false
		}
		fmt.Fprint(w, `{"id":"u","username":"root","roles":"system_user system_admin","delete_at":5}`)
		return true
	})
	if _, err := p.sink(t).Facts(t.Context()); !errors.Is(err, sink.ErrNotAdmin) || !strings.Contains(err.Error(), "deactivated") {
		t.Errorf("got %v", err)
	}
}
