package sink_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// ending returns a sink that ends access tokens with accounts.
func (p place) ending(t *testing.T) *sink.Sink {
	t.Helper()
	return sink.New(p.client(t, p.url), sink.Config{Pause: time.Millisecond, EndTokens: true})
}

// Tokens end with the account, those too that came after the plan, and stay off
// when it comes back, unless they are named.
func TestTokensEndWithTheAccount(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		if !p.takesTokens(t) {
			return
		}
		s := p.ending(t)
		users := p.mustApply(t, s, create(p.person("a")), create(p.person("b")))
		u := users[0]
		one, two := p.accessToken(t, u.ID), p.accessToken(t, u.ID)
		known, err := s.Tokens(t.Context(), []string{u.ID, users[1].ID, strings.Repeat("z", 26)})
		if err != nil || len(known) != 1 || len(known[u.ID]) != 2 {
			t.Fatalf("got %v, %v", known, err)
		}
		late := p.accessToken(t, u.ID)
		slices.Sort(known[u.ID])
		names := strings.Join(known[u.ID], " ")
		p.mustApply(t, s, sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Deactivate, Tokens: names + " " + strings.Repeat("z", 26)}}})
		p.mustApply(t, s, sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Reactivate}}})
		for i, secret := range []string{one, two, late} {
			if p.use(t, secret) {
				t.Errorf("token %d works after the return", i)
			}
		}
		p.mustApply(t, s, sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Deactivate}}})
		p.mustApply(t, s, sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Reactivate, Tokens: names + " " + strings.Repeat("z", 26)}}})
		if !p.use(t, one) || !p.use(t, two) || p.use(t, late) {
			t.Error("want the two tokens that are named to work, and no other")
		}
	})
}

// Whatever happens to the call, the token ends, and nothing is left to do.
func TestLostAnswersOfTokens(t *testing.T) {
	for _, step := range []struct {
		kind sync.StepKind
		path string
	}{{sync.Deactivate, "/tokens/disable"}, {sync.Reactivate, "/tokens/enable"}} {
		for name, fault := range faults() {
			sim, p := simulate(t, mmsim.Config{Version: "5.37.0"})
			p.timeout = 200 * time.Millisecond
			s := p.ending(t)
			u := p.mustApply(t, s, create(p.person("a")))[0]
			secret := p.accessToken(t, u.ID)
			known, err := s.Tokens(t.Context(), []string{u.ID})
			if err != nil {
				t.Fatal(err)
			}
			change := sync.Change{User: u, Steps: []sync.Step{{Kind: step.kind, Tokens: strings.Join(known[u.ID], " ")}}}
			if step.kind == sync.Reactivate {
				p.mustApply(t, s, sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Deactivate}}})
			}
			fault.Method, fault.Path = "POST", step.path
			sim.Fault(fault)
			if r := p.apply(t, s, change)[0]; r.Outcome != sync.Done {
				t.Errorf("%v, %s: got %v: %v", step.kind, name, r.Outcome, r.Err)
			}
			if step.kind == sync.Deactivate {
				p.mustApply(t, s, sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Reactivate}}})
			}
			if got, want := p.use(t, secret), step.kind == sync.Reactivate; got != want {
				t.Errorf("%v, %s: got that the token works: %t, want %t", step.kind, name, got, want)
			}
		}
	}
}

// The account ends even if its tokens do not, and it is told; an account does
// not come back without what was asked for.
func TestTokensThatDoNotEnd(t *testing.T) {
	for path, says := range map[string]string{
		"/tokens/disable": "1 of its access tokens would work again",
		"/tokens?":        "nobody knows whether access tokens are left",
	} {
		sim, p := simulate(t, mmsim.Config{})
		s := p.ending(t)
		u := p.mustApply(t, s, create(p.person("a")))[0]
		p.accessToken(t, u.ID)
		sim.Fault(mmsim.Fault{Path: strings.TrimSuffix(path, "?"), Kind: mmsim.FaultError, Times: 1000})
		r := p.apply(t, s, sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Deactivate}}})[0]
		if r.Outcome != sync.Failed || r.User.Active || !strings.Contains(fmt.Sprint(r.Err), says) {
			t.Errorf("%s: got %v, active %t: %v", path, r.Outcome, r.User.Active, r.Err)
		}
		if path != "/tokens/disable" {
			continue
		}
		sim.ClearFaults()
		sim.Fault(mmsim.Fault{Path: "/tokens/enable", Kind: mmsim.FaultError, Times: 1000})
		r = p.apply(t, s, sync.Change{User: r.User, Steps: []sync.Step{{Kind: sync.Reactivate, Tokens: "x"}}})[0]
		if r.Outcome != sync.Failed || r.User.Active {
			t.Errorf("got %v, active %t: %v, want that nobody comes back", r.Outcome, r.User.Active, r.Err)
		}
	}
}
