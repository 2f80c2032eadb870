package main

import (
	"context"
	"errors"
	stdsync "sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"

	"github.com/directory-sync/syncd/metrics"
)

// Bounds of telling people. None of them is in the way of a run: a target has a
// queue of its own, and what does not fit is dropped.
const (
	noticesWaiting = 16
	noticeTries    = 4
	noticeFirst    = time.Second // before the second try; then it doubles
	noticeTime     = 2 * time.Minute
	courierGoodbye = 5 * time.Second  // how long the end of the daemon waits for what is on its way
	noticeNow      = 15 * time.Second // how long a single run waits for it
)

// A courier brings notices to targets, each at its own pace.
type courier struct {
	log  *zap.Logger
	told func(result string) // one of metrics.NotifySent and the like

	ctx    context.Context // of what is on its way
	cancel context.CancelCauseFunc
	all    stdsync.WaitGroup
	first  time.Duration

	mu    stdsync.Mutex // guards what follows
	lanes []*lane
}

// A lane is a target and what waits for it.
type lane struct {
	*target
	queue chan notice
}

func newCourier(log *zap.Logger, told func(string)) *courier {
	ctx, cancel := context.WithCancelCause(context.Background())
	return &courier{log: log, told: told, ctx: ctx, cancel: cancel, first: noticeFirst}
}

// use makes these the targets. What waits for those from before still goes out.
func (c *courier) use(targets []*target) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.lanes {
		close(l.queue)
	}
	c.lanes = nil
	for _, t := range targets {
		l := &lane{t, make(chan notice, noticesWaiting)}
		c.lanes = append(c.lanes, l)
		c.all.Go(func() { c.drive(l) })
	}
}

// drive brings one notice after the other.
func (c *courier) drive(l *lane) {
	for n := range l.queue {
		c.settle(l.target, n, c.bring(c.ctx, l.target, n))
	}
}

// settle says what became of a notice.
func (c *courier) settle(t *target, n notice, err error) {
	if err == nil {
		c.told(metrics.NotifySent)
		return
	}
	c.told(metrics.NotifyFailed)
	c.log.Warn(t.name+" was not told", zap.String("target", t.name), zap.String("event", n.Event), zap.String("run", n.Run), zap.Error(err))
}

// errEnds is why what is on its way is cut off.
var errEnds = errors.New("no answer before syncd ended")

// A noAnswer is for how long none came.
type noAnswer time.Duration

// Error says so.
func (n noAnswer) Error() string { return "no answer within " + short(time.Duration(n)) }

// bring sends a notice, again if that may help. If the time is up, the error is
// the last answer, or, if there was none, why it was up.
func (c *courier) bring(ctx context.Context, t *target, n notice) error {
	ctx, cancel := context.WithTimeoutCause(ctx, noticeTime, noAnswer(noticeTime))
	defer cancel()
	var answer error
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.Multiplier = c.first, 2
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := t.send(ctx, n)
		if ctx.Err() == nil {
			answer = err
		}
		return struct{}{}, err
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(noticeTries), backoff.WithMaxElapsedTime(noticeTime))
	if err == nil {
		return nil
	}
	if answer == nil {
		answer = context.Cause(ctx)
	}
	if permanent := new(backoff.PermanentError); errors.As(answer, &permanent) {
		return permanent.Err
	}
	return answer
}

// offer hands a notice to each target that wants it. It does not wait.
func (c *courier) offer(n notice, wanted func(*target) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.lanes {
		if !wanted(l.target) {
			continue
		}
		select {
		case l.queue <- n:
		default:
			c.told(metrics.NotifyDropped)
			c.log.Warn(l.name+" was not told, because too much waits for it already", zap.String("target", l.name), zap.String("event", n.Event))
		}
	}
}

// close waits so long for what is on its way, and cuts off the rest.
func (c *courier) close(patience time.Duration) {
	c.use(nil)
	cut := time.AfterFunc(patience, func() { c.cancel(errEnds) })
	defer cut.Stop()
	c.all.Wait()
	c.cancel(nil)
}

// targets returns whom there is to tell.
func (c *courier) targets() []*target {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]*target, len(c.lanes))
	for i, l := range c.lanes {
		all[i] = l.target
	}
	return all
}

// due returns the targets whose digest is due, and says when the next one is.
func (c *courier) due(now time.Time) []*target {
	c.mu.Lock()
	defer c.mu.Unlock()
	var due []*target
	for _, l := range c.lanes {
		if !l.next.IsZero() && !now.Before(l.next) {
			l.next = l.digests.next(now)
			due = append(due, l.target)
		}
	}
	return due
}
