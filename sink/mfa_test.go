package sink_test

import (
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// A second factor is reset before the account comes back, on every server.
func TestSecondFactorIsReset(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s := p.sink(t)
		u := p.mustApply(t, s, create(p.person("a")))[0]
		p.mustApply(t, s, one(u, sync.Deactivate))
		got := p.mustApply(t, s, sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Reactivate, ResetMFA: true}}})
		if !got[0].Active {
			t.Error("the account is not active")
		}
	})
}

func TestLostAnswersOfSecondFactor(t *testing.T) {
	for name, fault := range faults() {
		sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
		p.timeout = 200 * time.Millisecond
		id := sim.Add(mmsim.User{Username: "ann", DeleteAt: 1, MFA: true})
		fault.Method, fault.Path = "PUT", "/mfa"
		sim.Fault(fault)
		r := p.apply(t, p.sink(t), sync.Change{User: sync.User{ID: id}, Steps: []sync.Step{{Kind: sync.Reactivate, ResetMFA: true}}})[0]
		if r.Outcome != sync.Done || !r.User.Active {
			t.Errorf("%s: got %v: %v", name, r.Outcome, r.Err)
		}
		for _, u := range sim.Users() {
			if u.MFA {
				t.Errorf("%s: the second factor of %s is still there", name, u.Username)
			}
		}
	}
}
