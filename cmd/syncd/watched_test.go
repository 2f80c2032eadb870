package main

import (
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink/mmsim"
)

var pictures = flag.Bool("pictures", false, "draw the dashboards anew, from what TestDashboardsShowTheStory saw")

// A gate stands before a server. While it is down, connections end.
type gate struct {
	next http.Handler
	down atomic.Bool
}

// ServeHTTP implements [http.Handler].
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.down.Load() {
		panic(http.ErrAbortHandler)
	}
	g.next.ServeHTTP(w, r)
}

// watchedConfig is of a daemon that has all that can be measured.
const watchedConfig = `version: 1
policy: sync
state: syncd.db
mattermost: { url: SERVER, token: file:token, ca_file: ca.pem }
sources:
  - name: hr
    type: csv
    path: people.csv
    anchor: { attribute: id }
    status: { disabled: state == 'left' }
    mapping:
      username: login
      email: mail
      position: title
schedule: { cron: "@every 10s", jitter: 0s, on_start: nothing }
web: { listen: 127.0.0.1:0, config_file: web.yaml, native_histograms: true }
`

const watchedWeb = `tls_server_config: { cert_file: ca.pem, key_file: page.key }
basic_auth_users: { prometheus: $2b$04$ZNzR1FQkdHULjvkaK8WosetXV6cadit4Nj7H1veH1uIERt6jkzaCO }
`

// A watchedDaemon is one with its server and two Prometheus that watch it.
type watchedDaemon struct {
	world
	*scraper
	native *scraper // keeps of histograms only the native ones
	dir    string
	gate   *gate
	log    string
	from   time.Time
}

// newWatched starts all but the daemon.
func newWatched(t *testing.T) *watchedDaemon {
	t.Helper()
	w := &watchedDaemon{dir: t.TempDir(), gate: &gate{}}
	w.open(mmsim.Config{Version: "11.6.0", RateLimit: &mmsim.RateLimit{PerSec: 40, MaxBurst: 60}, Latency: 3 * time.Millisecond})
	w.web.Close()
	w.gate.next = w.server
	w.web = httptest.NewTLSServer(w.gate)
	t.Cleanup(w.end)
	key, err := x509.MarshalPKCS8PrivateKey(w.web.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.web.Certificate().Raw})))
	w.write(t, "page.key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	w.write(t, "web.yaml", watchedWeb)
	w.write(t, "token", w.server.Token(w.ids["syncd"]))
	w.write(t, "syncd.yaml", strings.ReplaceAll(watchedConfig, "SERVER", w.web.URL))
	ca := filepath.Join(w.dir, "ca.pem")
	w.scraper = startPrometheus(t, ca)
	w.native = startPrometheus(t, ca, "--enable-feature=native-histograms")
	return w
}

// begin starts the daemon. Its first run comes after ten seconds, when it is
// scraped already: what a counter has from the beginning is no increase.
func (w *watchedDaemon) begin(t *testing.T) {
	t.Helper()
	w.log = filepath.Join(w.dir, "daemon.log")
	background(t, w.dir, w.log, "syncd", "run", "-c", "syncd.yaml", "--log-format", "logfmt")
	address := awaitLine(t, w.log, `msg=started.* metrics=https://(\S+)/metrics`, 1)
	w.target(t, address)
	w.native.target(t, address)
	w.scraper.await(t, `up{job="syncd"} == 1`)
	w.native.await(t, `up{job="syncd"} == 1`)
	w.from = time.Now().Add(-scrapeEvery)
}

func (w *watchedDaemon) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// export returns one of n people. One has no e-mail that could be one.
func export(n int, change func(i int, row []string)) string {
	var b strings.Builder
	b.WriteString("id,login,mail,title,state\n")
	for i := range n {
		row := []string{fmt.Sprint(1000 + i), fmt.Sprintf("person.%02d", i), fmt.Sprintf("person.%02d@example.org", i), "Clerk", "active"}
		if i == 7 {
			row[2] = "none"
		}
		change(i, row)
		b.WriteString(strings.Join(row, ",") + "\n")
	}
	return b.String()
}

// story: people are hired, half an export is refused, the server cannot be
// reached, and then all that was due in the meantime is done.
func (w *watchedDaemon) story(t *testing.T) {
	t.Helper()
	ended := func(end string) { awaitLine(t, w.log, `msg="run ended( early)?".* end=`+end+` `, 1) }
	w.write(t, "people.csv", export(60, func(int, []string) {}))
	w.begin(t)
	ended("partial") // one is held
	w.write(t, "people.csv", export(30, func(int, []string) {}))
	ended("refused")
	w.write(t, "people.csv", export(61, func(i int, row []string) {
		switch {
		case i < 5:
			row[3] = "Chief"
		case i == 7:
			row[2] = "person.07@example.org"
		case i == 9:
			row[4] = "left"
		case i == 11:
			row[2] = "none"
		}
	}))
	w.gate.down.Store(true)
	ended("sink_failed")
	w.gate.down.Store(false)
	awaitLine(t, w.log, `msg="run ended".* end=partial `, 2)
	w.await(t, `syncd_runs_total{end="partial"} == 2`)
	w.native.await(t, `syncd_runs_total{end="partial"} == 2`)
	time.Sleep(2 * scrapeEvery) // what grew is seen as such one scrape later
}

// TestDashboardsShowTheStory runs every query of the dashboards on a real
// Prometheus that scraped a real daemon, over TLS with a password, through a
// whole story: none is empty. With -pictures it draws what it saw.
func TestDashboardsShowTheStory(t *testing.T) {
	t.Parallel()
	boards := dashboards(t)
	w := newWatched(t)
	w.story(t)
	to := time.Now()
	for _, d := range boards {
		seen := make(map[int][]curve)
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				curves, err := w.over(filled(q.Expr), w.from, to)
				if err != nil || len(curves) == 0 {
					t.Errorf("%s, %s %s: got %d series, %v, want some", d.UID, p.Title, q.RefID, len(curves), err)
				}
				if others, err := w.native.over(filled(q.Expr), w.from, to); err != nil || len(others) == 0 {
					t.Errorf("%s, %s %s, native: got %d series, %v, want some", d.UID, p.Title, q.RefID, len(others), err)
				}
				for i := range curves {
					curves[i].labels[legendLabel] = q.Legend
				}
				seen[p.ID] = append(seen[p.ID], curves...)
			}
		}
		if *pictures && !t.Failed() {
			writePicture(t, d, seen, w.from, to)
		}
	}
	w.checkStory(t, to)
}

// filled puts values in the place of a dashboard's variables.
func filled(expr string) string {
	return strings.NewReplacer("$__rate_interval", "4s", "$job", "syncd", "$instance", ".+").Replace(expr)
}

// checkStory wants that Prometheus has seen what happened, and that the rules
// saw it as well.
func (w *watchedDaemon) checkStory(t *testing.T, to time.Time) {
	t.Helper()
	for _, expr := range []string{
		`syncd_runs_total{end="refused"} == 1`, `syncd_runs_total{end="sink_failed"} == 1`, `syncd_consecutive_failures == 2`,
		`syncd_guard_refused{guard="SYD-R-SHRINK"} == 1`, `syncd_sink_requests_total{outcome="unreachable"} > 1`,
		`syncd_applied_steps_total{step="create",result="done"} > 59`, `syncd_applied_steps_total{step="deactivate",result="done"} == 1`,
		`syncd_certificate_expiry_timestamp_seconds{end="sink"} > time()`, `syncd_held{code="SYD-H-INCOMPLETE"} == 1`,
		`ALERTS{alertname="SyncdRefused",alertstate="pending",guard="SYD-R-SHRINK"}`, `syncd_sink_request_duration_seconds_bucket`,
	} {
		if curves, err := w.over(expr, w.from, to); err != nil || len(curves) == 0 {
			t.Errorf("%s: got %d series, %v, want some", expr, len(curves), err)
		}
	}
	for _, name := range recordedNames(t) {
		for kind, p := range map[string]*scraper{"classic": w.scraper, "native": w.native} {
			if curves, err := p.over(name, w.from, to); err != nil || len(curves) == 0 {
				t.Errorf("%s, %s: got %d series, %v, want some", name, kind, len(curves), err)
			}
		}
	}
	if curves, err := w.native.over("syncd_sink_request_duration_seconds_bucket", w.from, to); err != nil || len(curves) > 0 {
		t.Errorf("classic buckets where native ones are wanted: got %d series, %v, want none", len(curves), err)
	}
	if curves, err := w.over("syncd_no_such_metric", w.from, to); err != nil || len(curves) > 0 {
		t.Errorf("a metric that is not there: got %d series, %v, want none", len(curves), err)
	}
}
