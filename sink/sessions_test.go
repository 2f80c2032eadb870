package sink_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// one is a change of one step.
func one(u sync.User, kind sync.StepKind) sync.Change {
	return sync.Change{User: u, Steps: []sync.Step{{Kind: kind}}}
}

// A deactivation is done when no session is left, and not before: those that a
// server forgot are ended, and those that it keeps are told.
func TestDeactivationIsProved(t *testing.T) {
	for _, tt := range []struct {
		name    string
		forgets int // so many lists show a session, whatever was ended
		outcome sync.Outcome
		revoked int
		says    string
	}{
		{"the server ends them", 0, sync.Done, 0, ""},
		{"the server forgot one", 1, sync.Done, 1, ""},
		{"the server keeps one", 99, sync.Failed, 3, "the account is deactivated, and 1 of its sessions live on"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lists := 0
			sim, p := meddle(t, "5.37.0", func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/sessions") {
					return false
				}
				if lists++; lists > tt.forgets {
					return false
				}
				fmt.Fprint(w, `[{"id":"left","props":{}}]`)
				return true
			})
			s := p.sink(t)
			u := p.mustApply(t, s, create(p.person("a")))[0]
			sim.ResetCounts()
			r := p.apply(t, s, one(u, sync.Deactivate))[0]
			if r.Outcome != tt.outcome || !strings.Contains(fmt.Sprint(r.Err), tt.says) || r.User.Active {
				t.Errorf("got %v: %v", r.Outcome, r.Err)
			}
			if got := sim.Requests()["POST /users/{id}/sessions/revoke/all"]; got != tt.revoked {
				t.Errorf("got %d revocations, want %d", got, tt.revoked)
			}
		})
	}
}

// A read that cannot be made proves nothing.
func TestDeactivationWithoutProof(t *testing.T) {
	sim, p := simulate(t, mmsim.Config{})
	s := p.sink(t)
	u := p.mustApply(t, s, create(p.person("a")))[0]
	sim.Fault(mmsim.Fault{Method: "GET", Path: "/sessions", Kind: mmsim.FaultError, Times: 100})
	r := p.apply(t, s, one(u, sync.Deactivate))[0]
	if r.Outcome != sync.Failed || !strings.Contains(fmt.Sprint(r.Err), "nobody knows whether its sessions ended") {
		t.Errorf("got %v: %v", r.Outcome, r.Err)
	}
}

// Sessions of before the revocation must be gone, on every server.
func TestSessionsEnd(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		if !p.takesTokens(t) {
			return
		}
		s, c := p.sink(t), p.client(t, p.url)
		u := p.mustApply(t, s, create(p.person("a")))[0]
		secret := p.accessToken(t, u.ID)
		p.use(t, secret)
		if got, err := c.Sessions(t.Context(), u.ID); err != nil || len(got) != 1 || !got[0].OfToken() {
			t.Fatalf("got %+v, %v, want the token's session", got, err)
		}
		p.mustApply(t, s, one(u, sync.Revoke))
		if got, err := c.Sessions(t.Context(), u.ID); err != nil || len(got) != 0 {
			t.Errorf("got %+v, %v after the revocation", got, err)
		}
		p.use(t, secret)
		p.mustApply(t, s, one(u, sync.Deactivate))
		if got, err := c.Sessions(t.Context(), u.ID); err != nil || len(got) != 0 {
			t.Errorf("got %+v, %v after the deactivation", got, err)
		}
	})
}

// A token that makes a new session at once does not make a revocation fail, and
// one session that stays does.
func TestRevocationIsProved(t *testing.T) {
	for _, tt := range []struct {
		after string // what the list holds once the sessions were ended
		want  sync.Outcome
	}{
		{`[{"id":"new","props":{"type":"UserAccessToken"}}]`, sync.Done},
		{`[{"id":"new","props":{}}]`, sync.Done},
		{`[{"id":"old","props":{}}]`, sync.Held},
	} {
		lists := 0
		_, p := meddle(t, "11.6.0", func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/sessions") {
				return false
			}
			text := `[{"id":"old","props":{}}]`
			if lists++; lists > 1 {
				text = tt.after
			}
			fmt.Fprint(w, text)
			return true
		})
		s := p.sink(t)
		u := p.mustApply(t, s, create(p.person("a")))[0]
		lists = 0
		r := p.apply(t, s, one(u, sync.Revoke))[0]
		if r.Outcome != tt.want {
			t.Errorf("%s: got %v: %v, want %v", tt.after, r.Outcome, r.Err, tt.want)
		}
	}
}

// What the server recorded of an account is what it did itself, the newest
// first; what is asked of it is bounded.
func TestActivity(t *testing.T) {
	everywhere(t, func(t *testing.T, p place) {
		if !p.takesTokens(t) {
			return
		}
		s := p.sink(t)
		u := p.mustApply(t, s, create(p.person("a")))[0]
		if a := s.Activity(t.Context(), u.ID, 3); len(a.Acts) != 0 || a.Sessions != 0 || a.Tokens != 0 || errors.Join(a.ActsErr, a.SessionsErr, a.TokensErr) != nil {
			t.Errorf("before: got %+v", a)
		}
		secret := p.accessToken(t, u.ID)
		for _, nickname := range []string{"x", "y"} {
			p.ask(t, secret, http.MethodPut, "/users/"+u.ID+"/patch", `{"nickname":"`+nickname+`"}`, nil)
		}
		p.ask(t, secret, http.MethodPost, "/users/"+u.ID+"/sessions/revoke/all", "", nil)
		p.use(t, secret)
		a := s.Activity(t.Context(), u.ID, 2)
		if len(a.Acts) != 2 || !a.More || !strings.HasSuffix(a.Acts[0].Did, "/sessions/revoke/all") || !strings.HasSuffix(a.Acts[1].Did, "/patch") || a.Acts[0].IP == "" {
			t.Errorf("got %+v", a)
		}
		if a.Sessions != 1 || a.TokenSessions != 1 || a.LastActive.IsZero() || a.Tokens != 1 || a.TokensOff != 0 {
			t.Errorf("got %+v", a)
		}
		p.mustApply(t, p.ending(t), one(u, sync.Deactivate))
		if a := s.Activity(t.Context(), u.ID, 9); a.Sessions != 0 || a.Tokens != 1 || a.TokensOff != 1 || a.More {
			t.Errorf("afterwards: got %+v", a)
		}
	})
}
