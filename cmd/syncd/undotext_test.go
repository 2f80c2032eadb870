package main

import (
	"testing"

	"github.com/directory-sync/syncd/sync"
)

// TestOverLimit: one refusal hides another (a run over its limit is not told of
// the day's too), and the command must lift both.
func TestOverLimit(t *testing.T) {
	run := sync.Check{Reason: sync.RefuseReactivate, Sort: sync.SortReactivate, Planned: 5, Allowed: 4}
	day := sync.Check{Reason: sync.RefuseDay, Sort: sync.SortReactivate, Planned: 5, Spent: 4, Allowed: 5, OK: true}
	calm := sync.Check{Reason: sync.RefuseDay, Sort: sync.SortReactivate, Planned: 5, Allowed: 10, OK: true}
	for _, tt := range []struct {
		name   string
		checks []sync.Check
		want   string
	}{
		{"the run", []sync.Check{run, calm}, "repeat the command with --set limits.reactivate.floor=5."},
		{"the day behind it", []sync.Check{run, day}, "repeat the command with --set limits.reactivate.floor=5 --set limits.reactivate.per_24h=0."},
	} {
		if got := overLimit(sync.Verdict{Checks: tt.checks}); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
