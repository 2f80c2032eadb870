package metrics

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/directory-sync/syncd/sync"
)

// other is the label of a call or an outcome that New was not told of.
const other = "other"

// The values of the label kind of sink_seats.
const (
	seatsUsed  = "used"
	seatsLimit = "limit"
)

// callBuckets reach from a look-up in the server's cache to the client's
// longest timeout.
func callBuckets() []float64 {
	return []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 30}
}

// sinkMetrics say what the server allows, and how it answered.
type sinkMetrics struct {
	calls, outcomes []string
	seats, failed   *prometheus.GaugeVec
	applied         *prometheus.CounterVec
	requests        *prometheus.CounterVec
	latency         *prometheus.HistogramVec
}

func newSinkMetrics(m *maker, calls, outcomes []string) sinkMetrics {
	byCall := Label{"call", slices.Clone(calls)}
	return sinkMetrics{
		calls: slices.Clone(calls), outcomes: slices.Clone(outcomes),
		seats: m.gauge("sink_seats",
			"Accounts that take a seat on the server, and how many may; the limit is absent if none is known. As read by the last run before its first write.",
			Label{"kind", []string{seatsUsed, seatsLimit}}),
		applied: m.counter("applied_steps_total",
			"Steps that runs came to carry out, by what became of them.",
			byStep(), Label{"result", names(sync.Outcomes())}),
		failed: m.gauge("failed_steps",
			"Steps that failed in the last run that carried out a plan, by kind; 0 as well once a run made by hand was successful.", byStep()),
		requests: m.counter("sink_requests_total",
			"Requests to the server, each try counted.", byCall, Label{"outcome", outcomes}),
		latency: m.histogram("sink_request_duration_seconds",
			"Time from a request to the server to the end of its answer.", callBuckets(), byCall),
	}
}

func (m sinkMetrics) observe(r sync.Report) {
	if f := r.Facts; f.Version != "" || f.Users > 0 || f.ActiveUsers > 0 {
		m.observeSeats(f)
	}
	if !r.Applied && len(r.Results) == 0 {
		return // it came to no step, so those that failed before are still to do
	}
	failed := make(map[sync.StepKind]int)
	for _, res := range r.Results {
		m.observeResult(res, failed)
	}
	setAll(m.failed, sync.StepKinds(), failed)
}

func (m sinkMetrics) observeSeats(f sync.Facts) {
	m.seats.WithLabelValues(seatsUsed).Set(float64(f.ActiveUsers))
	if f.SeatLimit <= 0 {
		m.seats.DeleteLabelValues(seatsLimit)
		return
	}
	m.seats.WithLabelValues(seatsLimit).Set(float64(f.SeatLimit))
}

// observeResult counts each step of a change: those that were carried out, the
// one at which it ended, and those that it did not come to. It adds to those that
// failed.
func (m sinkMetrics) observeResult(res sync.Result, failed map[sync.StepKind]int) {
	for i, s := range res.Change.Steps {
		outcome := sync.Skipped
		switch {
		case i < res.Done || res.Outcome == sync.Done:
			outcome = sync.Done
		case i == res.Done:
			outcome = res.Outcome
		}
		if outcome == sync.OutcomeNone {
			outcome = sync.Skipped
		}
		m.applied.WithLabelValues(s.Kind.String(), outcome.String()).Inc()
		if outcome == sync.Failed {
			failed[s.Kind]++
		}
	}
}

func (m sinkMetrics) call(name, outcome string, took time.Duration) {
	if !slices.Contains(m.calls, name) {
		name = other
	}
	if !slices.Contains(m.outcomes, outcome) {
		outcome = other
	}
	m.requests.WithLabelValues(name, outcome).Inc()
	m.latency.WithLabelValues(name).Observe(took.Seconds())
}
