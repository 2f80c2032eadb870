package main

import (
	"testing"
	"time"

	"github.com/directory-sync/syncd/metrics"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

func TestBroughtIntoStep(t *testing.T) {
	whole := state.Counts{Receipts: []state.Receipt{{}}}
	unread := state.Counts{Receipts: []state.Receipt{{Source: "ad"}, {Source: "hr", Error: "not there"}}}
	spoiled := func(o sync.Outcome) state.Counts {
		c := whole
		c.Results = map[string]int{sync.Done.String(): 3, o.String(): 1}
		return c
	}
	for name, tt := range map[string]struct {
		run  state.Run
		want bool
	}{
		"in step":                     {state.Run{Command: "run", End: sync.InStep, Counts: whole}, true},
		"a command":                   {state.Run{Command: "sync --set limits.create=9", End: sync.InStep, Counts: whole}, true},
		"people are held":             {state.Run{Command: "run", End: sync.Partial, Counts: spoiled(sync.Done)}, true},
		"a step failed":               {state.Run{Command: "run", End: sync.Partial, Counts: spoiled(sync.Failed)}, false},
		"a step was skipped":          {state.Run{Command: "run", End: sync.Partial, Counts: spoiled(sync.Skipped)}, false},
		"a source was not read":       {state.Run{Command: "run", End: sync.Partial, Sources: []string{"ad", "hr"}, Counts: unread}, false},
		"a plan from a file, in part": {state.Run{Command: "apply", End: sync.Partial, Sources: []string{"hr"}}, true},
		"it ended early":              {state.Run{Command: "run", End: sync.Partial, Error: "no", Counts: whole}, false},
		"refused":                     {state.Run{Command: "run", End: sync.Refused, Counts: whole}, false},
		"observed":                    {state.Run{Command: "run", End: sync.Observed, Counts: whole}, false},
		"an undo":                     {state.Run{Command: "undo", End: sync.InStep, Counts: whole}, false},
		"a plan from a file":          {state.Run{Command: "apply --release 12345678", End: sync.InStep, Counts: whole}, true},
		"it died":                     {state.Run{Command: "run", Counts: whole}, false},
	} {
		if tt.run.Sources == nil {
			tt.run.Sources = []string{"hr"}
		}
		if tt.run.End != sync.EndNone {
			tt.run.Finished = time.Unix(60, 0)
		}
		if got := broughtIntoStep(tt.run); got != tt.want {
			t.Errorf("%s: got %t, want %t", name, got, tt.want)
		}
	}
}

// TestPastOf: runs count in the journal as the metrics count them when they end.
func TestPastOf(t *testing.T) {
	run := func(command string, end sync.End) state.Run { return state.Run{Command: command, End: end} }
	ok, refused := run("run", sync.InStep), run("run", sync.Refused)
	for name, tt := range map[string]struct {
		runs    []state.Run // the newest first
		want    int
		attempt int // which of the runs
		success int // likewise; -1: none
	}{
		"none":                    {nil, 0, -1, -1},
		"only successes":          {[]state.Run{ok, ok}, 0, 0, 0},
		"two refused":             {[]state.Run{refused, refused, ok, refused}, 2, 0, 2},
		"by hand":                 {[]state.Run{run("sync", sync.Refused), run("sync --unattended", sync.SinkFailed), ok}, 2, 0, 2},
		"put right by hand":       {[]state.Run{run("apply --release 12345678", sync.InStep), refused}, 0, 0, 0},
		"stopped ones":            {[]state.Run{run("run", sync.Stopped), refused, run("run", sync.Stopped), ok}, 1, 0, 3},
		"died, and the next one":  {[]state.Run{run("run", sync.EndNone), run("run", sync.Broken), ok}, 2, 1, 2},
		"under way by hand":       {[]state.Run{run("sync", sync.EndNone), refused, ok}, 1, 1, 2},
		"an observation is none":  {[]state.Run{refused, run("run", sync.Observed), refused, ok}, 1, 0, 3},
		"an undo is no such run":  {[]state.Run{run("undo", sync.Broken), run("adopt", sync.Refused), refused, ok}, 1, 2, 3},
		"an undo does not end it": {[]state.Run{run("undo", sync.InStep), refused, refused, refused}, 3, 1, -1},
	} {
		want := metrics.Past{Failures: tt.want}
		for i := range tt.runs {
			r := &tt.runs[i]
			r.Started = time.Unix(int64(1000-10*i), 0)
			if r.End != sync.EndNone {
				r.Finished = r.Started.Add(time.Second)
			}
			if i == tt.attempt {
				want.Attempt = r.Started
			}
			if i == tt.success {
				want.Success = r.Finished
			}
		}
		if got := pastOf(tt.runs); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}
