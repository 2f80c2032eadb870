package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/directory-sync/syncd/sync"
)

// runMetrics say when runs took place and how they ended.
type runMetrics struct {
	attempt, success, failures, next, took *prometheus.GaugeVec
	ends                                   *prometheus.CounterVec
}

func newRunMetrics(m *maker) runMetrics {
	all := runMetrics{
		attempt: m.gauge("last_attempt_timestamp_seconds",
			"When the last run that has ended began, before the start of this process too; 0 if there was none."),
		success: m.gauge("last_success_timestamp_seconds",
			"When the last successful run ended, before the start of this process too; 0 if there was none."),
		failures: m.gauge("consecutive_failures",
			"Runs since the last successful one that were not successful, before the start of this process too. Runs that somebody stopped do not count."),
		ends: m.counter("runs_total",
			"Runs by how they ended.", Label{"end", names(sync.Ends())}),
		took: m.gauge("run_duration_seconds",
			"Time that the last run spent in each phase; 0 for one that it did not come to.",
			Label{"phase", names(sync.Phases())}),
		next: m.gauge("next_run_timestamp_seconds",
			"When the next run begins; absent if none is planned."),
	}
	for _, g := range []*prometheus.GaugeVec{all.attempt, all.success, all.failures} {
		one(g).Set(0)
	}
	return all
}

func (m runMetrics) observe(r sync.Report) {
	if r.End == sync.EndNone {
		return // not at its end, so not a run that can be counted
	}
	m.ends.WithLabelValues(r.End.String()).Inc()
	if !r.Started.IsZero() {
		one(m.attempt).Set(seconds(r.Started))
	}
	for _, p := range sync.Phases() {
		m.took.WithLabelValues(p.String()).Set(r.Took[p].Seconds())
	}
	switch {
	case succeeded(r):
		if r.Run == "" {
			return // a plan brings nobody into step, and ends no trouble
		}
		if r.End != sync.Observed {
			one(m.success).Set(seconds(latest(r.Started, r.Finished)))
		}
		one(m.failures).Set(0)
	case r.End != sync.Stopped:
		one(m.failures).Inc()
	}
}

// succeeded reports whether a run did what it could. People who are held do
// not spoil it: they are counted on their own, and one bad record must not hide
// for weeks that everything else is fresh.
func succeeded(r sync.Report) bool {
	switch r.End {
	case sync.InStep, sync.Observed:
		return true
	case sync.Partial:
		for _, s := range r.Sources {
			if s.Err != nil {
				return false
			}
		}
		for _, res := range r.Results {
			if res.Outcome == sync.Failed || res.Outcome == sync.Skipped {
				return false
			}
		}
		return r.Err == nil
	}
	return false
}

// A Past is how runs have gone that the daemon did not make, or not since its
// start. The zero time stands for a run that there was not.
type Past struct {
	Attempt  time.Time // when the last run that has ended began
	Success  time.Time // when the last successful one ended
	Failures int       // runs since then that were not successful
}

// Recall takes over how runs have gone.
func (m *Metrics) Recall(p Past) {
	for g, at := range map[*prometheus.GaugeVec]time.Time{m.runs.attempt: p.Attempt, m.runs.success: p.Success} {
		if !at.IsZero() {
			one(g).Set(seconds(at))
		}
	}
	one(m.runs.failures).Set(float64(p.Failures))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
