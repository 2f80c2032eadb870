package metrics

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/exporter-toolkit/web"
)

// DefaultAddr is where Listen listens unless it is told otherwise.
const DefaultAddr = "127.0.0.1:9494"

// What a client may cost. A scrape takes milliseconds; what takes longer is
// not a scrape.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	gatherTimeout = 20 * time.Second
	headerBytes   = 16 << 10
	scrapes       = 8 // at a time
)

// A Server answers over HTTP how syncd is doing:
//
//	/metrics     the metrics, for Prometheus
//	/-/healthy   200 while the process lives
//	/-/ready     200 once a run has read both sides, or with ErrStandby; 503 and
//	             the reason before
//	/            what there is, or the pages that Listen was given
type Server struct {
	http     *http.Server
	listener net.Listener
	done     chan struct{}
	err      error // why it stopped serving; read after done
}

// A Page says where and how to serve.
type Page struct {
	Addr       string // DefaultAddr if that is empty
	ConfigFile string // of exporter-toolkit: TLS, users, headers; "": neither
	Metrics    prometheus.Gatherer
	Ready      func() error // nil: always ready
	Home       http.Handler // gets what else is asked for, GET and HEAD only; nil: / says what there is
	Log        *slog.Logger // nil: silent
}

// Listen begins to serve a page. The caller owes a Shutdown.
func Listen(p Page) (*Server, error) {
	if p.Addr == "" {
		p.Addr = DefaultAddr
	}
	if err := CheckConfigFile(p.ConfigFile); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", p.Addr)
	if err != nil {
		return nil, fmt.Errorf("metrics page: %w", err)
	}
	p.Log = orSilent(p.Log)
	wrong := slog.NewLogLogger(p.Log.Handler(), slog.LevelError)
	s := &Server{
		http: &http.Server{
			Handler:           pages(p.Metrics, p.Ready, p.Home, wrong),
			ErrorLog:          wire{p.Log}.logger(),
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    headerBytes,
		},
		listener: l,
		done:     make(chan struct{}),
	}
	go s.serve(p)
	return s, nil
}

// CheckConfigFile says what is wrong with a web configuration file and what it
// refers to.
func CheckConfigFile(path string) error {
	if path == "" {
		return nil
	}
	if err := web.Validate(path); err != nil { // of several lines, if it is about YAML
		return fmt.Errorf("web configuration file %s: %s", path, strings.Join(strings.Fields(err.Error()), " "))
	}
	return nil
}

func (s *Server) serve(p Page) {
	defer close(s.done)
	if err := web.Serve(s.listener, s.http, &web.FlagConfig{WebConfigFile: &p.ConfigFile}, p.Log); !errors.Is(err, http.ErrServerClosed) {
		s.err = fmt.Errorf("metrics page: %w", err)
	}
}

// Addr returns the address on which the server listens, with the port that was
// found if it was asked for any.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Done is closed when the server takes no more connections, be it because of
// Shutdown or because it broke.
func (s *Server) Done() <-chan struct{} { return s.done }

// Shutdown lets the requests in flight end, until the context is done, and
// cuts off those that remain. It returns why the server stopped serving if it
// did so on its own. It can be called again.
func (s *Server) Shutdown(ctx context.Context) error {
	if err := s.http.Shutdown(ctx); err != nil {
		_ = s.http.Close() // the clients that were too slow are not told why
	}
	<-s.done
	return s.err
}

// orSilent returns the logger, or one that says nothing.
func orSilent(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}
