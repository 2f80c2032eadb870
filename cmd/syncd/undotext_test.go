package main

import (
	"strings"
	"testing"

	"github.com/directory-sync/syncd/sync"
)

// TestRaised: one refusal hides another (a run over its limit is not told of the
// day's too), and the command must raise both, to no more than is needed.
func TestRaised(t *testing.T) {
	run := sync.Check{Reason: sync.RefuseReactivate, Sort: sync.SortReactivate, Planned: 5, Allowed: 4}
	day := sync.Check{Reason: sync.RefuseDay, Sort: sync.SortReactivate, Planned: 5, Spent: 7, Allowed: 8, OK: true}
	within := sync.Check{Reason: sync.RefuseReactivate, Sort: sync.SortReactivate, Planned: 5, Allowed: 5, OK: true}
	full := sync.Check{Reason: sync.RefuseDay, Sort: sync.SortReactivate, Planned: 5, Spent: 6, Allowed: 10}
	calm := sync.Check{Reason: sync.RefuseDay, Sort: sync.SortReactivate, Planned: 5, Allowed: 10, OK: true}
	for _, tt := range []struct {
		name   string
		set    []string
		checks []sync.Check
		want   string
	}{
		{"the run", nil, []sync.Check{run, calm}, "limits.reactivate.floor=5"},
		{"the day behind it", nil, []sync.Check{run, day}, "limits.reactivate.floor=5 limits.reactivate.per_24h=3"},
		{"the day", nil, []sync.Check{within, full}, "limits.reactivate.per_24h=3"},
		{"what was said", []string{"limits.reactivate.floor=0", "policy=sync"}, []sync.Check{run}, "policy=sync limits.reactivate.floor=5"},
		{"nothing", nil, []sync.Check{within, calm}, ""},
	} {
		a := &app{set: tt.set}
		if got := strings.Join(a.raised(sync.Verdict{Checks: tt.checks}).set, " "); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
