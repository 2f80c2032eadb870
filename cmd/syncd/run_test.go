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

// TestLeftOpen: what a daemon began and did not end is gone on with at once by
// whoever takes over; anybody else's is theirs.
func TestLeftOpen(t *testing.T) {
	d := newTestDaemon(t, "nothing")
	if d.leftOpen(t.Context()) {
		t.Error("there was no run yet")
	}
	if err := d.store.Wake(t.Context(), 0, "test"); err != nil {
		t.Fatal(err)
	}
	for i, tt := range []struct {
		command    string
		ends, want bool
	}{{"run", true, false}, {"sync", false, false}, {"run", false, true}, {"run --set limits.create.count=9", false, true}, {"sync", true, false}} {
		j, err := d.store.Begin(t.Context(), state.Start{Command: tt.command, Sources: []string{"hr"}, At: noon.Add(time.Duration(i) * time.Hour)})
		if err == nil && tt.ends {
			err = j.Finish(t.Context(), sync.Report{Started: noon, Finished: noon, End: sync.Stopped})
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := d.leftOpen(t.Context()); got != tt.want {
			t.Errorf("after %q, which ended: %t: got %t, want %t", tt.command, tt.ends, got, tt.want)
		}
	}
}
