package mattermost

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
)

// TestNoWriteThatIsNotAllowed: reads go on, and each try of a write is asked for.
func TestNoWriteThatIsNotAllowed(t *testing.T) {
	why := errors.New("another one writes")
	reads, writes, left := 0, 0, 1
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			reads++
			io.WriteString(w, person)
			return
		}
		writes++
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusTooManyRequests)
	}, func(cfg *Config) {
		cfg.Allow = func(context.Context) error {
			if left--; left < 0 {
				return why
			}
			return nil
		}
	})
	_, err := c.PatchUser(t.Context(), "u1", Patch{})
	if !errors.Is(err, why) || errors.Is(err, ErrUnknownOutcome) || errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, want only %v", err, why)
	}
	if writes != 1 {
		t.Errorf("got %d requests that write, want the one that was allowed", writes)
	}
	if _, err := c.User(t.Context(), "u1"); err != nil || reads != 1 {
		t.Errorf("a read: got %v after %d requests", err, reads)
	}
}
