package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// mostKills is how often one sync is killed before it is left alone.
const mostKills = 12

// TestKilledAtAnyMoment kills syncd sync with SIGKILL again and again, while it
// carries out changes of all kinds, until a run ends by itself. In the end all
// is as if nothing had happened, and nothing is left to do.
func TestKilledAtAnyMoment(t *testing.T) {
	for _, version := range []string{"11.6.0", "5.37.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			calm := newVictim(t, version)
			calm.sync(t, exitOK)
			requests, took := calm.requests, calm.took
			users, links := calm.users(), calm.links(t)
			calm.finished(t)
			for seed := range uint64(2) {
				t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
					v := newVictim(t, version)
					v.suffer(t, rand.New(rand.NewPCG(seed, 7)), requests, took)
					if diff := cmp.Diff(users, v.users()); diff != "" {
						t.Errorf("accounts (-undisturbed +killed):\n%s", diff)
					}
					if diff := cmp.Diff(links, v.links(t)); diff != "" {
						t.Errorf("links (-undisturbed +killed):\n%s", diff)
					}
					v.finished(t)
				})
			}
		})
	}
}

// A victim is a server, a configuration and a plan that is due.
type victim struct {
	world
	dir      string
	wire     tripwire
	requests int           // of the last sync that was not disturbed
	took     time.Duration // by it
}

// newVictim makes accounts in step with one export and puts the next one in
// place. Everybody is signed in.
func newVictim(t *testing.T, version string) *victim {
	t.Helper()
	v := &victim{dir: t.TempDir()}
	v.open(mmsim.Config{Version: version, Licensed: true, GuestAccounts: true, EraseUsers: true, SeatLimit: -1, Latency: 4 * time.Millisecond})
	v.web.Close()
	v.wire.next = v.server
	v.web = httptest.NewServer(&v.wire)
	t.Cleanup(v.end)
	text := strings.ReplaceAll(killConfig, placeholder, v.web.URL)
	v.write(t, "syncd.yaml", text)
	v.write(t, "token", v.server.Token(v.ids["syncd"]))
	before, after := exports()
	v.write(t, "a.png", string(drawing(1, ".png")))
	v.write(t, "b.png", string(drawing(2, ".png")))
	v.write(t, "people.csv", before)
	v.sync(t, exitOK)
	v.longAgo(t, before)
	v.write(t, "people.csv", after)
	for _, u := range v.server.Users() {
		if !u.IsBot && u.Username != "sysadmin" {
			v.server.Login(u.ID)
			v.server.Token(u.ID)
		}
	}
	return v
}

// longAgo lets a few people have left so long ago that their accounts are to be
// deleted for good.
func (v *victim) longAgo(t *testing.T, before string) {
	t.Helper()
	v.write(t, "people.csv", before[:strings.Index(before, "500,")])
	v.sync(t, exitOK)
	if err := age(t.Context(), filepath.Join(v.dir, "syncd.db"), 401, "hr:500", "hr:501", "hr:502"); err != nil {
		t.Fatal(err)
	}
}

const killConfig = `version: 1
policy: sync
state: syncd.db
mattermost: { url: http://127.0.0.1:8065, token: file:token }
sources:
  - name: hr
    type: csv
    path: people.csv
    anchor: { attribute: id }
    picture: photo
    status: { disabled: state == 'left' }
    mapping:
      username: login
      email: mail
      position: title
      role: "title == 'Boss' ? 'admin' : title == 'Chief' ? 'member' : title == 'Temp' ? 'guest' : ''"
      auth: { service: { from: signin }, data: login, when: migrate }
leavers: { absent: { after: 0s } }
erase: { after: 400d }
pictures: { every: 0s }
limits:
  erase: { count: none }
  deactivate: { percent: none, count: none }
  change_username: { percent: none, count: none }
  change_email: { percent: none, count: none }
  migrate_auth: { percent: none, count: none }
  change_role: { percent: none, count: none }
  remove_picture: { percent: none, count: none }
  shrink: { percent: none, count: none }
`

// exports returns two exports. Between them people swap names, in pairs and in
// a circle, leave, are hired, also under names that others free, move to another
// sign-in, have another role, and get a picture, another one or none any more;
// some hires are guests or administrators.
func exports() (before, after string) {
	header := "id,login,mail,title,state,signin,photo\n"
	photos := [4]string{"", "a.png", "b.png", ""} // by number
	row := func(id int, name, mail, title, state, signin string) string {
		return fmt.Sprintf("%d,%s,%s@example.org,%s,%s,%s,%s\n", id, name, mail, title, state, signin, photos[id%4])
	}
	var old, now strings.Builder
	old.WriteString(header)
	now.WriteString(header)
	name := func(i int) string { return fmt.Sprintf("person.%d", i) }
	for i := range 50 {
		title := "Clerk"
		if i >= 44 {
			title = "Temp"
		}
		old.WriteString(row(i, name(i), name(i), title, "active", "email"))
	}
	photos = [4]string{"b.png", "b.png", "", "a.png"}
	for i := range 50 {
		switch {
		case i < 8: // pairs swap user name and e-mail
			now.WriteString(row(i, name(i^1), name(i^1), "Clerk", "active", "email"))
		case i < 13: // a circle of five user names
			now.WriteString(row(i, name(8+(i-8+1)%5), name(i), "Cook", "active", "email"))
		case i < 20:
			now.WriteString(row(i, name(i), name(i), "Clerk", "active", "saml"))
		case i < 26:
			now.WriteString(row(i, name(i), name(i), "Clerk", "left", "email"))
		case i < 30: // absent
		case i < 38:
			now.WriteString(row(i, name(i)+".new", name(i)+".new", "Boss", "active", "email"))
			now.WriteString(row(i+100, name(i), name(i), "Clerk", "active", "email")) // a hire takes what is freed
		case i < 44:
			now.WriteString(row(i, name(i), name(i), "Clerk", "active", "email"))
		default: // guests become members
			now.WriteString(row(i, name(i), name(i), "Chief", "active", "email"))
		}
	}
	for i := range 3 {
		old.WriteString(row(500+i, fmt.Sprint("longgone.", i), fmt.Sprint("longgone.", i), "Clerk", "active", "email"))
	}
	now.WriteString(row(502, "longgone.2", "longgone.2", "Clerk", "left", "email"))
	for i := range 14 {
		now.WriteString(row(200+i, "hire."+name(i), "hire."+name(i), []string{"Temp", "Clerk", "Boss"}[i%3], "active", []string{"email", "saml"}[i%2]))
	}
	return old.String(), now.String()
}

func (v *victim) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(v.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// command is a syncd sync in a process of its own.
func (v *victim) command(t *testing.T) (*exec.Cmd, *bytes.Buffer) {
	out := new(bytes.Buffer)
	cmd := exec.CommandContext(t.Context(), "syncd", "sync", "-c", "syncd.yaml")
	cmd.Dir, cmd.Stdout, cmd.Stderr = v.dir, out, out
	return cmd, out
}

// sync runs to the end and wants an exit code. It counts the requests and takes
// the time, for whoever wants to disturb the next one.
func (v *victim) sync(t *testing.T, want int) string {
	t.Helper()
	v.server.ResetCounts()
	cmd, out := v.command(t)
	begun := time.Now()
	err := cmd.Run()
	v.took = time.Since(begun)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != want {
		t.Fatalf("got exit code %d, want %d\n%s", got, want, out)
	}
	v.requests = 0
	for _, n := range v.server.Requests() {
		v.requests += n
	}
	return out.String()
}

// suffer runs syncd sync and kills it: with a request on its way to the
// server, with its answer on the way back, or after some time.
func (v *victim) suffer(t *testing.T, random *rand.Rand, requests int, took time.Duration) {
	t.Helper()
	for kill := range mostKills {
		cmd, out := v.command(t)
		nth, moment := random.IntN(requests), random.IntN(3)
		done := make(chan struct{})
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		shoot := func() { _ = cmd.Process.Kill() } // it may have ended by itself
		switch moment {
		case 0, 1:
			v.wire.set(nth, moment == 1, shoot)
		case 2:
			timer := time.AfterFunc(time.Duration(random.Float64()*float64(took)), shoot)
			defer timer.Stop()
		}
		t.Logf("kill %d: request %d, moment %d", kill, nth, moment)
		go func() {
			defer close(done)
			_ = cmd.Wait() // its code is in the state
		}()
		<-done
		v.wire.set(0, false, nil)
		switch code := cmd.ProcessState.ExitCode(); code {
		case -1: // killed
		case exitOK:
			return
		default:
			t.Fatalf("a run after %d kills ended with %d\n%s", kill, code, out)
		}
	}
	v.sync(t, exitOK)
}

// users are all accounts, with their roles and pictures.
func (v *victim) users() []string {
	lines := v.list()
	for i, u := range v.server.Users() {
		lines[i] += " " + u.Roles + " " + u.Picture
	}
	return lines
}

// links are all that is remembered but for ids, times, how links came to be and
// what was written as a sign-in: a run that died leaves the latter unknown,
// which counts as unchanged; and whether access tokens ended.
func (v *victim) links(t *testing.T) map[sync.Key]string {
	t.Helper()
	memory, err := state.OpenReader(t.Context(), state.At(filepath.Join(v.dir, "syncd.db")))
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	links, err := memory.Links(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]string)
	for _, u := range v.server.Users() {
		names[u.ID] = u.Username
	}
	all := make(map[sync.Key]string)
	for _, l := range links {
		all[l.Key] = fmt.Sprintf("@%s left:%v deactivated:%v revoke:%t asked:%s picture:%s",
			names[l.UserID], l.LeftCause, l.DeactivatedFor, l.RevokeDue, l.AskedEmail, l.Picture)
	}
	if open, err := memory.OpenIntents(t.Context()); err != nil || len(open) > 0 {
		t.Errorf("got %d steps without an outcome (%v), want none", len(open), err)
	}
	return all
}

// finished wants that nothing is left: no temporary name, no session of whoever
// left or moved to another sign-in, no token that would work again, no word of
// whose account was deleted for good, and nothing to do.
func (v *victim) finished(t *testing.T) {
	t.Helper()
	emails := make(map[string]bool)
	for _, u := range v.server.Users() {
		if strings.Contains(u.Username+u.Email, "swap") {
			t.Errorf("@%s (%s) has kept a temporary name", u.Username, u.Email)
		}
		if emails[u.Email] {
			t.Errorf("two accounts have the e-mail %s", u.Email)
		}
		emails[u.Email] = true
		if old := strings.HasPrefix(u.Username, "person."); old && (u.DeleteAt != 0 || u.AuthService == "saml") && v.signedIn(t, u.ID) {
			t.Errorf("@%s is still signed in", u.Username)
		}
		if u.DeleteAt != 0 && strings.Contains(v.read(t, "/users/"+u.ID+"/tokens"), `"is_active":true`) {
			t.Errorf("@%s has a token that would work again", u.Username)
		}
	}
	v.forgotten(t)
	out := v.sync(t, exitOK)
	if got := v.server.Writes(); got != 0 || !strings.Contains(out, "Nothing was written") {
		counts := v.server.Requests()
		t.Errorf("a further sync made %d write requests, want none: %v\n%s", got, slices.Sorted(maps.Keys(counts)), out)
	}
}

// forgotten wants that nothing names whose account was deleted for good.
func (v *victim) forgotten(t *testing.T) {
	t.Helper()
	memory, err := state.OpenReader(t.Context(), state.At(filepath.Join(v.dir, "syncd.db")))
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	entries, err := memory.Entries(t.Context(), state.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	erased := 0
	for _, e := range entries {
		if e.Kind == sync.Erase && e.Outcome == sync.Done {
			erased++
		}
		if text := fmt.Sprint(e); strings.Contains(text, "longgone") {
			t.Errorf("the journal still has %s", text)
		}
	}
	if erased != 3 {
		t.Errorf("got %d accounts deleted for good, want 3", erased)
	}
}

// signedIn reports whether an account has a session.
func (v *victim) signedIn(t *testing.T, id string) bool {
	t.Helper()
	return strings.Contains(v.read(t, "/users/"+id+"/sessions"), `"id"`)
}

// read asks the server as the administrator.
func (v *victim) read(t *testing.T, path string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/api/v4"+path, nil)
	r.Header.Set("Authorization", "Bearer "+v.admin)
	answer := httptest.NewRecorder()
	v.server.ServeHTTP(answer, r)
	if answer.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, answer.Code, answer.Body)
	}
	return answer.Body.String()
}

// A tripwire is a server that does something at one of its requests.
type tripwire struct {
	next http.Handler
	trap atomic.Pointer[trap]
}

type trap struct {
	left  atomic.Int64 // requests until it snaps
	after bool         // the request is carried out first
	snap  func()
}

// set sets the trap to the nth request from now; without snap there is none.
func (w *tripwire) set(nth int, after bool, snap func()) {
	if snap == nil {
		w.trap.Store(nil)
		return
	}
	t := &trap{after: after, snap: snap}
	t.left.Store(int64(nth) + 1)
	w.trap.Store(t)
}

// ServeHTTP implements [http.Handler].
func (w *tripwire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	t := w.trap.Load()
	snaps := t != nil && t.left.Add(-1) == 0
	if snaps && !t.after {
		t.snap()
	}
	if snaps && t.after {
		w.next.ServeHTTP(httptest.NewRecorder(), r)
		t.snap()
		panic(http.ErrAbortHandler)
	}
	w.next.ServeHTTP(rw, r)
}
