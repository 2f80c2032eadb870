package metrics

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// TestHome: what Listen is given answers what nothing else does, reading only.
func TestHome(t *testing.T) {
	home := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "home of "+r.URL.Path) })
	s, err := Listen(Page{Addr: anyPort, Metrics: prometheus.NewRegistry(), Home: home})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		s.Shutdown(ctx)
	})
	tests := []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/", 200, "home of /"}, {"GET", "/runs/x", 200, "home of /runs/x"}, {"GET", "/-/healthy", 200, "healthy\n"},
		{"GET", "/metrics", 200, ""}, {"HEAD", "/", 200, ""}, {"POST", "/", 405, ""}, {"PUT", "/runs/x", 405, ""},
		{"DELETE", "/", 405, ""}, {"POST", "/-/ready", 405, ""}, {"OPTIONS", "/runs", 405, ""},
	}
	for _, tt := range tests {
		status, header, body := ask(t, tt.method, s, tt.path)
		if status != tt.status || !strings.HasPrefix(body, tt.body) {
			t.Errorf("%s %s: got %d %.60q, want %d %q", tt.method, tt.path, status, body, tt.status, tt.body)
		}
		if got, want := header.Get("Allow"), "GET, HEAD"; tt.status == 405 && got != want {
			t.Errorf("%s %s: got Allow %q, want %q", tt.method, tt.path, got, want)
		}
	}
}

// TestNotified: what nobody knows is not counted.
func TestNotified(t *testing.T) {
	m, reg := newMetrics()
	before := scrape(t, reg)
	for _, result := range []string{NotifySent, NotifySent, NotifyFailed, NotifyDropped, "https://example.org/hooks/x"} {
		m.Notified(result)
	}
	want := `syncd_notifications_total{result="dropped"} 1
syncd_notifications_total{result="failed"} 1
syncd_notifications_total{result="sent"} 2`
	if got := strings.Join(changed(before, scrape(t, reg)), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
