package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	stdsync "sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/state/pgtest"
	"github.com/directory-sync/syncd/sync"
)

// failovers is how many rounds TestNoStepIsMadeTwice goes: with -failovers=100
// they take some minutes.
var failovers = flag.Int("failovers", 8, "rounds of TestNoStepIsMadeTwice")

// TestNoStepIsMadeTwice has three daemons with one state. In each round new work
// comes, the leader is told to end, and the next one meets something bad while it
// is at work: it is killed, stopped and woken later, cut off from the database, or
// loses its locks, with and without hearing of it.
// Whoever leads then ends the work. In the end each step was made once, by
// whomever, and none is missing.
func TestNoStepIsMadeTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("a failover takes seconds")
	}
	t.Parallel()
	c := newCompany(t)
	for i := range 3 {
		c.spawn(t, i)
	}
	c.await(t, 0)
	random := rand.New(rand.NewPCG(1, 2))
	for round := 1; round <= *failovers; round++ {
		c.round(t, round, random)
	}
	for _, d := range c.daemons {
		d.end(t, syscall.SIGTERM)
	}
	c.audit(t)
}

// A company is a server, people, a database and daemons that stand by for each
// other.
type company struct {
	world
	dir      string
	postgres *pgtest.Server
	place    state.Place
	ledger   tally
	daemons  []*sentry
}

func newCompany(t *testing.T) *company {
	t.Helper()
	c := &company{dir: t.TempDir(), postgres: startPostgres(t)}
	c.place = state.Place{Path: c.postgres.URL("syncd"), Lease: 2 * time.Second}
	c.open(mmsim.Config{Version: "11.6.0", Licensed: true, SeatLimit: -1, Latency: 3 * time.Millisecond})
	c.web.Close()
	c.ledger = tally{next: c.server, made: make(map[string]int)}
	c.web = httptest.NewServer(&c.ledger)
	t.Cleanup(c.world.end)
	c.write(t, "token", c.server.Token(c.ids["syncd"]))
	c.export(t, 0)
	return c
}

func (c *company) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(c.dir, name)
	if err := errors.Join(os.WriteFile(path+".new", []byte(text), 0o600), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
}

// staff is how many people are there all the time.
const staff = 12

// export writes down the people of a round: everybody has a new title, two are
// hired, and those of an earlier round leave.
func (c *company) export(t *testing.T, round int) {
	t.Helper()
	var b strings.Builder
	b.WriteString("id,login,mail,title\n")
	for i := range staff {
		fmt.Fprintf(&b, "%d,staff.%d,staff.%d@example.org,Title %d\n", i, i, i, round)
	}
	for r := max(1, round-1); r <= round; r++ {
		for i := range 2 {
			fmt.Fprintf(&b, "r%d.%d,hire.%d.%d,hire.%d.%d@example.org,Trainee\n", r, i, r, i, r, i)
		}
	}
	c.write(t, "people.csv", b.String())
}

const failoverConfig = `version: 1
policy: sync
state: { url: %q, lease: 2s }
mattermost: { url: %s, token: file:token }
web: { listen: 127.0.0.1:0 }
schedule: { cron: "0 0 1 1 *", on_start: sync, jitter: 0s }
sources:
  - name: hr
    type: csv
    path: people.csv
    anchor: { attribute: id }
    mapping: { username: login, email: mail, position: title }
leavers: { absent: { after: 0s } }
limits:
  create: { percent: none, count: none, per_24h: 0 }
  deactivate: { percent: none, count: none, per_24h: 0 }
  shrink: { percent: none, count: none }
`

// A sentry is a daemon, and its way to the database.
type sentry struct {
	cmd  *exec.Cmd
	log  *bytes.Buffer
	gone chan struct{}
	way  *relay
}

// spawn starts the daemon with that number.
func (c *company) spawn(t *testing.T, i int) {
	t.Helper()
	way := newRelay(t, c.postgres.Socket())
	url := "postgres://syncd@" + way.listener.Addr().String() + "/postgres?sslmode=disable"
	name := fmt.Sprintf("syncd%d.yaml", i)
	c.write(t, name, fmt.Sprintf(failoverConfig, url, c.web.URL))
	d := &sentry{log: new(bytes.Buffer), gone: make(chan struct{}), way: way}
	d.cmd = exec.Command("syncd", "run", "-c", name)
	d.cmd.Dir, d.cmd.Stdout, d.cmd.Stderr = c.dir, d.log, d.log
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(d.gone)
		_ = d.cmd.Wait() // how it ended is asked for when it matters
	}()
	t.Cleanup(func() {
		_ = d.cmd.Process.Kill() // most have ended
		<-d.gone
		if t.Failed() {
			t.Logf("daemon %d:\n%s", d.cmd.Process.Pid, d.log)
		}
	})
	if i == len(c.daemons) {
		c.daemons = append(c.daemons, nil)
	}
	c.daemons[i] = d
}

// end ends a daemon and waits.
func (d *sentry) end(t *testing.T, how os.Signal) {
	t.Helper()
	_ = d.cmd.Process.Signal(how)
	<-d.gone
	if code := d.cmd.ProcessState.ExitCode(); how == syscall.SIGTERM && code > exitOK { // -1: it had not begun to listen
		t.Errorf("a daemon that was told to end ended with %d", code)
	}
}

// leader returns the number of the daemon that leads, once another than the given
// one does.
func (c *company) leader(t *testing.T, but *sentry) int {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		holder, err := state.Leader(t.Context(), c.place)
		if err != nil {
			t.Error(err)
			return 0
		}
		for i := range c.daemons {
			if d := c.daemons[i]; d != but && holder != nil && holder.PID == d.cmd.Process.Pid {
				return i
			}
		}
	}
	t.Error("nobody leads")
	return 0
}

// troubles is how many sorts of trouble there are.
const troubles = 6

// round brings new work, and trouble while it is done.
func (c *company) round(t *testing.T, round int, random *rand.Rand) {
	t.Helper()
	place := c.leader(t, nil)
	old := c.daemons[place]
	c.spawn(t, place)
	c.export(t, round)
	trouble := make(chan int, 1)
	how := round % troubles
	nth, after := random.IntN(staff+2), random.IntN(2) == 0
	c.ledger.arm(nth, after, func() {
		i := c.leader(t, old)
		switch d := c.daemons[i]; how {
		case 0:
			_ = d.cmd.Process.Kill() // nobody else ends it
		case 1, 2:
			_ = d.cmd.Process.Signal(syscall.SIGSTOP)
		case 3:
			d.way.hold()
		case 4:
			c.endLocks(t, newestLock) // of the run, not of the lead
		case 5: // it does not hear that another one may lead, and goes on
			c.ledger.slow.Store(int64(300 * time.Millisecond))
			d.way.hold()
			c.endLocks(t, allLocks)
		}
		trouble <- i
	})
	t.Logf("round %d: trouble %d at write %d, after it: %t", round, how, nth, after)
	old.end(t, syscall.SIGTERM)
	hit := <-trouble
	d := c.daemons[hit]
	if how == 2 { // it wakes while the others are at it
		time.Sleep(time.Duration(random.IntN(2500)) * time.Millisecond)
		_ = d.cmd.Process.Signal(syscall.SIGCONT)
	}
	c.await(t, round)
	switch how {
	case 0:
		<-d.gone
		c.spawn(t, hit)
	case 1:
		_ = d.cmd.Process.Signal(syscall.SIGCONT)
	case 3, 5:
		c.ledger.slow.Store(0)
		d.way.cut()
	}
}

// await waits until all that a round asks for is there.
func (c *company) await(t *testing.T, round int) {
	t.Helper()
	why := ""
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if why = c.missing(round); why == "" {
			return
		}
	}
	t.Fatalf("round %d: %s", round, why)
}

// missing says what of a round is not there yet.
func (c *company) missing(round int) string {
	users := make(map[string]mmsim.User)
	for _, u := range c.server.Users() {
		users[u.Username] = u
	}
	for i := range staff {
		name := fmt.Sprint("staff.", i)
		if got, want := users[name].Position, fmt.Sprint("Title ", round); got != want {
			return fmt.Sprintf("@%s has the title %q, want %q", name, got, want)
		}
	}
	for r := 1; r <= round; r++ {
		for i := range 2 {
			u, ok := users[fmt.Sprintf("hire.%d.%d", r, i)]
			if !ok || (u.DeleteAt == 0) != (r >= round-1) {
				return fmt.Sprintf("hire.%d.%d: there %t, gone since %d", r, i, ok, u.DeleteAt)
			}
		}
	}
	return ""
}

// audit looks for what was made twice, and for what is left.
func (c *company) audit(t *testing.T) {
	t.Helper()
	for _, what := range slices.Sorted(maps.Keys(c.ledger.made)) {
		if n := c.ledger.made[what]; n != 1 {
			t.Errorf("%d times: %s", n, what)
		}
	}
	t.Logf("%d steps", len(c.ledger.made))
	memory, err := state.OpenReader(t.Context(), c.place)
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	entries, err := memory.Entries(t.Context(), state.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	done := make(map[string]string)
	for _, e := range entries {
		step := fmt.Sprint(e.Key, " ", e.Kind, " ", e.After)
		if e.Outcome == sync.Done && e.Kind != sync.Revoke && done[step] != "" && e.Kind != sync.Adopt {
			t.Errorf("%s was done in %s and in %s", step, done[step], e.Run)
		}
		if e.Outcome == sync.Done {
			done[step] = e.Run
		}
	}
	c.server.ResetCounts()
	cmd := exec.CommandContext(t.Context(), "syncd", "sync", "-c", "syncd0.yaml")
	cmd.Dir = c.dir
	out, err := cmd.CombinedOutput()
	if err != nil || c.server.Writes() != 0 {
		t.Errorf("a further sync: %v, %d writes\n%s", err, c.server.Writes(), out)
	}
	if open, err := memory.OpenIntents(t.Context()); err != nil || len(open) > 0 {
		t.Errorf("got %d steps without an outcome, %v; want none", len(open), err)
	}
}

// A tally counts the steps that a server carried out.
type tally struct {
	next http.Handler
	left atomic.Int64 // writes until the trap snaps
	slow atomic.Int64 // how long a write waits before it is made
	trap atomic.Pointer[trap]

	mu   stdsync.Mutex
	made map[string]int
}

// arm does something at the nth write from now, before or after it is made.
func (l *tally) arm(nth int, after bool, snap func()) {
	l.left.Store(int64(nth) + 1)
	l.trap.Store(&trap{after: after, snap: snap})
}

// ServeHTTP implements [http.Handler].
func (l *tally) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	step := stepOf(r)
	if step == "" {
		l.next.ServeHTTP(w, r)
		return
	}
	trap := l.trap.Load()
	snaps := trap != nil && l.left.Add(-1) == 0
	if snaps && !trap.after {
		trap.snap()
	}
	time.Sleep(time.Duration(l.slow.Load()))
	answer := httptest.NewRecorder()
	l.next.ServeHTTP(answer, r)
	if answer.Code/100 == 2 {
		l.mu.Lock()
		l.made[step]++
		l.mu.Unlock()
	}
	if snaps && trap.after {
		trap.snap()
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // whoever asked may be gone
}

// stepOf returns what a request asks for, "" for one that only reads or ends
// sessions: those can be ended again.
func stepOf(r *http.Request) string {
	path := strings.TrimPrefix(r.URL.Path, "/api/v4")
	create := r.Method == http.MethodPost && path == "/users"
	if !create && r.Method != http.MethodPut && r.Method != http.MethodDelete {
		return ""
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return ""
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if create { // with another password each time
		var name string
		if _, rest, ok := strings.Cut(string(body), `"username":"`); ok {
			name, _, _ = strings.Cut(rest, `"`)
		}
		return "create " + name
	}
	return cmp.Or(r.Method+" "+path+" "+string(body), "?")
}
