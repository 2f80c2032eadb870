package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/directory-sync/syncd/metrics"
	"github.com/directory-sync/syncd/state"
)

// standAgain is how often a daemon that stands by looks whether it is its turn.
const standAgain = 500 * time.Millisecond

// standsBy is what systemd shows of a daemon that does.
const standsBy = "standing by: another daemon leads"

// errNoState is why a daemon that stands by could not take over.
var errNoState = errors.New("standing by, and the state cannot be used: the log says why")

// terms leads as long as it may. Where several daemons share a state, one leads
// and the others stand by; who loses the lead stands by again.
func (d *daemon) terms(ctx context.Context) {
	for d.store != nil || d.standBy(ctx) {
		d.lead(ctx)
		if ctx.Err() != nil {
			return
		}
	}
}

// lead does a daemon's work until the context ends or the lead is lost.
func (d *daemon) lead(ctx context.Context) {
	d.recall(ctx) // first: of one that leads it counts how long ago the last success is
	d.metrics.Leads(true)
	d.measure(ctx)
	bound, end := d.store.Bound(ctx)
	defer end()
	term, drop := context.WithCancelCause(bound)
	defer drop(nil)
	d.drop = drop
	d.loop(term)
	if ctx.Err() != nil {
		return
	}
	d.log.Error("the lead is lost", zap.Error(context.Cause(term)))
	d.quit()
}

// leads reports whether this daemon certainly leads, and may speak for all.
func (d *daemon) leads(ctx context.Context) bool {
	return ctx.Err() == nil && d.store.Allowed(ctx) == nil
}

// A standing is that of a daemon that stands by.
type standing struct{ why error }

// stands says to whoever asks why this daemon stands by; nil: it does not.
func (d *daemon) stands(why error) {
	if why == nil {
		d.standing.Store(nil)
	} else {
		d.standing.Store(&standing{why})
	}
	d.board.stands(why)
}

// behind reports whether a run is due that the schedule's next one would make too
// late: a daemon's last one died, or nobody has made the one that was to be.
func (d *daemon) behind(ctx context.Context) bool {
	runs, ok := d.journal(ctx, fewRuns)
	i := slices.IndexFunc(runs, wholeRun)
	if !ok || i < 0 {
		return false
	}
	due := d.schedule.cron.Next(runs[i].Started.In(d.schedule.loc))
	return died(runs[i]) || !due.IsZero() && due.Before(d.now())
}

// quit gives back the state and, with it, the lead.
func (d *daemon) quit() {
	d.metrics.Leads(false)
	if d.store == nil {
		return
	}
	d.memory.of(nil)
	if err := d.store.Close(); err != nil {
		d.log.Warn("state not closed", zap.Error(err))
	}
	d.store = nil
}

// standBy waits until no other daemon leads, and takes the lead. It reports
// whether it did: else the context has ended.
func (d *daemon) standBy(ctx context.Context) bool {
	d.stands(metrics.ErrStandby)
	d.metrics.Leads(false)
	d.waited = true
	defer d.stands(nil)
	d.supervisor.ready(standsBy)
	t := time.NewTicker(standAgain)
	defer t.Stop()
	for w := (wait{daemon: d}); ; {
		err := d.takeOver(ctx)
		if ctx.Err() != nil {
			return false
		}
		if err == nil {
			d.log.Info("leading")
			return true
		}
		w.tell(err)
		select {
		case <-ctx.Done():
			return false
		case <-d.reload:
			d.supervisor.reloading()
			d.reconfigure()
			d.supervisor.ready(standsBy)
		case <-t.C:
			d.supervisor.alive()
		}
	}
}

// A wait is what was said while a daemon stands by.
type wait struct {
	*daemon
	held  bool   // that another one leads
	wrong string // what is wrong, and
	at    time.Time
}

// sayAgain is how often another fault is told at most: the text of one may differ
// each time, as by a port.
const sayAgain = time.Minute

// tell says why the daemon cannot lead, when that is new.
func (w *wait) tell(err error) {
	if held, ok := errors.AsType[*state.HeldError](err); ok {
		if !w.held {
			w.log.Info("standing by: another daemon leads", zap.Int("process", held.PID), zap.String("host", held.Host))
		}
		w.held, w.wrong = true, ""
		w.stands(metrics.ErrStandby)
		return
	}
	if now := w.now(); w.wrong == "" || w.wrong != err.Error() && now.Sub(w.at) >= sayAgain {
		w.log.Error("standing by, and could not lead", zap.Error(err))
		w.wrong, w.at = err.Error(), now
	}
	w.held = false
	w.stands(errNoState)
}

// takeOver opens the state as the one that leads.
func (d *daemon) takeOver(ctx context.Context) error {
	store, err := state.OpenDaemon(ctx, d.config.State, "syncd run")
	if err != nil {
		return err
	}
	d.store = store
	if err := d.equip(d.config); err != nil {
		d.quit()
		return err
	}
	d.memory.of(store)
	return nil
}
