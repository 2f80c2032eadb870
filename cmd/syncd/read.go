package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	stdsync "sync"
	"time"

	"github.com/directory-sync/syncd/sync"
)

// A feed is a source as a run reads it.
type feed struct {
	sync.Source
	joins bool // its records say who is the same person in other sources

	pictures sync.Gallery // nil: there are none
}

func names(feeds []feed) []string {
	var all []string
	for _, f := range feeds {
		all = append(all, f.Name())
	}
	return all
}

// unread reports whether a source was not read in a run that went on without
// it.
func unread(r sync.Report) bool {
	for _, s := range r.Sources {
		if s.Err != nil {
			return true
		}
	}
	return false
}

// read reads both sides at the same time. The first failure ends both, and is
// the one that counts; but of several sources one may fail.
func (c *cycle) read(ctx context.Context, r *sync.Report) (sync.Input, sync.Guard, error) {
	start := c.now()
	defer func() { r.Took[sync.PhaseRead] = c.now().Sub(start) }()
	in := sync.Input{Policy: c.policy, Now: start}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var readings []sync.Reading
	read := make(chan struct{})
	go func() {
		defer close(read)
		readings = c.readSources(ctx, cancel, r)
	}()
	guard, err := c.ours(ctx, &in)
	if err != nil {
		cancel(err)
	}
	<-read
	if err := context.Cause(ctx); err != nil {
		return in, guard, err
	}
	r.Facts = in.Facts
	in.Roster = sync.NewRoster(readings, in.Links, c.split)
	if err := c.checkSplit(in); err != nil {
		return in, guard, err
	}
	for i, read := range in.Roster.Readings {
		r.Sources[i].Joined = read.Joined
	}
	if in.Users, err = c.wanted(ctx, in); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return in, guard, cause
		}
		return in, guard, endError{sync.SinkFailed, err}
	}
	return in, guard, nil
}

// checkSplit refuses a key that is nobody's: a slip in it would do nothing, and
// say so nowhere.
func (c *cycle) checkSplit(in sync.Input) error {
	for _, k := range c.split {
		_, alias := in.Roster.Alias[k]
		known := alias || slices.ContainsFunc(in.Links, func(l sync.Link) bool { return l.Key == k }) ||
			slices.ContainsFunc(in.Roster.Identities, func(id sync.Identity) bool { return id.Key == k })
		if !known {
			return usageError{fmt.Errorf("--split %s: nobody has this key", k)}
		}
	}
	return nil
}

// readSources reads every source. When all of them fail it cancels, and says
// why; when something else was canceled first, it says nothing.
func (c *cycle) readSources(ctx context.Context, cancel context.CancelCauseFunc, r *sync.Report) []sync.Reading {
	readings := make([]sync.Reading, len(c.feeds))
	reports := make([]sync.SourceReport, len(c.feeds))
	pictures, err := c.picturesDue(ctx)
	if err != nil {
		cancel(err)
	}
	var all stdsync.WaitGroup
	for i, f := range c.feeds {
		all.Go(func() {
			readings[i], reports[i] = f.read(ctx, pictures)
			if err := reports[i].Err; err != nil && len(c.feeds) == 1 {
				cancel(endError{sync.SourceFailed, err})
			}
		})
	}
	all.Wait()
	var failed []error
	for _, s := range reports {
		if s.Err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", s.Name, s.Err))
		}
	}
	if len(failed) == len(c.feeds) && len(failed) > 1 {
		cancel(endError{sync.SourceFailed, errors.Join(failed...)})
	}
	if cause := context.Cause(ctx); cause == nil || endOf(cause) == sync.SourceFailed {
		r.Sources = reports
	}
	return readings
}

// read reads one source. A panic in it is a failure of that source.
func (f feed) read(ctx context.Context, pictures bool) (reading sync.Reading, report sync.SourceReport) {
	reading = sync.Reading{Source: f.Name(), Joins: f.joins}
	report.Name = f.Name()
	defer func() {
		if p := recover(); p != nil {
			reading.Failed, report.Err = true, endError{sync.Broken, fmt.Errorf("panic: %v", p)}
		}
	}()
	read := f.Source.Read
	if pictures && f.pictures != nil {
		read = f.pictures.ReadPictures
	}
	s, err := read(ctx)
	if err != nil {
		reading.Failed, report.Err = true, err
		return reading, report
	}
	reading.Snapshot = s
	report.Receipt, report.Read, report.Rejects = s.Receipt, len(s.Identities), s.Rejects
	return reading, report
}

// ours reads what syncd remembers, and then the accounts that are linked.
func (c *cycle) ours(ctx context.Context, in *sync.Input) (sync.Guard, error) {
	guard, err := c.recall(ctx, in)
	if err != nil {
		return guard, err
	}
	in.Facts, in.Users, err = c.linked(ctx, in.Links)
	return guard, err
}

// recall reads what syncd remembers.
func (c *cycle) recall(ctx context.Context, in *sync.Input) (guard sync.Guard, err error) {
	guard = c.guard
	if in.Links, err = c.memory.Links(ctx); err != nil {
		return guard, err
	}
	if in.Open, err = c.memory.OpenIntents(ctx); err != nil {
		return guard, err
	}
	guard.Last = make(map[string]sync.Read)
	for _, name := range names(c.feeds) {
		if guard.Last[name], err = c.memory.LastRead(ctx, name); err != nil {
			return guard, err
		}
	}
	if guard.Spent, err = c.memory.Spent(ctx, in.Now.Add(-budgetTime)); err != nil {
		return guard, err
	}
	accepted, err := c.memory.Accepted(ctx)
	if guard.Attended = c.attended; accepted != "" && accepted != c.digest && c.policy.Mode != sync.Observe {
		guard.Config = sync.ConfigChanged
	}
	return guard, err
}

// budgetTime is how far back the budgets of limits look.
const budgetTime = 24 * time.Hour

func (c *cycle) linked(ctx context.Context, links []sync.Link) (sync.Facts, []sync.User, error) {
	facts, err := c.facts(ctx)
	if err != nil || len(links) == 0 {
		return facts, nil, err
	}
	users, err := c.finder.Find(ctx, sync.LinkedQuery(links))
	if err != nil {
		err = endError{sync.SinkFailed, err}
	}
	return facts, users, err
}

// wanted adds whoever may hold a name that somebody wants.
func (c *cycle) wanted(ctx context.Context, in sync.Input) ([]sync.User, error) {
	q := sync.WantedQuery(in.Roster, in.Users, in.Links, in.Open)
	if q.Empty() {
		return in.Users, nil
	}
	more, err := c.finder.Find(ctx, q)
	return sync.Merge(in.Users, more), err
}
