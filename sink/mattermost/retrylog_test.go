package mattermost

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// TestRetriesSayWhy: whoever reads in the log that a request is tried again
// reads why, and how long the server asked to wait.
func TestRetriesSayWhy(t *testing.T) {
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked++; asked == 1 {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "slow down", http.StatusTooManyRequests)
			return
		}
		_, _ = w.Write([]byte(person))
	}))
	defer srv.Close()
	core, lines := observer.New(zapcore.InfoLevel)
	c, err := NewReader(Config{URL: srv.URL, Token: token, FirstWait: time.Microsecond, Log: zap.New(core)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	if lines.Len() != 1 {
		t.Fatalf("got %d lines, want 1", lines.Len())
	}
	got, _ := lines.All()[0].ContextMap()["error"].(string)
	for _, want := range []string{"status 429", "too many requests", "asks to wait 1s"} {
		if !strings.Contains(got, want) {
			t.Errorf("got error %q, want %q in it", got, want)
		}
	}
}
