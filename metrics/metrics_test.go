package metrics

import (
	"errors"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	stdsync "sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/directory-sync/syncd/sync"
)

var update = flag.Bool("update", false, "rewrite the golden files and the manual")

func TestExpositionGolden(t *testing.T) {
	t.Run("start", func(t *testing.T) {
		_, reg := newMetrics()
		golden(t, "testdata/start.txt", scrape(t, reg))
	})
	t.Run("full", func(t *testing.T) {
		_, reg := observed(fullReport())
		golden(t, "testdata/full.txt", scrape(t, reg))
	})
}

func TestExpositionLint(t *testing.T) {
	_, reg := observed(fullReport())
	problems, err := promlint.New(strings.NewReader(scrape(t, reg))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestClosedSets reads the exposition back: each family is in the reference
// and the other way round, and no label has a value that the reference lacks.
func TestClosedSets(t *testing.T) {
	m, reg := observed(fullReport())
	m.Call("made/up", "weird", time.Second)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	known := make(map[string]Family)
	for _, f := range m.families {
		want = append(want, f.Name)
		known[f.Name] = f
	}
	for _, f := range families {
		got = append(got, f.GetName())
		for _, series := range f.Metric {
			for _, l := range series.Label {
				if !allows(known[f.GetName()], l.GetName(), l.GetValue()) {
					t.Errorf("%s has %s=%q, which is not in the reference", f.GetName(), l.GetName(), l.GetValue())
				}
			}
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("families (-got +want):\n%s", diff)
	}
}

func allows(f Family, name, value string) bool {
	i := slices.IndexFunc(f.Labels, func(l Label) bool { return l.Name == name })
	if i < 0 {
		return false
	}
	values := f.Labels[i].Values
	return len(values) == 0 || slices.Contains(values, value) ||
		value == other && (name == "call" || name == "outcome")
}

func TestUnknownCallIsOther(t *testing.T) {
	m, reg := newMetrics()
	before := scrape(t, reg)
	m.Call("users/p2zqf8", "someone@example.org", time.Second)
	m.Call("users/find", "418", time.Second)
	m.Call("users/9x", "ok", time.Second)
	got := changed(before, scrape(t, reg))
	for _, want := range []string{
		`syncd_sink_requests_total{call="other",outcome="other"} 1`,
		`syncd_sink_requests_total{call="users/find",outcome="other"} 1`,
		`syncd_sink_requests_total{call="other",outcome="ok"} 1`,
		`syncd_sink_request_duration_seconds_count{call="other"} 2`,
		`syncd_sink_request_duration_seconds_count{call="users/find"} 1`,
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no %s in:\n%s", want, strings.Join(got, "\n"))
		}
	}
	if text := strings.Join(got, "\n"); strings.Contains(text, "p2zqf8") || strings.Contains(text, "example.org") {
		t.Errorf("a label shows what the caller passed:\n%s", text)
	}
}

func TestNewKeepsItsOwnSets(t *testing.T) {
	calls, outcomes := []string{"a"}, []string{"ok"}
	reg := prometheus.NewRegistry()
	m := New(reg, Settings{Calls: calls, Outcomes: outcomes})
	calls[0], outcomes[0] = "b", "bad"
	m.Call("a", "ok", time.Second)
	if got := scrape(t, reg); !strings.Contains(got, `{call="a",outcome="ok"} 1`) {
		t.Errorf("the caller's slice was kept:\n%s", got)
	}
}

func TestScheduled(t *testing.T) {
	m, reg := newMetrics()
	const name = "syncd_next_run_timestamp_seconds "
	if got := scrape(t, reg); strings.Contains(got, name) {
		t.Errorf("a run is planned before anybody said so:\n%s", got)
	}
	m.Scheduled(time.UnixMilli(1_800_000_000_500))
	if got := scrape(t, reg); !strings.Contains(got, name+"1.8000000005e+09\n") {
		t.Errorf("the next run is missing:\n%s", got)
	}
	m.Scheduled(time.Time{})
	if got := scrape(t, reg); strings.Contains(got, name) {
		t.Errorf("a run is still planned:\n%s", got)
	}
}

// TestConfig: a configuration that is refused leaves the one before in use, and
// a new one takes its place.
func TestConfig(t *testing.T) {
	m, reg := newMetrics()
	if got := scrape(t, reg); strings.Contains(got, "syncd_config_") {
		t.Errorf("something is said before a configuration was read:\n%s", got)
	}
	m.Configured(Configuration{SHA256: "aa", Policy: sync.Observe, Interval: time.Hour, Read: time.UnixMilli(1_800_000_000_500)})
	before := scrape(t, reg)
	m.ConfigRefused()
	refused := scrape(t, reg)
	if diff := cmp.Diff(changed(before, refused), []string{"syncd_config_last_reload_successful 0"}); diff != "" {
		t.Errorf("refused (-got +want):\n%s", diff)
	}
	m.Configured(Configuration{SHA256: "bb", Policy: sync.Full, Interval: time.Minute, Shortest: time.Second, Read: time.Unix(1_800_000_900, 0)})
	want := []string{
		`syncd_config_hash_info{sha256="bb"} 1`,
		"syncd_config_last_reload_success_timestamp_seconds 1.8000009e+09",
		"syncd_config_last_reload_successful 1",
		`syncd_policy_info{policy="sync"} 1`,
		"syncd_schedule_interval_seconds 60",
		"syncd_schedule_shortest_interval_seconds 1",
	}
	after := scrape(t, reg)
	if diff := cmp.Diff(changed(refused, after), want); diff != "" {
		t.Errorf("reloaded (-got +want):\n%s", diff)
	}
	if strings.Contains(after, `"aa"`) || strings.Contains(after, `"observe"`) {
		t.Error("something of the configuration before is still there")
	}
}

// TestSourceIsForgotten: of a source that was removed or renamed no series stays,
// or alerts on it would stand until a restart.
func TestSourceIsForgotten(t *testing.T) {
	m, reg := newMetrics()
	m.Configured(Configuration{Sources: []string{"hr", "lab"}})
	hr, lab := fullReport().Sources[0], fullReport().Sources[0]
	hr.Name, lab.Name = "hr", "lab"
	m.Observe(sync.Report{End: sync.SinkFailed, Sources: []sync.SourceReport{hr, lab}})
	for _, source := range []string{"hr", "lab"} {
		m.SourceCertificate(source, time.Unix(1_805_000_000, 0))
	}
	m.SinkCertificate(time.Unix(1_805_000_000, 0))
	count := func(source string) int { return strings.Count(scrape(t, reg), `source="`+source+`"`) }
	known := count("hr")
	if known < 9 || count("lab") != known {
		t.Fatalf("got %d and %d series of the sources ", known, count("lab"))
	}
	m.Configured(Configuration{Sources: []string{"lab", "staff"}})
	if got := count("hr"); got != 0 {
		t.Errorf("got %d series of the source that was removed, want none:\n%s", got, scrape(t, reg))
	}
	if got := count("lab"); got != known {
		t.Errorf("got %d series of the source that stays, want %d", got, known)
	}
	if got := count(""); got != 1 {
		t.Errorf("got %d certificates of the server, want one", got)
	}
}

// TestReady tells of a run that did not read both sides, then of one that did,
// and then of one that did not again.
func TestReady(t *testing.T) {
	judged := sync.Verdict{Checks: []sync.Check{{Reason: sync.RefuseCreate, OK: true}}}
	for _, end := range append(sync.Ends(), sync.EndNone) {
		m, _ := newMetrics()
		if got, want := m.Ready(), ErrNotReady; got != want {
			t.Errorf("before a run: got %v, want %v", got, want)
		}
		m.Observe(sync.Report{End: end, Facts: sync.Facts{Version: "11.6.0"}, Sources: []sync.SourceReport{{Name: "hr", Receipt: sync.Receipt{Entries: 1}}}})
		err := m.Ready()
		if !errors.Is(err, ErrNotReady) || !strings.Contains(err.Error(), end.String()) {
			t.Errorf("after %q without a plan: got %v, want %v and the end", end, err, ErrNotReady)
		}
		m.Observe(sync.Report{End: end, Verdict: judged})
		got, want := m.Ready() == nil, end != sync.Broken && end != sync.EndNone
		if got != want {
			t.Errorf("after %q with a plan: got ready %v, want %v", end, got, want)
		}
		m.Observe(sync.Report{End: sync.SinkFailed})
		if got := m.Ready() == nil; got != want {
			t.Errorf("after %q, then a server that is gone: got ready %v, want %v", end, got, want)
		}
	}
}

// TestObserveWhileScraped is for the race detector.
func TestObserveWhileScraped(t *testing.T) {
	m, reg := newMetrics()
	var wg stdsync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				m.Observe(fullReport())
				m.Call("users/find", "ok", time.Millisecond)
				m.Scheduled(time.Unix(1, 0))
				m.Scheduled(time.Time{})
				if _, err := reg.Gather(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := scrape(t, reg); !strings.Contains(got, `syncd_runs_total{end="partial"} 80`+"\n") {
		t.Errorf("runs were lost:\n%s", got)
	}
}

func newMetrics() (*Metrics, *prometheus.Registry) {
	reg := prometheus.NewPedanticRegistry()
	return New(reg, settings()), reg
}

func settings() Settings {
	return Settings{
		Version: "v1.2.3", GoVersion: "go1.26.0",
		Calls: []string{"users/find", "users/create"}, Outcomes: []string{"ok", "retried", "failed"},
	}
}

// observed returns metrics that were told of everything once.
func observed(r sync.Report) (*Metrics, *prometheus.Registry) {
	m, reg := newMetrics()
	m.Observe(r)
	m.Call("users/find", "ok", 40*time.Millisecond)
	m.Call("users/create", "failed", 3*time.Second)
	m.Scheduled(time.Unix(1_800_000_900, 0))
	m.Configured(Configuration{SHA256: "9f1c4e", Policy: sync.UpsertOnly, Interval: 16 * time.Minute, Shortest: 15 * time.Minute, Read: time.Unix(1_795_000_000, 0)})
	m.Leads(true)
	m.StateSize(98304)
	m.RateLimit(101, 12, 80*time.Millisecond)
	m.SinkCertificate(time.Unix(1_810_000_000, 0))
	m.SourceCertificate("hr", time.Unix(1_805_000_000, 0))
	return m, reg
}

func scrape(t *testing.T, g prometheus.Gatherer) string {
	t.Helper()
	w := httptest.NewRecorder()
	promhttp.HandlerFor(g, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("scrape: status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// changed returns the lines of after that before does not have.
func changed(before, after string) []string {
	old := strings.Split(before, "\n")
	return slices.DeleteFunc(strings.Split(after, "\n"), func(line string) bool {
		return strings.HasPrefix(line, "#") || slices.Contains(old, line)
	})
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, string(want)); diff != "" {
		t.Errorf("%s is out of date; if the new text is right, run the test with -update (-got +want):\n%s", path, diff)
	}
}
