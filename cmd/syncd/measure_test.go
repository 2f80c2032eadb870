package main

import (
	"testing"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

func TestBroughtIntoStep(t *testing.T) {
	whole := state.Counts{Receipts: []state.Receipt{{}}}
	spoiled := func(o sync.Outcome) state.Counts {
		c := whole
		c.Results = map[string]int{sync.Done.String(): 3, o.String(): 1}
		return c
	}
	for name, tt := range map[string]struct {
		run  state.Run
		want bool
	}{
		"in step":               {state.Run{Command: "run", End: sync.InStep, Counts: whole}, true},
		"a command":             {state.Run{Command: "sync --set limits.create=9", End: sync.InStep, Counts: whole}, true},
		"people are held":       {state.Run{Command: "run", End: sync.Partial, Counts: spoiled(sync.Done)}, true},
		"a step failed":         {state.Run{Command: "run", End: sync.Partial, Counts: spoiled(sync.Failed)}, false},
		"a step was skipped":    {state.Run{Command: "run", End: sync.Partial, Counts: spoiled(sync.Skipped)}, false},
		"a source was not read": {state.Run{Command: "run", End: sync.Partial, Sources: []string{"ad", "hr"}, Counts: whole}, false},
		"it ended early":        {state.Run{Command: "run", End: sync.Partial, Error: "no", Counts: whole}, false},
		"refused":               {state.Run{Command: "run", End: sync.Refused, Counts: whole}, false},
		"observed":              {state.Run{Command: "run", End: sync.Observed, Counts: whole}, false},
		"an undo":               {state.Run{Command: "undo", End: sync.InStep, Counts: whole}, false},
		"it died":               {state.Run{Command: "run", Counts: whole}, false},
	} {
		if tt.run.Sources == nil {
			tt.run.Sources = []string{"hr"}
		}
		if got := broughtIntoStep(tt.run); got != tt.want {
			t.Errorf("%s: got %t, want %t", name, got, tt.want)
		}
	}
}
