package metrics

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/directory-sync/syncd/sync"
)

// shown returns the lines of the families whose names begin like that.
func shown(t *testing.T, g prometheus.Gatherer, prefix string) []string {
	t.Helper()
	lines := []string{}
	for line := range strings.Lines(scrape(t, g)) {
		if strings.HasPrefix(line, prefix) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// TestRateLimit: a server that begins and ceases to count.
func TestRateLimit(t *testing.T) {
	m, reg := newMetrics()
	const limit, spacing = "syncd_sink_rate_limit_requests", "syncd_sink_request_spacing_seconds"
	steps := []struct {
		size, left int
		gap        time.Duration
		want       []string
	}{
		{0, 0, 0, []string{spacing + " 0"}},
		{101, 40, 0, []string{limit + `{kind="left"} 40`, limit + `{kind="limit"} 101`, spacing + " 0"}},
		{101, 0, 250 * time.Millisecond, []string{limit + `{kind="left"} 0`, limit + `{kind="limit"} 101`, spacing + " 0.25"}},
		{0, 0, 0, []string{spacing + " 0"}},
	}
	for i, tt := range steps {
		m.RateLimit(tt.size, tt.left, tt.gap)
		if diff := cmp.Diff(append(shown(t, reg, limit), shown(t, reg, spacing)...), tt.want); diff != "" {
			t.Errorf("step %d (-got +want):\n%s", i, diff)
		}
	}
}

// TestCertificates: one for each end; what is not known leaves the rest alone.
func TestCertificates(t *testing.T) {
	m, reg := newMetrics()
	m.SinkCertificate(time.Time{})
	m.SourceCertificate("ad", time.Time{})
	const name = "syncd_certificate_expiry_timestamp_seconds"
	if got := shown(t, reg, name); len(got) > 0 {
		t.Errorf("got %q before any was seen", got)
	}
	m.SinkCertificate(time.Unix(1_800_000_000, 0))
	m.SourceCertificate("ad", time.Unix(1_700_000_000, 0))
	m.SourceCertificate("lab", time.Unix(1_900_000_000, 0))
	m.SinkCertificate(time.Time{})
	want := []string{
		name + `{end="sink",source=""} 1.8e+09`, name + `{end="source",source="ad"} 1.7e+09`, name + `{end="source",source="lab"} 1.9e+09`,
	}
	if diff := cmp.Diff(shown(t, reg, name), want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

func TestStanding(t *testing.T) {
	m, reg := newMetrics()
	if got := append(shown(t, reg, "syncd_leader"), shown(t, reg, "syncd_state")...); len(got) > 0 {
		t.Errorf("got %q before anybody said so", got)
	}
	for leads, want := range map[bool]string{true: "syncd_leader 1", false: "syncd_leader 0"} {
		m.Leads(leads)
		if diff := cmp.Diff(shown(t, reg, "syncd_leader"), []string{want}); diff != "" {
			t.Errorf("(-got +want):\n%s", diff)
		}
	}
	m.StateSize(4096)
	if diff := cmp.Diff(shown(t, reg, "syncd_state"), []string{"syncd_state_size_bytes 4096"}); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

// TestRetired: a daemon that no longer leads shows nothing that an alert would
// stand on.
func TestRetired(t *testing.T) {
	m, reg := newMetrics()
	m.Configured(Configuration{SHA256: "1", Sources: []string{"hr"}})
	m.Leads(true)
	m.Observe(sync.Report{
		End: sync.SourceFailed, Sources: []sync.SourceReport{{Name: "hr", Err: errors.New("gone")}},
		Verdict: sync.Verdict{Checks: []sync.Check{{Reason: sync.RefuseDeactivate, Planned: 7, Allowed: 2}}},
	})
	m.SourceCertificate("hr", time.Unix(1_700_000_000, 0))
	m.SinkCertificate(time.Unix(1_700_000_000, 0))
	stands := func() (all []string) {
		for _, name := range []string{"syncd_guard_refused", "syncd_source_complete", "syncd_certificate", "syncd_consecutive_failures"} {
			for _, line := range shown(t, reg, name) {
				if !strings.HasSuffix(line, " 0") || strings.HasPrefix(line, "syncd_source_complete") {
					all = append(all, line)
				}
			}
		}
		return all
	}
	if got := stands(); len(got) < 4 {
		t.Errorf("while it leads: got %q, want four that stand", got)
	}
	if m.Leads(false); len(stands()) > 0 {
		t.Errorf("got %q, want none", stands())
	}
}

// TestBudget: what was planned is spent only if it was carried out, and a
// budget that was overdrawn has nothing left.
func TestBudget(t *testing.T) {
	day := func(spent, planned, allowed int) []sync.Check {
		return []sync.Check{
			{Reason: sync.RefuseDeactivate, Sort: sync.SortDeactivate, Planned: 7, Allowed: 9},
			{Reason: sync.RefuseDay, Sort: sync.SortDeactivate, Planned: planned, Spent: spent, Allowed: allowed},
		}
	}
	const name = "syncd_budget_changes"
	both := func(left, limit string) []string {
		return []string{name + `{kind="left",sort="deactivate"} ` + left, name + `{kind="limit",sort="deactivate"} ` + limit}
	}
	tests := map[string]struct {
		report sync.Report
		want   []string
	}{
		"refused":   {sync.Report{Verdict: sync.Verdict{Checks: day(3, 4, 20)}}, both("17", "20")},
		"applied":   {sync.Report{Verdict: sync.Verdict{Checks: day(3, 4, 20)}, Applied: true}, both("13", "20")},
		"overdrawn": {sync.Report{Verdict: sync.Verdict{Checks: day(30, 0, 20)}}, both("0", "20")},
		"none":      {sync.Report{Verdict: sync.Verdict{Checks: day(3, 4, -1)}}, []string{}},
		"no plan":   {sync.Report{End: sync.SinkFailed}, both("1", "2")},
	}
	for what, tt := range tests {
		m, reg := newMetrics()
		m.Observe(sync.Report{Verdict: sync.Verdict{Checks: day(1, 0, 2)}})
		m.Observe(tt.report)
		if diff := cmp.Diff(shown(t, reg, name), tt.want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", what, diff)
		}
	}
}

// TestNativeHistograms: they come beside the classic ones, and only if asked.
func TestNativeHistograms(t *testing.T) {
	for _, native := range []bool{false, true} {
		s, reg := settings(), prometheus.NewPedanticRegistry()
		s.Native = native
		New(reg, s).Call("users/find", "ok", 30*time.Millisecond)
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, f := range families {
			for _, series := range f.Metric {
				h := series.GetHistogram()
				if h.GetSampleCount() == 0 {
					continue
				}
				found = true
				if got := len(h.GetPositiveSpan()) > 0; got != native {
					t.Errorf("asked %t: got native buckets %t", native, got)
				}
				if got, want := len(h.GetBucket()), len(callBuckets()); got != want {
					t.Errorf("asked %t: got %d classic buckets, want %d", native, got, want)
				}
			}
		}
		if !found {
			t.Error("there is no histogram")
		}
	}
}
