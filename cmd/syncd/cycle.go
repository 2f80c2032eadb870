package main

import (
	"context"
	"time"

	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// A cycle is one run over everything: it reads both sides, plans, asks the
// guard and, for a sync, applies and remembers. Planning has only a Finder,
// which cannot write.
type cycle struct {
	feeds  []feed
	finder sync.Finder
	memory *state.Reader
	policy sync.Policy
	guard  sync.Guard
	now    func() time.Time

	wishes
	secondLook bool
	lookAtAll  bool   // whatever the guard says: the plan is for somebody to let through
	endTokens  bool   // access tokens end with an account
	digest     string // of the configuration

	pictureTime time.Duration // so long after the last time pictures are read again
	gallery     *gallery      // nil: nobody uploads any
}

// plan stops before the first write.
func (c *cycle) plan(ctx context.Context) sync.Report {
	r := sync.Report{Started: c.now()}
	c.prepare(ctx, &r)
	if r.End == sync.InStep && unread(r) {
		r.End = sync.Partial
	}
	r.Finished = c.now()
	return r
}

// seen returns the report of a plan that nothing stands against, as what it is:
// where something is due, nobody was brought into step; where nothing is but
// somebody is held, not everybody is.
func seen(r sync.Report) sync.Report {
	switch {
	case r.End != sync.InStep:
	case len(r.Plan.Changes) > 0:
		r.End = sync.Observed
	case troubled(r.Plan):
		r.End = sync.Partial
	}
	return r
}

// sync goes to the end, and writes everything down on the way.
func (c *cycle) sync(ctx context.Context, sink sync.Sink, store *state.Store, start state.Start) sync.Report {
	ctx, stop := store.Bound(ctx)
	defer stop()
	r := sync.Report{Started: c.now()}
	start.Sources, start.At = names(c.feeds), r.Started
	if accepted, err := c.memory.Accepted(ctx); err == nil && accepted != c.digest && (c.attended || accepted == "") && c.bulk == nil {
		start.Accepts = c.digest
	}
	journal, err := store.Begin(ctx, start)
	if err != nil {
		r.End, r.Err, r.Finished = endOf(err), err, c.now()
		return r
	}
	r.Run = journal.ID()
	c.prepare(ctx, &r)
	switch {
	case r.End == sync.InStep && (c.policy.Mode != sync.Observe || c.only): // an adoption changes nobody
		c.apply(ctx, &r, sink, store, journal)
	case r.End == sync.InStep && unread(r):
		r.End = sync.Partial
	case r.End == sync.InStep:
		r.End = sync.Observed
	}
	r.Finished = c.now()
	if err := journal.Finish(context.WithoutCancel(ctx), r); err != nil {
		breaks(&r, err)
	}
	return r
}

// prepare reads, plans and asks the guard. The report's end is InStep when
// nothing stands against the plan.
func (c *cycle) prepare(ctx context.Context, r *sync.Report) {
	in, guard, err := c.read(ctx, r)
	if err != nil {
		r.End, r.Err = endOf(err), err
		return
	}
	start := c.now()
	r.Plan = c.newPlan(in)
	r.Verdict = guard.Check(r.Plan)
	r.Took[sync.PhasePlan] = c.now().Sub(start)
	for asked := make(map[sync.Key]bool); c.secondLook && c.bulk == nil && c.look(ctx, &in, r, asked); { // a hold may let another one leave
		r.Plan = c.newPlan(in)
		r.Verdict = guard.Check(r.Plan)
	}
	if in.Tokens, err = c.tokens(ctx, r.Plan); len(in.Tokens) > 0 {
		r.Plan = c.newPlan(in)
		r.Verdict = guard.Check(r.Plan)
	}
	if err == nil {
		err = context.Cause(ctx) // the look may have been cut short
	}
	if err != nil {
		r.End, r.Err = endOf(err), err
		return
	}
	if err := c.bulk.fits(r.Plan); err != nil {
		r.End, r.Err = endOf(err), err
		return
	}
	r.End = sync.InStep
	if len(r.Verdict.Refusals()) > 0 {
		r.End = sync.Refused
	}
}

// newPlan plans what the wishes are about.
func (c *cycle) newPlan(in sync.Input) sync.Plan {
	if c.bulk != nil {
		return sync.NewBulkMove(in, c.bulk.From, c.bulk.To)
	}
	return sync.NewPlan(in)
}

// apply carries out the plan. What is intended is on disk before the first
// call, each outcome right after its own.
func (c *cycle) apply(ctx context.Context, r *sync.Report, sink sync.Sink, store *state.Store, journal *state.Journal) {
	start := c.now()
	defer func() { r.Took[sync.PhaseApply] = c.now().Sub(start) }()
	err := c.carryOut(ctx, r, sink, store, journal)
	r.End, r.Err, r.Applied = applied(*r, err), err, true
	if e := store.Remember(context.WithoutCancel(ctx), r.Plan.Links); e != nil {
		breaks(r, e)
		r.Applied = false
	}
}

func (c *cycle) carryOut(ctx context.Context, r *sync.Report, sink sync.Sink, store *state.Store, journal *state.Journal) error {
	changes := r.Plan.Changes
	if len(changes) == 0 {
		return nil
	}
	if err := journal.Intend(ctx, changes, c.now()); err != nil {
		return endError{sync.Broken, err}
	}
	if err := store.Remember(ctx, r.Plan.Adoptions(c.now())); err != nil {
		return endError{sync.Broken, err}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	place := make(map[sync.Key]int, len(changes))
	for i := range changes {
		place[changes[i].Link.Key] = i
	}
	r.Results = make([]sync.Result, len(changes)) // in the plan's order, whatever the order of their ends
	defer c.gallery.open(changes)()
	var lessons []sync.Lesson
	err := sink.Apply(ctx, changes, func(res sync.Result) {
		lessons = append(lessons, res.Lessons...)
		r.Results[place[res.Change.Link.Key]] = res
		link, linked := res.LinkAfter(c.now())
		if e := journal.Record(context.WithoutCancel(ctx), res, link, linked, c.now()); e != nil {
			cancel(endError{sync.Broken, e}) // go no further than what can be remembered
		}
	})
	learned := store.Learn(context.WithoutCancel(ctx), lessons, c.now())
	switch cause := context.Cause(ctx); {
	case cause != nil:
		return cause
	case err != nil:
		return endError{sync.SinkFailed, err}
	case learned != nil:
		return endError{sync.Broken, learned}
	}
	return nil
}

// applied says how a run ended that applied its plan.
func applied(r sync.Report, err error) sync.End {
	trouble, done := troubled(r.Plan) || unread(r), false
	for _, res := range r.Results {
		trouble = trouble || res.Outcome != sync.Done
		done = done || res.Done > 0
	}
	switch {
	case err != nil && (endOf(err) != sync.SinkFailed || !done):
		return endOf(err)
	case err != nil || trouble:
		return sync.Partial
	}
	return sync.InStep
}
