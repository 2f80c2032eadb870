package main

import (
	"testing"

	"github.com/directory-sync/syncd/sync"
)

// TestSeen: a plan with nothing to do ends as a run of it would; one with
// something to do brought nobody into step.
func TestSeen(t *testing.T) {
	held := []sync.Hold{{Reason: sync.HoldIncomplete}}
	for name, tt := range map[string]struct {
		r    sync.Report
		want sync.End
	}{
		"nothing is due":         {sync.Report{End: sync.InStep}, sync.InStep},
		"something is due":       {sync.Report{End: sync.InStep, Plan: sync.Plan{Changes: make([]sync.Change, 1), Held: held}}, sync.Observed},
		"somebody is held":       {sync.Report{End: sync.InStep, Plan: sync.Plan{Held: held}}, sync.Partial},
		"somebody is held: fine": {sync.Report{End: sync.InStep, Plan: sync.Plan{Held: []sync.Hold{{Reason: sync.HoldProtected}}}}, sync.InStep},
		"a record is illegible":  {sync.Report{End: sync.InStep, Plan: sync.Plan{Illegible: 1}}, sync.Partial},
		"refused":                {sync.Report{End: sync.Refused, Plan: sync.Plan{Held: held}}, sync.Refused},
	} {
		if got := seen(tt.r).End; got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}
