package sink

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/directory-sync/syncd/sink/mattermost"
	"github.com/directory-sync/syncd/sync"
)

// maxFailures is how many changes may fail in a row. More say something of the
// server, not of the people.
const maxFailures = 10

// Apply carries out changes, wave by wave. When ctx ends, calls in flight are
// finished, within Config.Grace, and so are the steps of a wave that are left
// of people who were begun; nobody else is. Whoever has a temporary name by then
// gets the old one back if it is free.
func (s *Sink) Apply(ctx context.Context, changes []sync.Change, done func(sync.Result)) error {
	if len(changes) == 0 {
		return nil
	}
	all := make([]*work, len(changes))
	for i, c := range changes {
		all[i] = &work{change: c, user: c.User}
	}
	r, err := s.begin(ctx)
	if err == nil {
		err = r.holdConverted(ctx, all, done)
	}
	if err == nil {
		err = r.waves(ctx, all, done)
	}
	for _, w := range all {
		if !w.over {
			done(w.left())
		}
	}
	return err
}

// begin checks whose token it is and what the server allows.
func (s *Sink) begin(ctx context.Context) (*run, error) {
	if _, err := s.admin(ctx); err != nil {
		return nil, err
	}
	facts := s.facts.Load()
	if facts == nil {
		fresh, err := s.Facts(ctx)
		if err != nil {
			return nil, err
		}
		facts = &fresh
	}
	return &run{sink: s, api: s.api, facts: *facts}, nil
}

// A run is one Apply.
type run struct {
	sink  *Sink
	api   *mattermost.Client
	facts sync.Facts
	full  atomic.Bool // the server said that no seat is free
}

// waves carries out all steps and returns why it stopped early.
func (r *run) waves(ctx context.Context, all []*work, done func(sync.Result)) error {
	calls, cancel := outlive(ctx, r.sink.cfg.Grace)
	defer cancel()
	d := &dispatch{run: r, pace: newPace(r.sink.cfg.MaxParallel), done: done,
		ended: make(chan *work, r.sink.cfg.MaxParallel), trouble: r.api.Trouble()}
	for _, wave := range wavesOf(all) {
		d.wave(ctx, calls, wave, all)
	}
	r.allBack(calls, all)
	if d.stop == nil && slices.ContainsFunc(all, func(w *work) bool { return !w.over }) {
		return context.Cause(ctx)
	}
	return d.stop
}

// wavesOf returns the waves of the steps, in order.
func wavesOf(all []*work) []int {
	waves := []int{}
	for _, w := range all {
		for _, s := range w.change.Steps {
			waves = append(waves, s.Wave)
		}
	}
	if len(waves) == 0 {
		return []int{0}
	}
	slices.Sort(waves)
	return slices.Compact(waves)
}

// outlive returns a context that ends a while after ctx does.
func outlive(ctx context.Context, grace time.Duration) (context.Context, func()) {
	calls, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.NewTimer(grace)
		defer t.Stop()
		select {
		case <-t.C:
			cancel(context.Cause(ctx))
		case <-calls.Done():
		}
	})
	return calls, func() { stop(); cancel(nil) }
}

// A work is one person's change on its way. One goroutine at a time has it.
type work struct {
	change sync.Change
	user   sync.User // the account after the last step that was carried out
	next   int       // index of the next step
	laps   []lap     // of the last wave
	err    error
	over   bool

	tokensLeft bool // the account is to end, and access tokens may be left that did not
	unverified bool // the answer to the last write of an e-mail does not say that it is verified
	lessons    []sync.Lesson
	unfinished error // what belongs to a step that was carried out and is not done; a *hold
}

// A lap is how long a step took.
type lap struct {
	kind sync.StepKind
	took time.Duration
}

// rescue turns a panic into the failure of one person's change.
func (w *work) rescue() {
	if p := recover(); p != nil {
		w.err = fmt.Errorf("panic: %v", p)
	}
}

// due reports whether something of the change is to be done in a wave. A
// change without steps is due once, to be told as done.
func (w *work) due(wave int) bool {
	return !w.over && (w.next == len(w.change.Steps) || w.change.Steps[w.next].Wave <= wave)
}

// result returns what became of the change.
func (w *work) result() sync.Result {
	res := sync.Result{Change: w.change, Outcome: sync.Done, Done: w.next, User: w.user, Lessons: w.lessons, TokensLeft: w.tokensLeft}
	err := cmp.Or(w.err, w.unfinished)
	if w.err != nil && w.unfinished != nil {
		err = noted(w.err, w.unfinished.Error())
	}
	var h *hold
	switch {
	case errors.As(err, &h):
		res.Outcome, res.Reason, res.Err = sync.Held, h.reason, h.err
	case err != nil:
		res.Outcome, res.Err = sync.Failed, err
	}
	return res
}

// left returns the result of a change that was not ended because the run
// stopped.
func (w *work) left() sync.Result {
	res := sync.Result{Change: w.change, Outcome: sync.Skipped, Done: w.next, User: w.user}
	if w.next > 0 {
		res.Outcome, res.Err = sync.Failed, cmp.Or(w.err, errStopped)
	}
	return res
}

// A dispatch hands out works and takes them back. One goroutine has it.
type dispatch struct {
	run     *run
	pace    *pace
	done    func(sync.Result)
	ended   chan *work
	trouble uint64 // as last seen
	failed  int    // in a row
	stop    error
}

// wave carries out the steps of a wave and returns when the last has ended.
func (d *dispatch) wave(ctx, calls context.Context, wave int, all []*work) {
	flying := 0
	for i := 0; ; {
		for ; i < len(all) && flying < d.pace.limit && d.stop == nil && ctx.Err() == nil; i++ {
			if w := all[i]; w.due(wave) {
				go func() {
					defer func() { d.ended <- w }()
					defer w.rescue()
					d.run.steps(calls, w, wave)
				}()
				flying++
			}
		}
		if flying == 0 {
			return
		}
		d.take(<-d.ended)
		flying--
	}
}

// take looks at a work that came back.
func (d *dispatch) take(w *work) {
	d.keepPace(w.laps)
	w.laps = nil
	if w.err == nil && w.next < len(w.change.Steps) {
		return // the rest is for a later wave
	}
	w.over = true
	res := w.result()
	d.failed++
	if res.Outcome != sync.Failed {
		d.failed = 0
	}
	switch {
	case d.stop != nil:
	case errors.Is(w.err, mattermost.ErrUnauthorized), errors.Is(w.err, ErrNotAdmin):
		d.stop = w.err
	case errors.Is(w.unfinished, mattermost.ErrUnauthorized):
		d.stop = w.unfinished
	case d.failed >= maxFailures:
		d.stop = fmt.Errorf("%w; the last: %w", ErrGaveUp, w.err)
	}
	d.done(res)
}

// keepPace tells the pace how it went.
func (d *dispatch) keepPace(laps []lap) {
	before := d.pace.limit
	now := d.run.api.Trouble()
	if now != d.trouble {
		d.pace.strained()
		d.trouble = now
	} else {
		for _, l := range laps {
			d.pace.note(l.kind, l.took)
		}
	}
	if d.pace.limit < before {
		d.run.sink.cfg.Log.Info("slower pace", zap.Int("parallel", d.pace.limit))
	}
}
