package metrics

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const index = `syncd

/metrics     the metrics, for Prometheus
/-/healthy   200 while the process lives
/-/ready     200 once a run has read both sides, or while another daemon leads;
             503 and the reason before
`

// pages returns all that the server answers. The patterns begin with GET, so
// that the mux allows HEAD too and refuses the rest with 405.
func pages(g prometheus.Gatherer, ready func() error, home http.Handler, log *log.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(g, promhttp.HandlerOpts{
		ErrorLog:            log,
		MaxRequestsInFlight: scrapes,
		Timeout:             gatherTimeout,
	}))
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) {
		text(w, http.StatusOK, "healthy\n")
	})
	mux.HandleFunc("GET /-/ready", func(w http.ResponseWriter, _ *http.Request) {
		if ready != nil {
			err := ready()
			if errors.Is(err, ErrStandby) {
				text(w, http.StatusOK, fmt.Sprintf("ready: %v\n", err))
				return
			}
			if err != nil {
				text(w, http.StatusServiceUnavailable, fmt.Sprintf("not ready: %v\n", err))
				return
			}
		}
		text(w, http.StatusOK, "ready\n")
	})
	if home != nil {
		mux.Handle("GET /", home)
		return mux
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		text(w, http.StatusOK, index)
	})
	return mux
}

// text answers with plain text that no browser takes for anything else and
// nobody keeps.
func text(w http.ResponseWriter, status int, body string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // a client that left needs no answer
}
