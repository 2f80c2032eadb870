package metrics

import (
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sync"
)

// TestFailedSteps: what failed stands until a run has carried out its plan without
// it, the daemon's or somebody else's. A run that came to no step changes nothing.
func TestFailedSteps(t *testing.T) {
	create := func(o sync.Outcome) sync.Report {
		c := sync.Change{Steps: []sync.Step{{Kind: sync.Create}}}
		return sync.Report{End: sync.Partial, Applied: true, Results: []sync.Result{{Change: c, Outcome: o}, {Change: c, Outcome: sync.Done}}}
	}
	good := sync.Report{End: sync.InStep, Applied: true}
	refused := sync.Report{End: sync.Refused, Verdict: sync.Verdict{Checks: []sync.Check{{Reason: sync.RefuseShrink}}}}
	for name, tt := range map[string]struct {
		reports []sync.Report
		byHand  bool
		want    string // "": nothing is known
	}{
		"no run yet":           {nil, false, ""},
		"only refused":         {[]sync.Report{refused}, false, ""},
		"one failed":           {[]sync.Report{create(sync.Failed)}, false, "1"},
		"held is not failed":   {[]sync.Report{create(sync.Held)}, false, "0"},
		"again, not one more":  {[]sync.Report{create(sync.Failed), create(sync.Failed)}, false, "1"},
		"done the next time":   {[]sync.Report{create(sync.Failed), create(sync.Done)}, false, "0"},
		"nothing left to do":   {[]sync.Report{create(sync.Failed), good}, false, "0"},
		"then refused":         {[]sync.Report{create(sync.Failed), refused}, false, "1"},
		"then the server gone": {[]sync.Report{create(sync.Failed), {End: sync.SinkFailed}}, false, "1"},
		"then done by hand":    {[]sync.Report{create(sync.Failed)}, true, "0"},
	} {
		m, reg := newMetrics()
		for _, r := range tt.reports {
			m.Observe(r)
		}
		if tt.byHand {
			m.PutRight(nil)
		}
		_, got, _ := strings.Cut(scrape(t, reg), `syncd_failed_steps{step="create"} `)
		if got, _, _ = strings.Cut(got, "\n"); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}
