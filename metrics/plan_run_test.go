package metrics

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/directory-sync/syncd/sync"
)

// A plan that went well, and a run that only observed, is a run and no success:
// whoever is out of step still is.
func TestPlanIsNoSuccess(t *testing.T) {
	r := prometheus.NewRegistry()
	m := New(r, Settings{})
	for _, tt := range []struct {
		run  string
		end  sync.End
		want string
	}{
		{"", sync.InStep, "syncd_last_success_timestamp_seconds 0"},
		{"r1", sync.Observed, "syncd_last_success_timestamp_seconds 0"},
		{"r2", sync.InStep, "syncd_last_success_timestamp_seconds 1"},
		{"r3", sync.Refused, "syncd_consecutive_failures 1"},
		{"", sync.InStep, "syncd_consecutive_failures 1"},
		{"r4", sync.Observed, "syncd_consecutive_failures 0"},
	} {
		m.Observe(sync.Report{Run: tt.run, End: tt.end, Started: time.Unix(1, 0), Finished: time.Unix(1, 0)})
		if got := scrape(t, r); !strings.Contains(got, tt.want+"\n") {
			t.Errorf("run %q: got\n%s\nwant %s", tt.run, got, tt.want)
		}
	}
}
