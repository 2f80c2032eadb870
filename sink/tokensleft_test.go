package sink_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// A server that refuses to tell of access tokens ends the account, and it is
// told that tokens may be left; then nobody comes back before they end.
func TestTokensThatAreNotTold(t *testing.T) {
	told := false
	_, p := meddle(t, "11.6.0", func(w http.ResponseWriter, r *http.Request) bool {
		refuses := !told && r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/tokens")
		if refuses {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"id":"api.context.permissions.app_error","message":"no","status_code":403}`))
		}
		return refuses
	})
	s := p.ending(t)
	u := p.mustApply(t, s, create(p.person("a")))[0]
	secret := p.accessToken(t, u.ID)
	gone := p.apply(t, s, sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Deactivate}}})[0]
	if gone.Outcome != sync.Done || gone.User.Active || !gone.TokensLeft {
		t.Fatalf("got %v, active %t, tokens left %t: %v", gone.Outcome, gone.User.Active, gone.TokensLeft, gone.Err)
	}
	back := sync.Change{User: gone.User, Steps: []sync.Step{{Kind: sync.Reactivate, EndTokens: true}}}
	if r := p.apply(t, s, back)[0]; r.Outcome != sync.Held || r.Reason != sync.HoldServer || p.use(t, secret) {
		t.Errorf("got %v %v: %v, want that nobody comes back", r.Outcome, r.Reason, r.Err)
	}
	told = true
	p.mustApply(t, s, back)
	if p.use(t, secret) {
		t.Error("the token works after the return")
	}
}

// With a token or over the socket, an account whose tokens all ended leaves none,
// and the socket ends none.
func TestTokensLeft(t *testing.T) {
	_, p := simulate(t, mmsim.Config{Version: "11.6.0"})
	s := p.ending(t)
	u := p.mustApply(t, s, create(p.person("a")))[0]
	p.accessToken(t, u.ID)
	if r := p.apply(t, s, sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Deactivate}}})[0]; r.TokensLeft {
		t.Error("got tokens left, want none")
	}
	_, p = simulateLocal(t, "11.6.0")
	s = p.ending(t)
	u = p.mustApply(t, s, create(p.person("b")))[0]
	r := p.apply(t, s, sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Deactivate}}})[0]
	if r.Outcome != sync.Done || !r.TokensLeft {
		t.Errorf("over the socket: got %v, tokens left %t", r.Outcome, r.TokensLeft)
	}
	r = p.apply(t, s, sync.Change{User: r.User, Steps: []sync.Step{{Kind: sync.Reactivate, EndTokens: true}}})[0]
	if r.Outcome != sync.Held || r.User.Active {
		t.Errorf("over the socket: got %v, active %t, want that nobody comes back", r.Outcome, r.User.Active)
	}
}
