package main

import (
	"context"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/directory-sync/syncd/metrics"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// How many of the newest runs are looked at: at first, and where none of them is
// a success.
const (
	fewRuns  = 20
	manyRuns = 3000
)

// recall shows how runs have gone so far, whoever made them: a daemon that was
// started again, or takes over, is no fresher than the accounts are.
func (d *daemon) recall(ctx context.Context) {
	runs, ok := d.journal(ctx, fewRuns)
	d.seen, d.recalled = "", ok
	if ok {
		d.recount(ctx, runs)
	}
}

// overtaken looks whether somebody made a run while the daemon rested, and shows
// how it went. After a good one, what the daemon's own last run found is over.
func (d *daemon) overtaken(ctx context.Context) {
	if !d.recalled {
		d.recall(ctx)
		return
	}
	runs, ok := d.journal(ctx, fewRuns)
	newest := slices.IndexFunc(runs, hasEnded)
	seen := slices.IndexFunc(runs, func(r state.Run) bool { return r.ID == d.seen })
	if !ok || newest < 0 || seen >= 0 && seen <= newest {
		return
	}
	r := runs[newest]
	d.log.Info("somebody made a run", zap.String("run", r.ID), zap.String("command", r.Command), zap.Stringer("end", r.End))
	if broughtIntoStep(r) {
		d.metrics.PutRight(r.Sources)
	}
	d.recount(ctx, runs)
}

// recount takes over the newest runs. Those that are looked at are few unless
// trouble has lasted.
func (d *daemon) recount(ctx context.Context, runs []state.Run) {
	if len(runs) == fewRuns && !slices.ContainsFunc(runs, broughtIntoStep) {
		all, ok := d.journal(ctx, manyRuns)
		if !ok {
			return
		}
		runs = all
	}
	d.metrics.Recall(pastOf(runs))
	if i := slices.IndexFunc(runs, hasEnded); i >= 0 {
		d.seen = runs[i].ID
	}
}

// journal returns the newest runs. That they cannot be read is said once.
func (d *daemon) journal(ctx context.Context, limit int) ([]state.Run, bool) {
	within, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	runs, err := d.store.Runs(within, limit)
	if err != nil && ctx.Err() == nil && !d.blind {
		d.log.Warn("journal not read, so the metrics lack what others did", zap.Error(err))
	}
	if ctx.Err() == nil {
		d.blind = err != nil
	}
	return runs, err == nil
}

// pastOf says what the newest runs, the newest first, have come to.
func pastOf(runs []state.Run) (p metrics.Past) {
	if i := slices.IndexFunc(runs, hasEnded); i >= 0 {
		p.Attempt = runs[i].Started
	}
	if i := slices.IndexFunc(runs, broughtIntoStep); i >= 0 {
		p.Success = runs[i].Finished
	}
	for _, r := range runs {
		if broughtIntoStep(r) || wholeRun(r) && r.End == sync.Observed {
			break
		}
		if wentWrong(r) {
			p.Failures++
		}
	}
	return p
}

// wholeRun reports whether a run was one that is to bring everybody into step,
// as an undo is not.
func wholeRun(r state.Run) bool {
	command, _, _ := strings.Cut(r.Command, " ")
	return slices.Contains([]string{commandDaemon, "sync", "apply"}, command)
}

// hasEnded reports whether such a run came to its end.
func hasEnded(r state.Run) bool { return wholeRun(r) && !r.Finished.IsZero() }

// broughtIntoStep reports whether a run that is over did what it could, as the
// metrics count it: people who are held do not spoil it.
func broughtIntoStep(r state.Run) bool {
	unread := func(x state.Receipt) bool { return x.Error != "" }
	return hasEnded(r) && (r.End == sync.InStep || r.End == sync.Partial && r.Error == "" &&
		!slices.ContainsFunc(r.Counts.Receipts, unread) && r.Counts.Results[sync.Failed.String()]+r.Counts.Results[sync.Skipped.String()] == 0)
}

// died reports whether a run has no end and is a daemon's: the only one that leads
// asks, and rests. Anybody else's may be under way.
func died(r state.Run) bool {
	command, _, _ := strings.Cut(r.Command, " ")
	return command == commandDaemon && r.End == sync.EndNone
}

// wentWrong reports whether a run was not successful, as the metrics count it.
func wentWrong(r state.Run) bool {
	switch r.End {
	case sync.EndNone:
		return died(r)
	case sync.Stopped, sync.Observed:
		return false
	}
	return wholeRun(r) && !broughtIntoStep(r)
}
