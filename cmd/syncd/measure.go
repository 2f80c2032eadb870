package main

import (
	"context"
	"runtime"
	"time"

	"go.uber.org/zap"

	"github.com/directory-sync/syncd/metrics"
	"github.com/directory-sync/syncd/sink/mattermost"
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

// Bounds of the look for the times between two runs: a holiday schedule
// shows within a month, and one for each second is as long in all of them.
const (
	lookAhead = 35 * 24 * time.Hour
	lookTimes = 5000
)

// gaps returns the shortest and the longest time between two runs in the weeks to
// come, at least the one to the second next run. Only the longest one has the
// jitter, which makes others shorter by chance.
func (s schedule) gaps(now time.Time) (least, most time.Duration) {
	last := s.cron.Next(now.In(s.loc))
	for range lookTimes {
		next := s.cron.Next(last)
		if next.IsZero() {
			break
		}
		gap := next.Sub(last)
		if most = max(most, gap); least == 0 || gap < least {
			least = gap
		}
		if next.Sub(now) > lookAhead {
			break
		}
		last = next
	}
	return least, most + s.jitter
}
