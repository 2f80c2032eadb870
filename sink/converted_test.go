package sink_test

import (
	"net/http"
	"testing"

	"github.com/directory-sync/syncd/sync"
)

// An account that was converted to a bot since it was read is left alone,
// although the server goes on showing a person by its id.
func TestConvertedToABot(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		s := p.sink(t)
		users := p.mustApply(t, s, create(p.person("a")), create(p.person("b")), create(p.person("c")))
		p.find(t, s, sync.Query{IDs: []string{users[0].ID, users[1].ID}}) // into the server's cache
		for _, u := range users[:2] {
			if got := p.ask(t, p.token, http.MethodPost, "/users/"+u.ID+"/convert_to_bot", "", nil); got != http.StatusOK {
				t.Fatalf("convert: got %d", got)
			}
		}
		to := users[0].Profile
		to[sync.Position] = "Chef"
		got := p.apply(t, s, patch(users[0], to), one(users[1], sync.Deactivate), one(users[2], sync.Deactivate))
		for i, want := range []sync.Outcome{sync.Held, sync.Held, sync.Done} {
			if got[i].Outcome != want || want == sync.Held && got[i].Reason != sync.HoldProtected {
				t.Errorf("%d: got %v %v %v, want %v", i, got[i].Outcome, got[i].Reason, got[i].Err, want)
			}
		}
		now := p.find(t, s, sync.Query{Usernames: []string{users[0].Profile[sync.Username], users[1].Profile[sync.Username]}})
		for _, u := range now {
			if !u.Bot || !u.Active || u.Profile[sync.Position] == "Chef" {
				t.Errorf("got %+v, want an active bot as it was", u)
			}
		}
		facts, err := s.Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range users[:2] { // a real server goes round in circles when a bot that owns itself is deactivated
			p.ask(t, p.token, http.MethodPost, "/bots/"+u.ID+"/assign/"+facts.Self, "", nil)
		}
	})
}
