package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/zap"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/metrics"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// A daemon runs on a schedule, one run at a time. All it does happens in one
// goroutine, so no run overlaps another or a reload.
type daemon struct {
	*app
	config   *config.Config
	schedule schedule
	cycle    *cycle
	sink     sync.Sink
	store    *state.Store // nil: another daemon leads
	standing atomic.Pointer[standing]
	memory   *memory
	metrics  *metrics.Metrics
	board    *board
	herald   *herald
	reload   <-chan os.Signal
	idle     bool                    // nothing was to be done at the start
	waited   bool                    // it stood by before it came to lead
	drop     context.CancelCauseFunc // gives up the lead
	seen     string                  // the newest run that the metrics have, "" if none
	recalled bool                    // the metrics have what the journal said
	blind    bool                    // the journal could not be read the last time

	supervisor *supervisor
	last       string // how the last run ended, for people
	next       time.Time
}

// Bounds of the daemon's own waits.
const (
	lookAgain   = time.Minute     // how long a timer may sleep: after a suspend it would be late
	goodbye     = 5 * time.Second // how long the metrics page may take to close
	waitForRest = time.Minute     // how long a run waits for somebody else's to end
	pruneEvery  = 24 * time.Hour
)

// newDaemon opens all that the configuration names.
func (a *app) newDaemon(ctx context.Context, c *config.Config, r *prometheus.Registry) (*daemon, error) {
	store, err := state.OpenDaemon(ctx, c.State, "syncd run")
	if err != nil && !(c.State.Shared() && errors.As(err, new(*state.HeldError))) {
		return nil, err
	}
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	d := &daemon{
		app: a, store: store, memory: &memory{place: c.State}, board: new(board), idle: c.Schedule.OnStart == config.StartNothing,
		metrics:    metrics.New(r, metricSettings(c.Web.NativeHistograms)),
		supervisor: newSupervisor(a.log), last: "no run yet",
	}
	d.memory.of(store)
	d.herald = &herald{app: a, past: d.memory, courier: newCourier(a.log, d.metrics.Notified)}
	if err := d.use(c); err != nil {
		d.quit()
		return nil, err
	}
	return d, nil
}

// use makes a configuration that was just read the current one, or changes
// nothing.
func (d *daemon) use(c *config.Config) error {
	if err := d.equip(c); err != nil {
		return err
	}
	if w := d.schedule.warning(); w != "" {
		d.log.Warn("schedule: " + w)
	}
	least, most := d.schedule.gaps(d.now())
	d.metrics.Configured(metrics.Configuration{
		SHA256: c.Digest(), Policy: c.Mode, Interval: most, Shortest: least, Read: d.now(), Sources: names(d.cycle.feeds),
	})
	d.board.configured(c, d.now())
	return nil
}

// equip opens what a configuration names, with the state as it is now.
func (d *daemon) equip(c *config.Config) error {
	if i := slices.IndexFunc(c.Sources, func(s config.Source) bool { return s.CSV.Path == config.Stdin }); i >= 0 {
		return config.Errors{c.Fault(fmt.Sprintf("sources[%d].path", i), "the daemon cannot read standard input again for each run", "name a file")}
	}
	schedule, err := parseSchedule(c.Schedule, d.now())
	if err != nil {
		return config.Errors{c.Fault("schedule.cron", err.Error(), "")}
	}
	cycle, sink, err := d.openSync(c, d.store, wishes{}, d.hooks())
	if err != nil {
		return err
	}
	if err := d.herald.use(c); err != nil {
		return err
	}
	d.config, d.schedule, d.cycle, d.sink = c, schedule, cycle, sink
	return nil
}

// loop runs until the context ends.
func (d *daemon) loop(ctx context.Context) {
	d.supervisor.ready(d.last)
	d.start(ctx)
	pruned := time.Time{}
	d.arm()
	for {
		d.supervisor.alive()
		if d.leads(ctx) {
			d.herald.digest(ctx)
			d.overtaken(ctx)
		}
		timer := time.NewTimer(d.supervisor.wait(min(max(0, d.next.Sub(d.now())), lookAgain)))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-d.reload:
			timer.Stop()
			d.renew()
		case <-timer.C:
			if d.now().Before(d.next) {
				continue
			}
			d.tick(ctx, true)
			if ctx.Err() != nil {
				return
			}
			d.tellMissed(d.next)
			if d.now().Sub(pruned) > pruneEvery {
				d.prune(ctx)
				pruned = d.now()
			}
			d.arm()
		}
	}
}

// renew reads the configuration again, and says so to whoever asked.
func (d *daemon) renew() {
	d.supervisor.reloading()
	before := d.config.Schedule
	renewed := d.reconfigure()
	if renewed && !sameTimes(before, d.config.Schedule) {
		d.arm()
	}
	status := d.status()
	if !renewed {
		status = "the new configuration was refused (see the log), the old one stays; " + status
	}
	d.supervisor.ready(status)
}

// tellMissed says that runs were left out because one took too long.
func (d *daemon) tellMissed(began time.Time) {
	missed := 0
	for at := d.schedule.cron.Next(began.In(d.schedule.loc)); at.Before(d.now()) && missed < mostMissed; missed++ {
		at = d.schedule.cron.Next(at)
	}
	if missed > 0 {
		d.log.Warn("the run took longer than the time to the next one", zap.Int("left_out", missed))
	}
}

// mostMissed bounds the counting of runs that were left out, as after a
// suspend.
const mostMissed = 1000

// sameTimes reports whether two schedules mean the same.
func sameTimes(a, b config.Schedule) bool {
	return a.Cron == b.Cron && a.Location.String() == b.Location.String() && a.Jitter == b.Jitter
}

// arm says when the next run is.
func (d *daemon) arm() {
	d.next = d.schedule.next(d.now())
	d.metrics.Scheduled(d.next)
	d.board.scheduled(d.next)
	d.log.Info("next run", zap.Time("at", d.next))
	d.supervisor.status(d.status())
}

// start does what there is to do before the schedule's first run. Whoever takes
// over and finds a run due makes it at once.
func (d *daemon) start(ctx context.Context) {
	switch {
	case d.config.Schedule.OnStart == config.StartSync, d.waited && d.behind(ctx):
		d.tick(ctx, true)
	case d.config.Schedule.OnStart == config.StartPlan:
		d.tick(ctx, false)
	}
}

// tick makes one run. A panic ends the run, not the daemon.
func (d *daemon) tick(ctx context.Context, write bool) {
	ctx, cancel := d.limit(ctx)
	defer cancel()
	what := "plan"
	if write {
		what = "run"
	}
	started := d.now()
	d.began(started, what)
	defer func() {
		if p := recover(); p != nil {
			d.log.Error("run broke", zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
			d.observe(ctx, sync.Report{
				Started: started, Finished: d.now(),
				End: sync.Broken, Err: fmt.Errorf("panic: %v", p),
			}, what)
		}
	}()
	var r sync.Report
	if write {
		if !d.wake(ctx) {
			return
		}
		defer d.store.Rest()
		d.board.began(started)
		r = d.cycle.sync(ctx, d.sink, d.store, state.Start{Command: d.recorded("run"), Instance: d.config.Instance})
	} else {
		d.board.began(started)
		r = seen(d.cycle.plan(ctx))
	}
	if r.Run != "" {
		d.seen = r.Run
	}
	d.observe(ctx, r, what)
	d.measure(ctx)
	d.logRun(r)
	d.heed(r.Err)
}

// heed gives up the lead when a run lost the right to write: part of it, or all,
// is not done, and whoever leads next makes it at once.
func (d *daemon) heed(err error) {
	if errors.Is(err, state.ErrFenced) {
		d.drop(err)
	}
}

// publish shows what a run came to, to all who do not read the log.
func (d *daemon) publish(ctx context.Context, r sync.Report) {
	d.metrics.Observe(r)
	told := d.storyOf(r)
	d.herald.ended(ctx, told)
	d.board.ended(told, d.sheetOf(d.config.Instance, r, planFlags{}).cut(peopleOnBoard))
}

// reconfigure reads the configuration again. One with mistakes is refused, and
// so is one whose state or page differs, since both are in use. It reports
// whether there is a new one.
func (d *daemon) reconfigure() bool {
	c, err := d.load()
	if err == nil && !c.State.Same(d.config.State) {
		err = config.Errors{c.Fault("state", "the state cannot be changed while the daemon runs", "restart it")}
	}
	if err == nil && c.Web != d.config.Web {
		err = config.Errors{c.Fault("web", "the page cannot be changed while the daemon runs", "restart it")}
	}
	if err == nil {
		err = d.use(c)
	}
	if err != nil {
		d.metrics.ConfigRefused()
		d.board.configRefused(d.now())
	}
	var faults config.Errors
	switch {
	case errors.As(err, &faults):
		for _, f := range faults {
			d.log.Error("reload refused, the old configuration stays: " + f.Error())
		}
	case err != nil:
		d.log.Error("reload refused, the old configuration stays", zap.Error(err))
	default:
		d.log.Info("configuration reloaded")
	}
	return err == nil
}

// wake takes the state for a run, unless somebody else is at work for long.
// Then the run is left out: what they do is what it would have found done.
func (d *daemon) wake(ctx context.Context) bool {
	err := d.store.Wake(ctx, waitForRest, "syncd run")
	switch {
	case err == nil:
		return true
	case ctx.Err() != nil: // the daemon ends, or no longer leads
	case errors.Is(err, state.ErrFenced):
		d.heed(err)
	case errors.As(err, new(*state.HeldError)):
		d.board.leftOut(d.now())
		d.log.Warn("run left out, because somebody else is at work", zap.Error(err))
	default:
		d.observe(ctx, sync.Report{Started: d.now(), Finished: d.now(), End: sync.Broken, Err: err}, "run")
		d.log.Error("run left out", zap.Error(err))
	}
	return false
}

// prune forgets what the journal need not keep any longer.
func (d *daemon) prune(ctx context.Context) {
	keep := d.config.Journal.Keep
	if keep <= 0 {
		return
	}
	n := 0
	err := d.store.Wake(ctx, waitForRest, "syncd run")
	if err == nil {
		defer d.store.Rest()
		n, err = d.store.Prune(ctx, d.now().Add(-keep))
	}
	switch {
	case ctx.Err() != nil: // the daemon ends, or no longer leads
	case errors.As(err, new(*state.HeldError)):
		d.log.Info("journal not pruned, because somebody else is at work; tomorrow again", zap.Error(err))
	case err != nil:
		d.log.Error("journal not pruned, tomorrow again", zap.Error(err))
	case n > 0:
		d.log.Info("journal pruned", zap.Int("runs", n))
	}
}
