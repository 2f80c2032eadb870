package main

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/state"
	"github.com/directory-sync/syncd/sync"
)

// How many runs are looked back for what was told. Almost always the run before
// says it.
const (
	fewRuns  = 20
	manyRuns = 3000
	readTime = 10 * time.Second
)

// A herald decides what people are told of, and has it brought to them. Neither
// ever fails or delays a run.
type herald struct {
	*app
	past     past
	courier  *courier
	instance string
	unwrote  []state.Run // that the journal does not have, as it could not be written; the newest last
}

// use makes a configuration's targets the ones that are told.
func (h *herald) use(c *config.Config) error {
	targets, err := h.newTargets(c)
	if err != nil {
		return err
	}
	h.instance = c.Instance
	h.courier.use(targets)
	return nil
}

// ended tells people of a run, if there is something to tell.
func (h *herald) ended(ctx context.Context, s story) {
	if !h.courier.tells() || s.Run == "" && s.End != sync.Broken { // of a plan nothing is told
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTime)
	defer cancel()
	o, ok := h.occasion(ctx, s)
	if !ok {
		return
	}
	h.courier.offer(h.noticeOf(h.instance, o, s), func(t *target) bool { return t.wants(o) })
}

// occasion finds out whether people are told. A few runs back are enough unless
// trouble lasts.
func (h *herald) occasion(ctx context.Context, s story) (occasion, bool) {
	for _, limit := range []int{fewRuns, manyRuns} {
		runs, err := h.past.Runs(ctx, limit)
		if err != nil {
			h.log.Warn("the journal does not say what people were told, so they are told", zap.Error(err))
		}
		run, written := h.journaled(runs, s)
		before := slices.Concat(runs, h.unwrote)
		slices.SortStableFunc(before, func(a, b state.Run) int { return b.Started.Compare(a.Started) })
		whole := len(runs) < limit
		lasts := !slices.ContainsFunc(before, func(r state.Run) bool { return isTold(r) && eventOf(r.End) == "" })
		if !whole && lasts && limit < manyRuns {
			continue
		}
		if !written {
			h.unwrote = append(h.unwrote[max(0, len(h.unwrote)-fewRuns):], run)
		}
		return occasionOf(run, before, whole)
	}
	return occasion{}, false
}

// journaled returns a run as the journal has it, or, where its end could not be
// written down, as it was.
func (h *herald) journaled(runs []state.Run, s story) (state.Run, bool) {
	i := slices.IndexFunc(runs, func(r state.Run) bool { return r.ID == s.Run && s.Run != "" })
	if i >= 0 && !runs[i].Finished.IsZero() {
		return runs[i], true
	}
	return state.Run{ID: s.Run, Command: commandDaemon, Started: s.Started, Finished: s.Finished, End: s.End}, false
}

// digest tells whoever wants it what the time since the last digest brought.
func (h *herald) digest(ctx context.Context) {
	now := h.now()
	for _, t := range h.courier.due(now) {
		ctx, cancel := context.WithTimeout(ctx, readTime)
		runs, err := h.past.Runs(ctx, manyRuns)
		cancel()
		if err != nil {
			h.log.Warn("no digest, because the journal cannot be read", zap.Error(err))
			continue
		}
		after := t.digests.next(now)
		since := now.Add(-min(t.digests.next(after).Sub(after), longestDigest))
		if i := slices.IndexFunc(runs, func(r state.Run) bool { return r.Started.Before(since) }); i >= 0 {
			runs = runs[:i]
		}
		n := h.digestOf(h.instance, since, now, runs)
		h.courier.offer(n, func(x *target) bool { return x == t })
	}
}

// longestDigest is how far back a digest looks at most.
const longestDigest = 31 * 24 * time.Hour
