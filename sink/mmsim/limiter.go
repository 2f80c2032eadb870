package mmsim

import (
	"net"
	"net/http"
	"strconv"
	stdsync "sync"
	"time"
)

// A RateLimit is the server's RateLimitSettings. The bucket holds one more
// than MaxBurst.
type RateLimit struct {
	PerSec, MaxBurst int
	VaryByUser       bool // a bucket for each token and one for each user; else one for each address
}

// A limiter counts by the generic cell rate algorithm: it keeps of each bucket
// only when that will be full again. A nil limiter stands for none.
type limiter struct {
	RateLimit
	now func() time.Time

	mu   stdsync.Mutex
	full map[string]time.Time
}

func newLimiter(c Config) *limiter {
	if c.RateLimit == nil || c.RateLimit.PerSec <= 0 {
		return nil
	}
	return &limiter{RateLimit: *c.RateLimit, now: c.Now, full: map[string]time.Time{}}
}

// admit takes a request from the bucket of its token or address, and from that
// of its user if they have one. If one is empty it answers, and reports false.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) bool {
	l := s.limiter
	if l == nil {
		return true
	}
	if token := tokenOf(r); l.VaryByUser && token != "" {
		if !l.take(w, token) {
			return false
		}
		u, _ := s.session(token)
		return u == nil || l.take(w, "user "+u.ID)
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return l.take(w, host)
}

// take takes one from a bucket and says in the headers what is left.
func (l *limiter) take(w http.ResponseWriter, key string) bool {
	every := time.Second / time.Duration(l.PerSec)
	size := l.MaxBurst + 1
	now := l.now()

	l.mu.Lock()
	before := now
	if full := l.full[key]; full.After(now) {
		before = full
	}
	after := before.Add(every)
	wait := after.Add(-every * time.Duration(size)).Sub(now)
	if wait <= 0 {
		l.full[key] = after
		before = after
	}
	l.mu.Unlock()

	reset := before.Sub(now)
	h := w.Header()
	h.Add("X-Ratelimit-Limit", strconv.Itoa(size))
	h.Add("X-Ratelimit-Remaining", strconv.Itoa(int((every*time.Duration(size)-reset)/every)))
	h.Add("X-Ratelimit-Reset", seconds(reset))
	if wait <= 0 {
		return true
	}
	h.Set("Retry-After", seconds(wait))
	http.Error(w, "limit exceeded", http.StatusTooManyRequests)
	return false
}

// seconds returns a duration in whole seconds, rounded up.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
