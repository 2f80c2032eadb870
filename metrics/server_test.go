package metrics

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

const anyPort = "127.0.0.1:0"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPages(t *testing.T) {
	_, reg := newMetrics()
	s := listen(t, reg, nil)
	tests := []struct {
		method, path string
		status       int
		body         string // what it begins with
	}{
		{"GET", "/", 200, "syncd\n"},
		{"HEAD", "/", 200, ""},
		{"GET", "/metrics", 200, "# HELP syncd_applied_steps_total "},
		{"HEAD", "/metrics", 200, ""},
		{"GET", "/-/healthy", 200, "healthy\n"},
		{"HEAD", "/-/healthy", 200, ""},
		{"GET", "/-/ready", 200, "ready\n"},
		{"GET", "/-/nothing", 404, ""},
		{"GET", "/metrics/", 404, ""},
		{"POST", "/metrics", 405, ""},
		{"DELETE", "/-/healthy", 405, ""},
		{"PUT", "/-/ready", 405, ""},
		{"OPTIONS", "/", 405, ""},
	}
	for _, tt := range tests {
		status, header, body := ask(t, tt.method, s, tt.path)
		if status != tt.status || !strings.HasPrefix(body, tt.body) {
			t.Errorf("%s %s: got %d %.60q, want %d %q", tt.method, tt.path, status, body, tt.status, tt.body)
		}
		if got, want := header.Get("Allow"), "GET, HEAD"; tt.status == 405 && got != want {
			t.Errorf("%s %s: got Allow %q, want %q", tt.method, tt.path, got, want)
		}
		if got, want := header.Get("Content-Type"), "text/plain"; !strings.HasPrefix(got, want) {
			t.Errorf("%s %s: got Content-Type %q, want %q", tt.method, tt.path, got, want)
		}
	}
}

func TestReadyPage(t *testing.T) {
	var reason atomic.Pointer[error]
	s := listen(t, prometheus.NewRegistry(), func() error {
		if err := reason.Load(); err != nil {
			return *err
		}
		return nil
	})
	err := errors.New("the configuration is not loaded")
	reason.Store(&err)
	status, _, body := ask(t, "GET", s, "/-/ready")
	if want := "not ready: the configuration is not loaded\n"; status != 503 || body != want {
		t.Errorf("before: got %d %q, want 503 %q", status, body, want)
	}
	if status, _, _ := ask(t, "GET", s, "/-/healthy"); status != 200 {
		t.Errorf("healthy before ready: got %d, want 200", status)
	}
	reason.Store(nil)
	if status, _, body := ask(t, "GET", s, "/-/ready"); status != 200 || body != "ready\n" {
		t.Errorf("after: got %d %q, want 200 \"ready\\n\"", status, body)
	}
}

func TestListenErrors(t *testing.T) {
	s := listen(t, prometheus.NewRegistry(), nil)
	for _, addr := range []string{s.Addr().String(), "127.0.0.1:no-such-port", "127.0.0.1"} {
		second, err := Listen(Page{Addr: addr, Metrics: prometheus.NewRegistry()})
		if err == nil {
			second.Shutdown(t.Context())
			t.Errorf("%s: got no error", addr)
		} else if !strings.HasPrefix(err.Error(), "metrics page: listen") {
			t.Errorf("%s: got %q, which does not say what was done", addr, err)
		}
	}
}

func TestDefaultIsLoopback(t *testing.T) {
	host, _, err := net.SplitHostPort(DefaultAddr)
	if err != nil || !net.ParseIP(host).IsLoopback() {
		t.Errorf("got %s, which others can reach (%v)", DefaultAddr, err)
	}
}

func TestLongHeaderRefused(t *testing.T) {
	s := listen(t, prometheus.NewRegistry(), nil)
	req := request(t, "GET", s, "/")
	req.Header.Set("X-Long", strings.Repeat("x", 4*headerBytes))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got, want := res.StatusCode, http.StatusRequestHeaderFieldsTooLarge; got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}

func TestBrokenCollectorIsSaid(t *testing.T) {
	var text bytes.Buffer
	s, err := Listen(Page{Addr: anyPort, Metrics: registry(broken{}), Log: slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		t.Fatal(err)
	}
	status, _, _ := ask(t, "GET", s, "/metrics")
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if status != 500 || !strings.Contains(text.String(), "collector broke") {
		t.Errorf("got %d and the log %q, want 500 and the reason", status, text.String())
	}
}

func TestShutdownLetsRequestsEnd(t *testing.T) {
	g := newSlow()
	s := listen(t, registry(g), nil)
	answer := make(chan int, 1)
	go func() { answer <- g.scrape(s) }()
	<-g.begun
	ended := make(chan error, 1)
	go func() { ended <- s.Shutdown(context.WithoutCancel(t.Context())) }()
	<-s.Done() // no new connection is taken from here on
	close(g.release)
	if got := <-answer; got != 200 {
		t.Errorf("the scrape in flight: got %d, want 200", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("got %v, want nil", err)
	}
	if _, err := http.DefaultClient.Do(request(t, "GET", s, "/")); err == nil {
		t.Error("the server still answers")
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Errorf("a second time: got %v, want nil", err)
	}
}

func TestShutdownIsBounded(t *testing.T) {
	g := newSlow()
	s := listen(t, registry(g), nil)
	answer := make(chan int, 1)
	go func() { answer <- g.scrape(s) }()
	<-g.begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("got %v, want nil: a slow client is no fault of ours", err)
	}
	if got := <-answer; got != 0 {
		t.Errorf("the scrape in flight: got status %d, want a cut connection", got)
	}
	close(g.release)
}

func TestServeThatBreaksIsSaid(t *testing.T) {
	s := listen(t, prometheus.NewRegistry(), nil)
	s.listener.Close()
	<-s.Done()
	if err := s.Shutdown(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want %v", err, net.ErrClosed)
	}
}

// slow is a collector that waits to be released.
type slow struct{ begun, release chan struct{} }

func newSlow() *slow { return &slow{make(chan struct{}), make(chan struct{})} }

func (*slow) Describe(chan<- *prometheus.Desc) {}

func (g *slow) Collect(chan<- prometheus.Metric) {
	close(g.begun)
	<-g.release
}

// broken is a collector that fails.
type broken struct{}

func (broken) Describe(chan<- *prometheus.Desc) {}

func (broken) Collect(found chan<- prometheus.Metric) {
	err := errors.New("collector broke")
	found <- prometheus.NewInvalidMetric(prometheus.NewInvalidDesc(err), err)
}

func registry(c prometheus.Collector) *prometheus.Registry {
	reg := prometheus.NewRegistry()
	reg.MustRegister(c)
	return reg
}

// scrape returns the status of a scrape, 0 if it got none.
func (g *slow) scrape(s *Server) int {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get("http://" + s.Addr().String() + "/metrics")
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	return res.StatusCode
}

func listen(t *testing.T, g prometheus.Gatherer, ready func() error) *Server {
	t.Helper()
	s, err := Listen(Page{Addr: anyPort, Metrics: g, Ready: ready})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		s.Shutdown(ctx)
	})
	return s
}

func request(t *testing.T, method string, s *Server, path string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.Addr().String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	return req
}

func ask(t *testing.T, method string, s *Server, path string) (int, http.Header, string) {
	t.Helper()
	res, err := http.DefaultClient.Do(request(t, method, s, path))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}
