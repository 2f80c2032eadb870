package sink_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// role returns the change that leads an account through roles.
func role(u sync.User, roles ...sync.Role) sync.Change {
	c := sync.Change{User: u}
	for i, r := range roles[1:] {
		c.Steps = append(c.Steps, sync.Step{Kind: sync.SetRole, WasRole: roles[i], Role: r})
	}
	return c
}

// setRoles gives an account a list of roles, past syncd.
func (p place) setRoles(t *testing.T, id, roles string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, p.url+"/api/v4/users/"+id+"/roles", strings.NewReader(`{"roles":"`+roles+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("got %v, %v", resp, err)
	}
	resp.Body.Close()
}

// TestRoles: members become administrators and members again, guests become
// members without a license, and other roles stay what they are.
func TestRoles(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s := p.sink(t)
		users := p.mustApply(t, s, create(p.person("a")), create(p.person("b")))
		read := func(i int) sync.User { return p.find(t, s, sync.Query{IDs: []string{users[i].ID}})[0] }
		p.setRoles(t, users[0].ID, "system_post_all system_user")
		p.setRoles(t, users[1].ID, "system_guest system_post_all")
		for i, roles := range [][]sync.Role{{sync.Member, sync.Admin}, {sync.Guest, sync.Member, sync.Admin}} {
			got := p.mustApply(t, s, role(users[i], roles...))[0]
			if got.Role() != sync.Admin || got.Guest || got.Roles != "system_post_all" {
				t.Errorf("raised: got %v and %q beside it", got.Role(), got.Roles)
			}
			if diff := cmp.Diff(got, read(i)); diff != "" {
				t.Errorf("result and server:\n%s", diff)
			}
			p.mustApply(t, s, role(got, sync.Member, sync.Admin)) // is there already
			if got := p.mustApply(t, s, role(got, sync.Admin, sync.Member))[0]; got.Role() != sync.Member || got.Roles != "system_post_all" || read(i) != got {
				t.Errorf("lowered: got %v and %q beside it", got.Role(), got.Roles)
			}
		}
	})
}

// TestGuestsWherePossible: it is known before, and said when it is tried all
// the same.
func TestGuestsWherePossible(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s := p.sink(t)
		facts, err := s.Facts(t.Context())
		if err != nil || !p.licensed && !strings.Contains(facts.NoGuests, "licence") {
			t.Errorf("got %q, %v, want that there is no licence", facts.NoGuests, err)
		}
		u := p.mustApply(t, s, create(p.person("a")))[0]
		r := p.apply(t, s, role(u, sync.Member, sync.Guest))[0]
		if facts.NoGuests == "" {
			if r.Outcome != sync.Done || r.User.Role() != sync.Guest {
				t.Errorf("got %v %v: %v, want a guest", r.Outcome, r.User.Role(), r.Err)
			}
			return
		}
		if r.Outcome != sync.Held || r.Reason != sync.HoldGuests || r.Done != 0 || !p.licensed && !strings.Contains(r.Err.Error(), "license") {
			t.Errorf("got %v %v: %v", r.Outcome, r.Reason, r.Err)
		}
	})
}

// TestGuests: with a license members become guests, who lose what else they are
// on servers of today.
func TestGuests(t *testing.T) {
	for version, others := range map[string]string{"5.37.0": "system_post_all", "10.11.0": "", "11.6.0": ""} {
		_, p := simulate(t, mmsim.Config{Version: version, Licensed: true, GuestAccounts: true})
		s := p.sink(t)
		if facts, err := s.Facts(t.Context()); err != nil || facts.NoGuests != "" {
			t.Errorf("got %q, %v", facts.NoGuests, err)
		}
		c := create(p.person("a"))
		c.Steps = append(c.Steps, sync.Step{Kind: sync.SetRole, WasRole: sync.Member, Role: sync.Guest})
		if u := p.mustApply(t, s, c)[0]; !u.Guest {
			t.Errorf("made: got %+v, want a guest", u)
		}
		u := p.mustApply(t, s, create(p.person("b")))[0]
		p.setRoles(t, u.ID, "system_user system_admin system_post_all")
		got := p.mustApply(t, s, role(u, sync.Admin, sync.Member, sync.Guest))[0]
		if got.Role() != sync.Guest || got.Roles != others {
			t.Errorf("got %v and %q beside it, want %q", got.Role(), got.Roles, others)
		}
	}
	_, p := simulate(t, mmsim.Config{Version: "11.6.0", Licensed: true})
	if facts, err := p.sink(t).Facts(t.Context()); err != nil || !strings.Contains(facts.NoGuests, "switched off") {
		t.Errorf("got %q, %v", facts.NoGuests, err)
	}
}

// TestRoleThatMoved: of whom somebody made something else meanwhile nothing is
// taken.
func TestRoleThatMoved(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0", Licensed: true, GuestAccounts: true})
	s := p.sink(t)
	u := p.mustApply(t, s, create(p.person("a")))[0]
	p.setRoles(t, u.ID, "system_user system_admin")
	sim.ResetCounts()
	r := p.apply(t, s, role(u, sync.Member, sync.Guest))[0]
	if r.Outcome != sync.Failed || !strings.Contains(r.Err.Error(), "the role admin, not member any more") || sim.Writes() != 0 {
		t.Errorf("got %v %v: %v after %d writes", r.Outcome, r.Reason, r.Err, sim.Writes())
	}
}

// TestLastAdministrator: the server has the last word.
func TestLastAdministrator(t *testing.T) {
	_, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	s := p.sink(t)
	facts, err := s.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	root := p.find(t, s, sync.Query{IDs: []string{facts.Self}})[0]
	r := p.apply(t, s, role(root, sync.Admin, sync.Member))[0]
	if r.Outcome != sync.Held || r.Reason != sync.HoldRefused || !strings.Contains(r.Err.Error(), "lastAdmin") {
		t.Errorf("got %v %v: %v", r.Outcome, r.Reason, r.Err)
	}
}

// TestLostRoles: whatever happens to the call, the role is set once, and counts
// as set.
func TestLostRoles(t *testing.T) {
	for _, st := range []struct {
		route  string
		before string
		roles  []sync.Role
	}{
		{"/roles", "system_user system_post_all", []sync.Role{sync.Member, sync.Admin}},
		{"/roles", "system_user system_admin system_post_all", []sync.Role{sync.Admin, sync.Member}},
		{"/promote", "system_guest system_post_all", []sync.Role{sync.Guest, sync.Member}},
		{"/demote", "system_user", []sync.Role{sync.Member, sync.Guest}},
	} {
		for name, fault := range faults() {
			t.Run(st.route+", "+name, func(t *testing.T) {
				sim, p := simulate(t, mmsim.Config{Version: "11.6.0", Licensed: true, GuestAccounts: true})
				p.timeout = 200 * time.Millisecond
				s := p.sink(t)
				u := p.mustApply(t, s, create(p.person("a")))[0]
				p.setRoles(t, u.ID, st.before)
				sim.ResetCounts()
				fault.Path = st.route
				sim.Fault(fault)
				r := p.apply(t, s, role(u, st.roles...))[0]
				_, _, others := sync.SplitRoles(st.before)
				if r.Outcome != sync.Done || r.User.Role() != st.roles[1] || r.User.Roles != others {
					t.Errorf("got %v %v (%v), %v and %q", r.Outcome, r.Reason, r.Err, r.User.Role(), r.User.Roles)
				}
				want := 2
				if strings.HasSuffix(name, ", done") {
					want = 1
				}
				if got := sim.Writes(); got != want {
					t.Errorf("got %d writes, want %d", got, want)
				}
			})
		}
	}
}

// TestRoleYesThatIsNoYes: a server that says yes and does nothing makes a hold.
func TestRoleYesThatIsNoYes(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	s := p.sink(t)
	u := p.mustApply(t, s, create(p.person("a")))[0]
	sim.Fault(mmsim.Fault{Path: "/roles", Kind: mmsim.FaultIgnore})
	r := p.apply(t, s, role(u, sync.Member, sync.Admin))[0]
	if r.Outcome != sync.Held || r.Reason != sync.HoldRefused || r.User != u {
		t.Errorf("got %v %v: %v", r.Outcome, r.Reason, r.Err)
	}
}
