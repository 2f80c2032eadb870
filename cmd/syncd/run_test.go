package main

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/directory-sync/syncd/metrics"
	"github.com/directory-sync/syncd/sink/mmsim"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// A deadPage is served until it is broken.
type deadPage struct {
	broken chan struct{}
	err    error
}

func (p deadPage) Done() <-chan struct{}          { return p.broken }
func (p deadPage) Shutdown(context.Context) error { return p.err }

// TestDaemonEndsWithItsPage: a daemon whose page breaks ends with the page's
// error, in the middle of a run as well as between two.
func TestDaemonEndsWithItsPage(t *testing.T) {
	for start, when := range map[string]string{"nothing": "between two runs", "sync": "in a run"} {
		t.Run(when, func(t *testing.T) {
			p := deadPage{make(chan struct{}), errors.New("metrics page: accept: broken")}
			d := newTestDaemon(t, start)
			broken := context.AfterFunc(d.asked, func() { close(p.broken) })
			defer broken()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			err := d.beside(ctx, p)
			if got := exitCode(err); err != p.err || got != exitBroken || ctx.Err() != nil {
				t.Errorf("got %v, exit code %d (%v), want %v, %d", err, got, ctx.Err(), p.err, exitBroken)
			}
		})
	}
}

// A slowPage takes its time to close.
type slowPage struct {
	deadPage
	closing func()
}

func (p slowPage) Shutdown(context.Context) error { p.closing(); return nil }

// TestLeadIsGivenBackFirst: whoever waits for the lead does not wait for a page
// that somebody still reads.
func TestLeadIsGivenBackFirst(t *testing.T) {
	d := newTestDaemon(t, "nothing")
	ctx, end := context.WithCancel(t.Context())
	end()
	closed := false
	err := d.beside(ctx, slowPage{deadPage{make(chan struct{}), nil}, func() {
		closed = true
		next, err := state.OpenDaemon(t.Context(), d.config.State, "test")
		if err != nil {
			t.Fatalf("while the page closes: %v", err)
		}
		if err := next.Close(); err != nil {
			t.Error(err)
		}
	}})
	if err != nil || !closed {
		t.Errorf("got %v, the page was closed: %t", err, closed)
	}
}

// A testDaemon runs in the test's own process. Its server never answers.
type testDaemon struct {
	*daemon
	asked context.Context // done once the server was asked, or if nobody will ask it
}

func newTestDaemon(t *testing.T, start string) testDaemon {
	t.Helper()
	var w world
	w.open(mmsim.Config{Version: "11.6.0"})
	t.Cleanup(w.end)
	dir := t.TempDir()
	asked, ask := context.WithCancel(t.Context())
	if start == "nothing" {
		ask()
	}
	w.server.Fault(mmsim.Fault{Kind: mmsim.FaultHang, Times: 1 << 20})
	w.web.Close()
	wire := &tripwire{next: w.server}
	wire.set(0, false, ask)
	w.web = httptest.NewServer(wire)
	for name, text := range map[string]string{
		"syncd.yaml": strings.NewReplacer(placeholder, w.web.URL, "file:token", "file:"+filepath.Join(dir, "token"),
			"syncd.db", filepath.Join(dir, "syncd.db"), "people.csv", filepath.Join(dir, "people.csv")).Replace(killConfig) +
			"schedule: { cron: \"@every 10s\", on_start: " + start + " }\n",
		"token": w.server.Token(w.ids["syncd"]), "people.csv": "id,login,mail,title,state,signin,photo\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a := &app{environment: systemEnvironment(), config: filepath.Join(dir, "syncd.yaml"), log: zap.NewNop()}
	c, err := a.load()
	if err != nil {
		t.Fatalf("%+v", err)
	}
	d, err := a.newDaemon(t.Context(), c, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.quit)
	return testDaemon{d, asked}
}

// TestBehind: what a daemon began and did not end, and what nobody began although
// it was due, is made at once by whoever takes over; anybody else's run is theirs.
func TestBehind(t *testing.T) {
	d := newTestDaemon(t, "nothing")
	if d.behind(t.Context()) {
		t.Error("there was no run yet")
	}
	if err := d.store.Wake(t.Context(), 0, "test"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		command    string
		ago        time.Duration // of runs that are due every ten seconds
		ends, want bool
	}{
		{"run", time.Minute, true, true},
		{"run", 0, true, false},
		{"sync", 0, false, false},
		{"run", 0, false, true},
		{"run --set limits.create.count=9", 0, false, true},
		{"sync", 0, true, false},
		{"undo", time.Minute, true, false}, // is no such run
	} {
		at := time.Now().Add(-tt.ago)
		j, err := d.store.Begin(t.Context(), state.Start{Command: tt.command, Sources: []string{"hr"}, At: at})
		if err == nil && tt.ends {
			err = j.Finish(t.Context(), sync.Report{Started: at, Finished: at, End: sync.Stopped})
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := d.behind(t.Context()); got != tt.want {
			t.Errorf("after %q, %s ago, which ended: %t: got %t, want %t", tt.command, tt.ago, tt.ends, got, tt.want)
		}
	}
}

// TestWaitSaysWhatIsNew: a fault whose text differs each time is told now and
// then, and another leader once.
func TestWaitSaysWhatIsNew(t *testing.T) {
	core, logs := observer.New(zapcore.DebugLevel)
	now := noon
	env := systemEnvironment()
	env.now = func() time.Time { return now }
	d := &daemon{app: &app{environment: env, log: zap.New(core)}, board: new(board)}
	w := wait{daemon: d}
	held := &state.HeldError{PID: 7, Host: "other"}
	for _, tt := range []struct {
		err   error
		after time.Duration
		lines int
		why   error
	}{
		{held, 0, 1, metrics.ErrStandby}, {held, time.Hour, 1, metrics.ErrStandby},
		{errors.New("port 1"), 0, 2, errNoState}, {errors.New("port 2"), time.Second, 2, errNoState},
		{errors.New("port 3"), time.Minute, 3, errNoState}, {errors.New("port 3"), time.Hour, 3, errNoState},
		{held, 0, 4, metrics.ErrStandby}, {errors.New("port 3"), 0, 5, errNoState},
	} {
		now = now.Add(tt.after)
		w.tell(tt.err)
		if got := d.standing.Load(); logs.Len() != tt.lines || got == nil || got.why != tt.why {
			t.Errorf("%v: got %d lines and %v, want %d and %v", tt.err, logs.Len(), got, tt.lines, tt.why)
		}
	}
}
