package sink_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// erasing returns the servers to test against, those in memory set to delete
// for good or not. A real one is what it is.
func erasing(t *testing.T, erases bool) []place {
	t.Helper()
	_, old := simulate(t, mmsim.Config{Version: "5.37.0", EraseUsers: erases})
	_, before := simulate(t, mmsim.Config{Version: "10.11.0", EraseUsers: erases})
	_, now := simulate(t, mmsim.Config{Version: "11.6.0", EraseUsers: erases})
	all := []place{old, before, now}
	p, ok := realPlace(t)
	if !ok {
		return all
	}
	is, err := p.client(t, p.url).ErasesUsers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if is == erases {
		all = append(all, p)
	}
	return all
}

// An account is deleted with its tokens, and one that is gone is deleted too,
// also where a cache goes on showing it.
func TestErase(t *testing.T) {
	for _, p := range erasing(t, true) {
		t.Run(p.name, func(t *testing.T) {
			s := p.ending(t)
			users := p.mustApply(t, s, create(p.person("a")), create(p.person("b")))
			u := users[0]
			if p.takesTokens(t) {
				p.accessToken(t, u.ID)
			}
			p.mustApply(t, s, one(u, sync.Deactivate))
			for range 2 {
				p.mustApply(t, s, one(u, sync.Erase))
			}
			if got := p.find(t, s, sync.Query{Usernames: []string{u.Profile[sync.Username]}}); len(got) != 0 {
				t.Errorf("got %+v after the deletion", got)
			}
			if got, err := p.client(t, p.url).Tokens(t.Context(), u.ID); err != nil || len(got) != 0 {
				t.Errorf("got tokens %+v, %v after the deletion", got, err)
			}
			nobody := sync.Change{Link: sync.Link{UserID: strings.Repeat("z", 26)}, Steps: []sync.Step{{Kind: sync.Erase}}}
			if r := p.apply(t, s, nobody)[0]; r.Outcome != sync.Done {
				t.Errorf("somebody who is gone: got %v: %v", r.Outcome, r.Err)
			}
			if got := p.find(t, s, sync.Query{IDs: []string{users[1].ID}}); len(got) != 1 || !got[0].Active {
				t.Errorf("got %+v of somebody else", got)
			}
		})
	}
}

// A server that is not set to delete for good says so with a 401, which is no
// matter of the token: the person is held, and the run goes on.
func TestEraseSwitchedOff(t *testing.T) {
	for _, p := range erasing(t, false) {
		t.Run(p.name, func(t *testing.T) {
			s := sink.New(p.client(t, p.url), sink.Config{Pause: time.Millisecond, Erases: true})
			facts, err := s.Facts(t.Context())
			if err != nil || !facts.CannotErase {
				t.Errorf("got %t, %v, want that the server is known not to delete", facts.CannotErase, err)
			}
			users := p.mustApply(t, s, create(p.person("a")), create(p.person("b")))
			got := p.apply(t, s, one(users[0], sync.Erase), one(users[1], sync.Deactivate))
			if got[0].Outcome != sync.Held || got[0].Reason != sync.HoldErase || errors.Is(got[0].Err, mattermost.ErrUnauthorized) {
				t.Errorf("got %v %v: %v", got[0].Outcome, got[0].Reason, got[0].Err)
			}
			if got[1].Outcome != sync.Done {
				t.Errorf("the next one: got %v: %v", got[1].Outcome, got[1].Err)
			}
		})
	}
}

// Whatever happens to the call, the account is gone in the end; one that says
// yes and does nothing is a hold.
func TestLostAnswersOfErase(t *testing.T) {
	for _, version := range []string{"5.37.0", "11.6.0"} {
		for name, fault := range faults() {
			sim, p := simulate(t, mmsim.Config{Version: version, EraseUsers: true})
			p.timeout = 200 * time.Millisecond
			s := p.sink(t)
			u := p.mustApply(t, s, create(p.person("a")))[0]
			fault.Method, fault.Path = "DELETE", "/api/v4/users/"
			sim.Fault(fault)
			if r := p.apply(t, s, one(u, sync.Erase))[0]; r.Outcome != sync.Done {
				t.Errorf("%s, %s: got %v: %v", version, name, r.Outcome, r.Err)
			}
			if got := len(sim.Users()); got != 1 {
				t.Errorf("%s, %s: got %d accounts, want the administrator's", version, name, got)
			}
		}
		sim, p := simulate(t, mmsim.Config{Version: version, EraseUsers: true})
		s := p.sink(t)
		u := p.mustApply(t, s, create(p.person("a")))[0]
		sim.Fault(mmsim.Fault{Method: "DELETE", Path: "/api/v4/users/", Kind: mmsim.FaultIgnore})
		if r := p.apply(t, s, one(u, sync.Erase))[0]; r.Outcome != sync.Held || r.Reason != sync.HoldRefused {
			t.Errorf("%s: got %v %v: %v", version, r.Outcome, r.Reason, r.Err)
		}
	}
}
