package mmsim_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/directory-sync/syncd/sink/mmsim"
)

func limited(t *testing.T, l mmsim.RateLimit) (*world, *time.Time) {
	now := time.UnixMilli(1_800_000_000_000)
	return newWorld(t, mmsim.Config{RateLimit: &l, Now: func() time.Time { return now }}), &now
}

func rates(h http.Header) string {
	return fmt.Sprint(h["X-Ratelimit-Limit"], h["X-Ratelimit-Remaining"], h["X-Ratelimit-Reset"], h["Retry-After"])
}

func TestRateLimit(t *testing.T) {
	w, now := limited(t, mmsim.RateLimit{PerSec: 10, MaxBurst: 100})
	check(t, "the first", rates(w.do("", "GET", "/system/ping", "").header), "[101] [100] [1] []")
	for i := 2; i <= 101; i++ { // tokens and anonymous calls share a bucket
		if got := w.do([]string{w.admin, w.plain, "x"}[i%3], "GET", "/system/ping", ""); got.status != 200 {
			t.Fatalf("call %d: got %v, want 200", i, got)
		}
	}
	for range 5 {
		got := w.root("GET", "/users/me", "")
		check(t, "refused", got.status, 429)
		check(t, "body", got.text, "limit exceeded\n")
		check(t, "kind", got.header.Get("Content-Type"), "text/plain; charset=utf-8")
		check(t, "rates", rates(got.header), "[101] [0] [11] [1]")
		check(t, "request id", got.header.Get("X-Request-Id"), "")
	}
	*now = now.Add(2 * time.Second)
	passed := 0
	for range 40 {
		if w.root("GET", "/users/me", "").status == 200 {
			passed++
		}
	}
	check(t, "passed after two seconds", passed, 20)
}

func TestRateLimitByUser(t *testing.T) {
	w, _ := limited(t, mmsim.RateLimit{PerSec: 10, MaxBurst: 4, VaryByUser: true})
	check(t, "headers come twice", rates(w.root("GET", "/users/me", "").header), "[5 5] [4 4] [1 1] []")
	for range 4 {
		w.root("GET", "/users/me", "")
	}
	got := w.root("GET", "/users/me", "")
	check(t, "refused", got.status, 429)
	check(t, "once then", rates(got.header), "[5] [0] [1] [1]")
	check(t, "another token", w.do(w.plain, "GET", "/users/me", "").status, 200)
	check(t, "another token of the same user", w.do(w.Token(w.ids["root"]), "GET", "/users/me", "").status, 429)
	check(t, "nobody", rates(w.do("", "GET", "/system/ping", "").header), "[5] [4] [1] []")
}

func TestNoRateLimit(t *testing.T) {
	check(t, "rates", rates(newWorld(t, mmsim.Config{}).root("GET", "/users/me", "").header), "[] [] [] []")
}
