package mattermost

import (
	"context"
	"net/http"
	"strconv"
	stdsync "sync"
	"time"

	"golang.org/x/time/rate"
)

// pace spreads requests so that the operator's limit holds and the server's
// bucket never runs dry.
type pace struct {
	own *rate.Limiter

	mu    stdsync.Mutex
	next  time.Time     // no request begins before
	gap   time.Duration // between two requests while the bucket is nearly empty
	limit int           // size of the server's bucket; 0: it has none
	left  int           // of it, as the server last said
}

// newPace returns a pace of so many requests a second; 0 means any number.
func newPace(perSecond float64) *pace {
	if perSecond <= 0 {
		return &pace{own: rate.NewLimiter(rate.Inf, 1)}
	}
	return &pace{own: rate.NewLimiter(rate.Limit(perSecond), 1)}
}

// wait returns when the next request may begin.
func (p *pace) wait(ctx context.Context) error {
	if err := sleep(ctx, p.own.Reserve().Delay()); err != nil {
		return err
	}
	return sleep(ctx, time.Until(p.slot(time.Now())))
}

// slot takes the next free moment.
func (p *pace) slot(now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next.Before(now) {
		p.next = now
	}
	at := p.next
	p.next = p.next.Add(p.gap)
	return at
}

// pause lets no request begin before a time has passed. Whoever asks for more
// than the most is asked again then: a run must come to its end.
func (p *pace) pause(now time.Time, d, most time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := now.Add(min(d, most)); until.After(p.next) {
		p.next = until
	}
}

// heed reads what the server says of its bucket. In the last quarter of it,
// requests are spread at the speed at which the server refills. The server
// counts the same request in two buckets if so configured, and says so by
// sending each header twice: the emptier one counts.
func (p *pace) heed(h http.Header) {
	limit, ok1 := least(h.Values("X-RateLimit-Limit"))
	left, ok2 := least(h.Values("X-RateLimit-Remaining"))
	reset, ok3 := most(h.Values("X-RateLimit-Reset"))
	if !ok1 || !ok2 || !ok3 || limit <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limit, p.left = limit, left
	p.gap = 0
	if used := limit - left; left < max(limit/4, 1) && used > 0 {
		p.gap = time.Duration(min(reset, 60)) * time.Second / time.Duration(used)
	}
}

// limited reports whether the server counts requests.
func (p *pace) limited() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.limit > 0
}

// least returns the smallest of some numbers.
func least(values []string) (int, bool) {
	return fold(values, func(a, b int) int { return min(a, b) })
}

// most returns the largest of some numbers.
func most(values []string) (int, bool) {
	return fold(values, func(a, b int) int { return max(a, b) })
}

func fold(values []string, pick func(a, b int) int) (int, bool) {
	var best int
	for i, v := range values {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return 0, false
		}
		if i == 0 {
			best = n
		}
		best = pick(best, n)
	}
	return best, len(values) > 0
}

// sleep waits, or returns why the context ended first.
func sleep(ctx context.Context, d time.Duration) error {
	if err := context.Cause(ctx); err != nil || d <= 0 {
		return err
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// retryAfter reads the header of that name: seconds or a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if v == "" {
		return 0
	}
	if n, err := strconv.Atoi(v); err == nil && n >= 0 && n < 1<<20 {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
