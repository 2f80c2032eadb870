package sink_test

import (
	"strings"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// around returns the rename of a SAML account on a detour.
func around(u sync.User, name string) sync.Change {
	c := patch(u, u.Profile)
	to := u.Profile
	to[sync.Username] = name
	home := sync.Auth{Service: "saml", Data: "Data-" + u.Profile[sync.Username]}
	email := sync.Auth{Service: sync.AuthEmail}
	c.Steps = []sync.Step{
		{Kind: sync.MigrateAuth, Way: sync.WayOut, Was: home, Auth: email},
		{Kind: sync.Patch, Set: sync.SetOf(sync.Username), From: u.Profile, To: to},
		{Kind: sync.MigrateAuth, Way: sync.WayBack, Was: email, Auth: home},
	}
	return c
}

// A locked name cannot be patched, and can on a detour, after which the account
// signs in as before. A name that somebody has leaves everything as it was.
func TestRenameOnADetour(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s, a, b := p.sink(t), p.person("a"), p.person("b")
		a.Auth = sync.Auth{Service: "saml", Data: "Data-" + a.Profile[sync.Username]}
		users := p.mustApply(t, s, create(a), create(b))
		to := users[0].Profile
		to[sync.Username] += ".new"
		if r := p.apply(t, s, patch(users[0], to))[0]; r.Outcome != sync.Held {
			t.Errorf("without a detour: got %v %v, want held", r.Outcome, r.Err)
		}

		r := p.apply(t, s, around(users[0], users[1].Profile[sync.Username]))[0]
		if r.Outcome != sync.Held || r.Reason != sync.HoldUsernameHeld || r.Done != 0 || r.User.Auth.Service != "saml" {
			t.Errorf("a name that is taken: got %v %v after %d steps, signs in with %q: %v", r.Outcome, r.Reason, r.Done, r.User.Auth.Service, r.Err)
		}
		if l, _ := r.LinkAfter(time.Now()); l.Owes != "" {
			t.Errorf("got that %q is owed", l.Owes)
		}

		r = p.apply(t, s, around(users[0], to[sync.Username]))[0]
		if r.Outcome != sync.Done {
			t.Fatalf("got %v: %v", r.Outcome, r.Err)
		}
		for _, q := range []sync.Query{{IDs: []string{r.User.ID}}, {Usernames: []string{to[sync.Username]}}} {
			u := p.find(t, s, q)
			if len(u) != 1 || u[0].Auth.Service != "saml" || u[0].Profile[sync.Username] != to[sync.Username] || !p.hides() && u[0].Auth != a.Auth {
				t.Errorf("read again by %+v: got %+v", q, u)
			}
		}
	})
}

// Whatever goes wrong on the way, the account ends with its sign-in or the link
// says that it is owed.
func TestDetourThatFails(t *testing.T) {
	for _, tt := range []struct {
		name   string
		faults []mmsim.Fault
		done   int
		owes   bool
		now    string // service
	}{
		{"the way out", []mmsim.Fault{{Path: "/password", Kind: mmsim.FaultError, Times: 99}}, 0, true, "saml"}, // 500: nobody knows
		{"the way out, unheard", []mmsim.Fault{{Path: "/password", Kind: mmsim.FaultCut, Times: 99}}, 3, false, "saml"},
		{"the step", []mmsim.Fault{{Path: "/patch", Kind: mmsim.FaultError, Times: 99}}, 0, true, "saml"}, // to be sure
		{"the step and then the way back", []mmsim.Fault{
			{Path: "/patch", Kind: mmsim.FaultError, Times: 99}, {Path: "/auth", Kind: mmsim.FaultError, Times: 99},
		}, 1, true, "email"},
		{"the way back", []mmsim.Fault{{Path: "/auth", Kind: mmsim.FaultError, Times: 99}}, 2, true, "email"},
		{"answers are lost", []mmsim.Fault{
			{Path: "/password", Kind: mmsim.FaultCut}, {Path: "/patch", Kind: mmsim.FaultCut}, {Path: "/auth", Kind: mmsim.FaultCut},
		}, 3, false, "saml"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
			s, a := p.sink(t), p.person("a")
			a.Auth = sync.Auth{Service: "saml", Data: "Data-" + a.Profile[sync.Username]}
			u := p.mustApply(t, s, create(a))[0]
			for _, f := range tt.faults {
				sim.Fault(f)
			}
			r := p.apply(t, s, around(u, u.Profile[sync.Username]+".new"))[0]
			sim.ClearFaults()
			l, _ := r.LinkAfter(time.Now())
			now := p.find(t, s, sync.Query{IDs: []string{u.ID}})[0].Auth.Service
			if r.Done != tt.done || (l.Owes == "saml:"+a.Auth.Data) != tt.owes || now != tt.now {
				t.Errorf("got %d steps done, owed %q, signs in with %s (%v); want %d, %t, %s", r.Done, l.Owes, now, r.Err, tt.done, tt.owes, tt.now)
			}
			if r.Done < 3 && !strings.Contains(r.Err.Error(), "sign") {
				t.Errorf("got %v, which does not say how the account signs in", r.Err)
			}
		})
	}
}
