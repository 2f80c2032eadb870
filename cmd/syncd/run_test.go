package main

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/directory-sync/syncd/sink/mmsim"
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
