package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// hooks returns what the edges report to the daemon: each call is counted, and
// whatever comes in shows that a run is not stuck.
func (d *daemon) hooks() hooks {
	return hooks{
		onCall: func(call mattermost.Call) {
			d.called(call)
			d.supervisor.alive()
		},
		onMore:  func(int) { d.supervisor.alive() },
		onUsers: func(int, int) { d.supervisor.alive() },

		onCertificate: d.metrics.SourceCertificate,
	}
}

// status is one line for people, as systemctl status shows it.
func (d *daemon) status() string {
	if d.next.IsZero() {
		return d.last
	}
	return d.last + "; next run " + d.clock(d.next)
}

// clock writes a time as the schedule's own clock shows it.
func (d *daemon) clock(t time.Time) string {
	return t.In(d.schedule.loc).Format("2006-01-02 15:04:05 MST")
}

// began says that a run works.
func (d *daemon) began(at time.Time, what string) {
	d.supervisor.status(what + " since " + d.clock(at) + "; before: " + d.last)
	d.supervisor.alive()
}

// observe shows how a run ended to whoever watches the daemon.
func (d *daemon) observe(ctx context.Context, r sync.Report, what string) {
	d.publish(ctx, r)
	d.last = fmt.Sprintf("last %s %s: %s", what, d.clock(r.Finished), strings.ReplaceAll(r.End.String(), "_", " "))
	if hasPlan(r) {
		d.last += fmt.Sprintf(", %s, %s held", plural(r.Plan.People, "person", "people"), number(len(r.Plan.Held)))
	}
	d.supervisor.alive()
}
