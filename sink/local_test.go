package sink_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// locally runs a test over the local sockets of the simulator, and over the one
// of a real server if the environment names it.
func locally(t *testing.T, test func(*testing.T, place)) {
	for _, version := range []string{"5.37.0", "11.6.0"} {
		t.Run("sim "+version, func(t *testing.T) {
			_, p := simulateLocal(t, version)
			test(t, p)
		})
	}
	if path := os.Getenv("SYNCD_TEST_MATTERMOST_SOCKET"); path != "" {
		p := place{url: "unix:" + path, prefix: newPrefix()}
		c := p.client(t, p.url)
		if err := c.Ping(t.Context()); err != nil {
			t.Fatalf("the real server: %v", err)
		}
		p.version = c.Version()
		t.Run("real "+p.version, func(t *testing.T) { test(t, p) })
	}
}

// simulateLocal starts a simulator with an administrator on a socket.
func simulateLocal(t *testing.T, version string) (*mmsim.Server, place) {
	t.Helper()
	sim := mmsim.New(mmsim.Config{Version: version})
	sim.Add(mmsim.User{Username: "root", Email: "root@example.org", Roles: "system_user system_admin"})
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: sim.Local()}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { srv.Close() })
	return sim, place{name: "sim " + version, url: "unix:" + path, version: version, prefix: newPrefix()}
}

// TestLocalContract: what the socket serves does the same as with a token, and
// what it does not serve is known before and held.
func TestLocalContract(t *testing.T) {
	locally(t, func(t *testing.T, p place) {
		s, a, b := p.sink(t), p.person("a"), p.person("b")
		b.Auth = sync.Auth{Service: "saml", Data: b.Profile[sync.Username]}
		facts, err := s.Facts(t.Context())
		if err != nil || facts.Self != "" || facts.Users < 1 || facts.ActiveUsers < 1 || facts.Admins < 1 || facts.Cannot[sync.Revoke] == "" || facts.Cannot[sync.SetPicture] == "" {
			t.Fatalf("got %+v, %v", facts, err)
		}
		if got := facts.Cannot[sync.Patch] != ""; got != p.old() {
			t.Errorf("got that nothing can be patched: %v, want %v", got, p.old())
		}
		users := p.mustApply(t, s, create(a), create(b))
		found := p.find(t, s, sync.Query{
			IDs:       []string{users[0].ID},
			Usernames: []string{b.Profile[sync.Username], "nobody-has-this", "all", "Not A Name", "ünknown"},
			Emails:    []string{a.Profile[sync.Email], "nobody-has-this@example.org", "no e-mail"},
		})
		if len(found) != 2 {
			t.Errorf("got %d accounts, want 2", len(found))
		}
		p.localSteps(t, s, users)
	})
}

// localSteps carries out each step on people.
func (p place) localSteps(t *testing.T, s sync.Sink, users []sync.User) {
	t.Helper()
	to := users[0].Profile
	to[sync.Nickname], to[sync.Email] = "", "x"+to[sync.Email]
	steps := []struct {
		change sync.Change
		held   bool
	}{
		{patch(users[0], to), p.old()},
		{sync.Change{User: users[1], Steps: []sync.Step{{Kind: sync.MigrateAuth, Auth: sync.Auth{Service: "gitlab", Data: p.prefix + "x"}}}}, p.old()},
		{sync.Change{User: users[0], Steps: []sync.Step{{Kind: sync.Revoke}}}, true},
		{portray(users[0], nil), true},
		{sync.Change{User: users[0], Steps: []sync.Step{{Kind: sync.Deactivate}}}, false},
		{sync.Change{User: users[0], Steps: []sync.Step{{Kind: sync.Reactivate}}}, false},
		{sync.Change{User: users[0], Steps: []sync.Step{{Kind: sync.Deactivate}}}, false},
		{sync.Change{User: users[1], Steps: []sync.Step{{Kind: sync.Deactivate}}}, false},
	}
	for _, tt := range steps {
		kind := tt.change.Steps[0].Kind
		err := s.Apply(t.Context(), []sync.Change{tt.change}, func(r sync.Result) {
			held := r.Outcome == sync.Held && r.Reason == sync.HoldServer
			if held != tt.held || !held && r.Outcome != sync.Done {
				t.Errorf("%v: got %v %v %v, want held: %v", kind, r.Outcome, r.Reason, r.Err, tt.held)
			}
			if kind == sync.Patch && !tt.held && cmp.Diff(r.User.Profile, to) != "" {
				t.Error(cmp.Diff(r.User.Profile, to))
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestLocalPatchKeepsTheRest: giving the whole account back loses nothing that
// is the person's own.
func TestLocalPatchKeepsTheRest(t *testing.T) {
	sim, p := simulateLocal(t, "11.6.0")
	id := sim.Add(mmsim.User{
		Username: "ada", Email: "ada@example.org", FirstName: "Ada", Props: map[string]string{"k": "v"},
		NotifyProps: map[string]string{"desktop": "none", "email": "false"}, Timezone: map[string]string{"manualTimezone": "Europe/Berlin"},
	})
	before := row(sim, id)
	c := p.client(t, p.url)
	name := "Lovelace"
	if _, err := c.PatchUser(t.Context(), id, mattermost.Patch{LastName: &name}); err != nil {
		t.Fatal(err)
	}
	want := before
	want.LastName = name
	got := row(sim, id)
	want.UpdateAt = got.UpdateAt
	if diff := cmp.Diff(got, want); diff != "" {
		t.Error(diff)
	}
}

// row returns an account as the simulator has it.
func row(sim *mmsim.Server, id string) mmsim.User {
	for _, u := range sim.Users() {
		if u.ID == id {
			return u
		}
	}
	return mmsim.User{}
}

// TestLocalCounts: the number of accounts is found without reading all of them.
func TestLocalCounts(t *testing.T) {
	for _, n := range []int{1, 199, 200, 201, 400, 999, 2001} {
		sim, p := simulateLocal(t, "11.6.0")
		for range n - 1 {
			sim.Add(mmsim.User{})
		}
		sim.ResetCounts()
		got, err := p.client(t, p.url).Count(t.Context())
		if err != nil || got != n {
			t.Errorf("got %d, %v, want %d", got, err, n)
		}
		if asked := sim.Requests()["GET /users"]; asked > 10 {
			t.Errorf("got %d requests for %d accounts", asked, n)
		}
	}
}

// TestLocalRoutes: what a real socket does not serve, the simulator's does not.
func TestLocalRoutes(t *testing.T) {
	locally(t, func(t *testing.T, p place) {
		path, _ := mattermost.SocketPath(p.url)
		client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}}}
		defer client.CloseIdleConnections()
		id := strings.Repeat("z", 26)
		for _, tt := range []struct{ method, path, old, now string }{
			{"GET", "/users/me", "api.context.invalid_url_param.app_error", ""},
			{"GET", "/users/stats", "api.context.invalid_url_param.app_error", ""},
			{"GET", "/users/stats/filtered", "api.context.404.app_error", ""},
			{"POST", "/users/usernames", "api.context.404.app_error", ""},
			{"GET", "/users/" + id + "/sessions", "api.context.404.app_error", ""},
			{"POST", "/users/" + id + "/sessions/revoke/all", "api.context.404.app_error", ""},
			{"PUT", "/users/" + id + "/patch", "api.context.404.app_error", ""},
			{"PUT", "/users/" + id + "/auth", "api.context.404.app_error", "api.context.invalid_body_param.app_error"},
			{"GET", "/limits/server", "api.context.404.app_error", ""},
			{"GET", "/license/client", "api.context.404.app_error", ""},
			{"PUT", "/users/" + id, "api.context.invalid_body_param.app_error", ""},
			{"GET", "/users/" + id, "app.user.missing_account.const", ""},
			{"GET", "/users/username/all", "api.context.invalid_body_param.app_error", ""},
		} {
			want := tt.old
			if !p.old() && tt.now != "" {
				want = tt.now
			}
			if got := errorID(t, client, tt.method, tt.path); got != want {
				t.Errorf("%s %s: got %q, want %q", tt.method, tt.path, got, want)
			}
		}
	})
}

// errorID makes a request and returns the id of the error that it answers.
func errorID(t *testing.T, client *http.Client, method, path string) string {
	t.Helper()
	req, err := http.NewRequest(method, "http://localhost/api/v4"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var said struct{ ID string }
	if err := json.NewDecoder(resp.Body).Decode(&said); err != nil {
		t.Fatal(err)
	}
	return said.ID
}

// TestLocalAdmins: only administrators who are people and active count.
func TestLocalAdmins(t *testing.T) {
	sim, p := simulateLocal(t, "11.6.0")
	sim.Add(mmsim.User{Username: "robot", Roles: "system_user system_admin", IsBot: true})
	sim.Add(mmsim.User{Username: "gone", Roles: "system_user system_admin", DeleteAt: 1})
	sim.Add(mmsim.User{Username: "ada"})
	facts, err := p.sink(t).Facts(t.Context())
	if err != nil || facts.Admins != 1 || facts.Users != 4 {
		t.Errorf("got %d administrators of %d accounts, %v, want 1 of 4", facts.Admins, facts.Users, err)
	}
}
