package sink_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	stdsync "sync"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/sync"
)

// A place is a server that the contract holds for.
type place struct {
	name       string
	url, token string
	version    string
	licensed   bool
	prefix     string // of the names of people in one test
	timeout    time.Duration
}

// everywhere runs a test against simulators of old and new servers, with and
// without a license, and against a real server if the environment names one. A
// real one needs a system administrator's token and nothing else: it may be
// empty, and no test may count on how it is set.
func everywhere(t *testing.T, test func(*testing.T, place)) {
	for _, p := range places(t) {
		t.Run(p.name, func(t *testing.T) { test(t, p) })
	}
}

// realPlace returns the server that the environment names.
func realPlace(t *testing.T) (place, bool) {
	p := place{url: os.Getenv("SYNCD_TEST_MATTERMOST_URL"), token: os.Getenv("SYNCD_TEST_MATTERMOST_TOKEN")}
	if p.url == "" || p.token == "" {
		return p, false
	}
	c := p.client(t, p.url)
	if _, err := c.Me(t.Context()); err != nil {
		t.Fatalf("the real server: %v", err)
	}
	license, err := c.License(t.Context())
	if err != nil {
		t.Fatalf("the real server: %v", err)
	}
	p.version, p.licensed = c.Version(), license["IsLicensed"] == "true"
	p.name = "real " + p.version
	p.prefix = newPrefix()
	return p, true
}

// newPrefix returns a prefix that no other test uses.
func newPrefix() string { return "t" + strings.ToLower(rand.Text()[:12]) + "." }

// since reports whether the server is of a version or of a later one.
func (p place) since(major, minor int) bool {
	var x, y int
	fmt.Sscanf(p.version, "%d.%d", &x, &y)
	return x > major || x == major && y >= minor
}

// old reports whether the server is one of before 10.
func (p place) old() bool { return !p.since(10, 0) }

// hides reports whether the server shows nobody how people sign in.
func (p place) hides() bool { return !p.since(11, 0) }

// takesTokens reports whether the server takes access tokens of people. Out of
// the box it does not.
func (p place) takesTokens(t *testing.T) bool {
	t.Helper()
	settings, err := p.client(t, p.url).Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return settings.ServiceSettings.EnableUserAccessTokens
}

// client returns a client of a server that gives up soon.
func (p place) client(t *testing.T, url string) *mattermost.Client {
	t.Helper()
	c, err := mattermost.New(mattermost.Config{URL: url, AllowHTTP: true, FirstWait: time.Millisecond, Timeout: p.timeout,
		Token: func() (string, error) { return p.token, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sink returns a sink over the server.
func (p place) sink(t *testing.T) *sink.Sink {
	t.Helper()
	return sink.New(p.client(t, p.url), sink.Config{Pause: time.Millisecond})
}

// person returns somebody whom the server does not know.
func (p place) person(name string) sync.Identity {
	name = p.prefix + name
	return sync.Identity{
		Key: sync.NewKey("test", name),
		Profile: sync.Profile{
			sync.Username: name, sync.Email: name + "@example.org", sync.FirstName: "Ada", sync.LastName: "Lövelace",
			sync.Nickname: "Countess", sync.Position: "Analyst", sync.Locale: "en",
		},
		States: sync.SetOf(sync.Fields()...),
		Status: sync.Enabled,
	}
}

// manyStrangers returns so many e-mails that nobody has that a full listing is
// cheaper than look-ups.
func (p place) manyStrangers(t *testing.T, s *sink.Sink) []string {
	t.Helper()
	facts, err := s.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var emails []string
	for i := range facts.Users/8 + 30 {
		emails = append(emails, fmt.Sprintf("%sstranger%d@example.org", p.prefix, i))
	}
	return emails
}

// create returns the change that makes an account for somebody.
func create(who sync.Identity) sync.Change {
	return sync.Change{Identity: who, Steps: []sync.Step{{
		Kind: sync.Create, Set: who.States, To: who.Profile, Auth: who.Auth, How: sync.Created,
	}}}
}

// patch returns the change that gives an account another profile.
func patch(u sync.User, to sync.Profile) sync.Change {
	var set sync.FieldSet
	for _, f := range sync.Fields() {
		if u.Profile[f] != to[f] {
			set |= sync.SetOf(f)
		}
	}
	return sync.Change{User: u, Steps: []sync.Step{{Kind: sync.Patch, Set: set, From: u.Profile, To: to}}}
}

// find finds users.
func (p place) find(t *testing.T, f sync.Finder, q sync.Query) []sync.User {
	t.Helper()
	users, err := f.Find(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return users
}

// apply carries out changes and returns their results in the same order. What
// it makes is deactivated when the test ends.
func (p place) apply(t *testing.T, s *sink.Sink, changes ...sync.Change) []sync.Result {
	t.Helper()
	results, err := p.tryApply(t, t.Context(), s, changes...)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// tryApply is apply for runs that stop early.
func (p place) tryApply(t *testing.T, ctx context.Context, s *sink.Sink, changes ...sync.Change) ([]sync.Result, error) {
	t.Helper()
	results := make([]sync.Result, len(changes))
	for i := range changes {
		changes[i].Link.Key = sync.Key(fmt.Sprint(i))
	}
	var mu stdsync.Mutex
	err := s.Apply(ctx, changes, func(r sync.Result) {
		if !mu.TryLock() {
			t.Error("done was called while it ran")
			return
		}
		defer mu.Unlock()
		var i int
		fmt.Sscan(string(r.Change.Link.Key), &i)
		if results[i].Outcome != sync.OutcomeNone {
			t.Errorf("done was called twice for change %d", i)
		}
		results[i] = r
		p.cleanUp(t, r)
	})
	for i, r := range results {
		if r.Outcome == sync.OutcomeNone {
			t.Errorf("done was not called for change %d", i)
		}
	}
	return results, err
}

// mustApply is apply for changes that must succeed; it returns the accounts.
func (p place) mustApply(t *testing.T, s *sink.Sink, changes ...sync.Change) []sync.User {
	t.Helper()
	var users []sync.User
	for _, r := range p.apply(t, s, changes...) {
		if r.Outcome != sync.Done {
			t.Fatalf("got %v %v: %v", r.Outcome, r.Reason, r.Err)
		}
		users = append(users, r.User)
	}
	return users
}

// cleanUp deletes an account that a test made, for good where the server does
// that; else it is deactivated.
func (p place) cleanUp(t *testing.T, r sync.Result) {
	if r.Change.Has(sync.Create) && r.User.ID != "" {
		p.remove(t, r.User.ID)
	}
}

// remove deletes an account when the test ends.
func (p place) remove(t *testing.T, id string) {
	t.Cleanup(func() {
		for _, how := range []string{"?permanent=true", ""} {
			req, _ := http.NewRequest(http.MethodDelete, p.url+"/api/v4/users/"+id+how, nil)
			req.Header.Set("Authorization", "Bearer "+p.token)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return
			}
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
	})
}

// accessToken makes a personal access token of an account and returns it.
func (p place) accessToken(t *testing.T, userID string) string {
	t.Helper()
	var made struct{ Token string }
	p.ask(t, p.token, http.MethodPost, "/users/"+userID+"/tokens", `{"description":"of a test"}`, &made)
	if made.Token == "" {
		t.Fatal("the server made no token")
	}
	return made.Token
}

// use makes a request with a token, and reports whether it works.
func (p place) use(t *testing.T, token string) bool {
	t.Helper()
	return p.ask(t, token, http.MethodGet, "/users/me", "", nil) == http.StatusOK
}

// ask makes a request past the client and returns its status.
func (p place) ask(t *testing.T, token, method, path, body string, into any) int {
	t.Helper()
	req, err := http.NewRequest(method, p.url+"/api/v4"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if into != nil {
		if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	return resp.StatusCode
}

// What a test makes on a server is gone or deactivated when the test ends.
func TestNothingIsLeft(t *testing.T) {
	for _, erases := range []bool{false, true} {
		sim, p := simulate(t, mmsim.Config{Version: "10.11.0", EraseUsers: erases})
		t.Run("test", func(t *testing.T) { p.mustApply(t, p.sink(t), create(p.person("a"))) })
		left := 0
		for _, u := range sim.Users() {
			if u.Username == "root" {
				continue
			}
			if left++; u.DeleteAt == 0 {
				t.Errorf("%s is active", u.Username)
			}
		}
		if erases != (left == 0) {
			t.Errorf("got %d accounts, deleted for good: %v", left, erases)
		}
	}
}
