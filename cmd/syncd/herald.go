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

// readTime bounds how long is looked for what people were told.
const readTime = 10 * time.Second

// looks returns how many runs are looked back, step by step: the first is enough
// for four days of a run each quarter of an hour.
func looks() []int { return []int{500, 3000, 6000, 30000} }

// How many runs are kept that the journal does not have, and how many a digest
// looks at.
const (
	unwroteKept = 500
	digestRuns  = 3000
)

// A herald decides what people are told of, and has it brought to them. Neither
// ever fails or delays a run.
type herald struct {
	*app
	past     past
	courier  *courier
	instance string
	unwrote  []state.Run // that the journal does not have, as it could not be written; the newest last
	blind    bool        // the journal could not be read the last time
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
	if len(h.courier.targets()) == 0 || s.Run == "" && s.End != sync.Broken { // of a plan nothing is told
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTime)
	defer cancel()
	for _, n := range h.news(ctx, s) {
		h.courier.offer(h.noticeOf(h.instance, n.occasion, s), func(t *target) bool { return t == n.target })
	}
}

// A news is what a target is told.
type news struct {
	*target
	occasion
}

// news finds out who is told of a run, and why. It looks further back if those
// few days are not in the first runs, and, if there is something to tell, to say
// when it began.
func (h *herald) news(ctx context.Context, s story) []news {
	steps := looks()
	for i, limit := range steps {
		runs, err := h.past.Runs(ctx, limit)
		h.saw(err)
		run, written := h.journaled(runs, s)
		before := slices.Concat(runs, h.unwrote)
		slices.SortStableFunc(before, func(a, b state.Run) int { return b.Started.Compare(a.Started) })
		whole := len(runs) < limit
		all := h.newsOf(run, before, whole)
		if !whole && i < len(steps)-1 && (!reaches(run, before) || len(all) > 0) {
			continue
		}
		if !written {
			h.unwrote = append(h.unwrote[max(0, len(h.unwrote)-unwroteKept):], run)
		}
		return all
	}
	return nil
}

func (h *herald) newsOf(run state.Run, before []state.Run, whole bool) []news {
	var all []news
	for _, t := range h.courier.targets() {
		if o, ok := occasionOf(t.On, run, before, whole); ok {
			all = append(all, news{t, o})
		}
	}
	return all
}

// saw says that the journal cannot be read, once until it can be again.
func (h *herald) saw(err error) {
	if err != nil && !h.blind {
		h.log.Warn("the journal does not say what was told, so the same may be told again", zap.Error(err))
	}
	h.blind = err != nil
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
		runs, err := h.past.Runs(ctx, digestRuns)
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
