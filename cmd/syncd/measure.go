package main

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/directory-sync/syncd/metrics"
	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// metricSettings say what the daemon's metrics are of.
func metricSettings(native bool) metrics.Settings {
	return metrics.Settings{
		Version: programVersion(), GoVersion: runtime.Version(),
		Calls: mattermost.Calls(), Outcomes: mattermost.Outcomes(), Native: native,
	}
}

// called takes over what one request to the server showed.
func (d *daemon) called(c mattermost.Call) {
	d.metrics.Call(c.Name, c.Outcome, c.Took)
	d.metrics.RateLimit(c.Bucket.Size, c.Bucket.Left, c.Bucket.Spacing)
	d.metrics.SinkCertificate(c.Certificate)
}

// measure looks how large the state is.
func (d *daemon) measure(ctx context.Context) {
	size, err := d.store.Size(context.WithoutCancel(ctx))
	if err != nil {
		d.log.Warn("state not measured", zap.Error(err))
		return
	}
	d.metrics.StateSize(size)
}

// recalled is how many runs are looked at for the last successful one.
const recalled = 200

// recall shows when the last successful run was, whoever made it: a daemon that
// was started again, or takes over, is no fresher than the accounts are.
func (d *daemon) recall(ctx context.Context) {
	runs, err := d.store.Runs(ctx, recalled)
	if err != nil && ctx.Err() == nil {
		d.log.Warn("journal not read", zap.Error(err))
		return
	}
	if i := slices.IndexFunc(runs, broughtIntoStep); i >= 0 {
		d.metrics.Succeeded(runs[i].Finished)
	}
}

// broughtIntoStep reports whether a run that is over did what it could, as the
// metrics count it: people who are held do not spoil it.
func broughtIntoStep(r state.Run) bool {
	command, _, _ := strings.Cut(r.Command, " ")
	return (command == "run" || command == "sync") && (r.End == sync.InStep || r.End == sync.Partial && r.Error == "" &&
		len(r.Counts.Receipts) == len(r.Sources) && r.Counts.Results[sync.Failed.String()]+r.Counts.Results[sync.Skipped.String()] == 0)
}

// Bounds of the look for the longest time between two runs: a holiday schedule
// shows within a month, and one for each second is as long in all of them.
const (
	lookAhead = 35 * 24 * time.Hour
	lookTimes = 5000
)

// longest returns the longest time between two runs in the weeks to come, at
// least the one to the second next run.
func (s schedule) longest(now time.Time) time.Duration {
	last := s.cron.Next(now.In(s.loc))
	var most time.Duration
	for range lookTimes {
		next := s.cron.Next(last)
		if next.IsZero() {
			break
		}
		most = max(most, next.Sub(last))
		if next.Sub(now) > lookAhead {
			break
		}
		last = next
	}
	return most + s.jitter
}
