package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
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
//	/-/ready     200 once a run has read both sides, 503 and the reason before
//	/            what there is, or the pages that Listen was given
type Server struct {
	http     *http.Server
	listener net.Listener
	done     chan struct{}
	err      error // why it stopped serving; read after done
}

// Listen begins to serve on addr, DefaultAddr if that is empty. A nil ready is
// always ready; a nil log is silent. What else is asked for goes to home, which
// gets GET and HEAD only; if that is nil, / says what there is. The caller owes a
// Shutdown.
func Listen(addr string, g prometheus.Gatherer, ready func() error, home http.Handler, log *log.Logger) (*Server, error) {
	if addr == "" {
		addr = DefaultAddr
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("metrics page: %w", err)
	}
	s := &Server{
		http: &http.Server{
			Handler:           pages(g, ready, home, orSilent(log)),
			ErrorLog:          orSilent(log),
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    headerBytes,
		},
		listener: l,
		done:     make(chan struct{}),
	}
	go s.serve()
	return s, nil
}

func (s *Server) serve() {
	defer close(s.done)
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
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

// orSilent returns the logger, or one that says nothing: to net/http, nil is
// the program's standard logger.
func orSilent(l *log.Logger) *log.Logger {
	if l == nil {
		return log.New(io.Discard, "", 0)
	}
	return l
}
