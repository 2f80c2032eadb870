package sink_test

import (
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// bulk returns what is planned for an account that moves with all others.
func bulk(u sync.User, data string) sync.Change {
	c := patch(u, u.Profile)
	c.Steps = []sync.Step{
		{Kind: sync.MigrateAuth, Was: u.Auth, Auth: sync.Auth{Service: "saml", Data: data}}, {Kind: sync.Revoke},
	}
	return c
}

// Who moved is looked at afterwards, and their sessions end.
func TestBulkMove(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0", Licensed: true})
	s := p.sink(t)
	if _, err := s.Facts(t.Context()); err != nil {
		t.Fatal(err)
	}
	users := p.mustApply(t, s, create(p.person("a")), create(p.person("b")), create(p.person("c")))
	b := sink.BulkMove{Sink: s, From: "email", To: "saml", Matches: map[string]string{}}
	var changes []sync.Change
	for i, u := range users {
		sim.Login(u.ID)
		data := "name-" + u.Profile[sync.Username]
		changes = append(changes, bulk(u, data))
		if i < 2 {
			b.Matches[u.Profile[sync.Email]] = data
		}
	}
	b.Matches[users[1].Profile[sync.Email]] = "another"
	var got []sync.Result
	if err := b.Apply(t.Context(), changes, func(r sync.Result) { got = append(got, r) }); err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]sync.Outcome{}
	for _, r := range got {
		outcomes[r.Change.User.ID] = r.Outcome
		if r.Outcome == sync.Done && (r.Done != 2 || len(r.Change.Steps) != 2) {
			t.Errorf("got %d of %d steps", r.Done, len(r.Change.Steps))
		}
	}
	if len(got) != 3 || outcomes[users[0].ID] != sync.Done || outcomes[users[1].ID] != sync.Held || outcomes[users[2].ID] != sync.Held {
		t.Errorf("got %v, want the first done, one held for its name, and one who stayed", outcomes)
	}
	if n := sim.Requests()["POST /users/{id}/sessions/revoke/all"]; n != 1 {
		t.Errorf("sessions were ended of %d people, want of the one who moved", n)
	}
}

// A server without the license says so, and nothing is tried.
func TestBulkMoveNeedsALicense(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		if p.licensed {
			return // it would move everybody
		}
		s := p.sink(t)
		u := p.mustApply(t, s, create(p.person("a")))[0]
		for _, to := range []string{"ldap", "saml"} {
			var got []sync.Result
			b := sink.BulkMove{Sink: s, From: "email", To: to, MatchField: "email"}
			err := b.Apply(t.Context(), []sync.Change{bulk(u, "x")}, func(r sync.Result) { got = append(got, r) })
			if err == nil || !strings.Contains(err.Error(), "no license to move everybody to "+to) {
				t.Errorf("%s: got %v", to, err)
			}
			if len(got) != 1 || got[0].Outcome != sync.Skipped {
				t.Errorf("%s: got %+v, want skipped", to, got)
			}
		}
	})
}

// Of a call whose answer was lost what is seen counts.
func TestBulkMoveUnheard(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{Version: "11.6.0", Licensed: true})
	s := p.sink(t)
	if _, err := s.Facts(t.Context()); err != nil {
		t.Fatal(err)
	}
	users := p.mustApply(t, s, create(p.person("a")), create(p.person("b")))
	b := sink.BulkMove{Sink: s, From: "email", To: "saml", Matches: map[string]string{users[0].Profile[sync.Email]: "A"}}
	sim.Fault(mmsim.Fault{Path: "/migrate_auth/saml", Kind: mmsim.FaultCut})
	outcomes := map[string]sync.Outcome{}
	err := b.Apply(t.Context(), []sync.Change{bulk(users[0], "A"), bulk(users[1], "B")}, func(r sync.Result) { outcomes[r.Change.User.ID] = r.Outcome })
	if err == nil || outcomes[users[0].ID] != sync.Done || outcomes[users[1].ID] != sync.Failed {
		t.Errorf("got %v, %v; want one done, and of the other nobody knows", outcomes, err)
	}
}
