package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/directory-sync/syncd/sync"
)

// sourceMetrics say what was read.
type sourceMetrics struct {
	entries, excluded, identities, complete, rejects, fill, sentinels, took *prometheus.GaugeVec
}

func newSourceMetrics(m *maker) sourceMetrics {
	return sourceMetrics{
		entries: m.gauge("source_entries",
			"Records of the last whole read, those that the filter left out included.", bySource()),
		excluded: m.gauge("source_excluded",
			"Records of the last whole read that the filter left out.", bySource()),
		identities: m.gauge("source_identities",
			"People of the last whole read: records that became an identity.", bySource()),
		took: m.gauge("source_read_duration_seconds",
			"Time that the last whole read took.", bySource()),
		complete: m.gauge("source_complete",
			"Whether the last attempt to read the source was a whole one.", bySource()),
		rejects: m.gauge("source_rejects",
			"Records of the last whole read that did not become an identity.", bySource()),
		sentinels: m.gauge("source_sentinels",
			"Sentinels that the last whole read had.", bySource()),
		fill: m.gauge("source_fill_ratio",
			"Share of the identities of the last whole read that have a value, by field.",
			bySource(), Label{"field", names(sync.Fields())}),
	}
}

// all returns what has the label source.
func (m sourceMetrics) all() []*prometheus.GaugeVec {
	return []*prometheus.GaugeVec{m.entries, m.excluded, m.identities, m.complete, m.rejects, m.fill, m.sentinels, m.took}
}

func (m sourceMetrics) observe(r sync.Report) {
	for _, s := range r.Sources { // none was read: nothing is known, neither that they can be nor that they cannot
		m.observeOne(s)
	}
}

func (m sourceMetrics) observeOne(s sync.SourceReport) {
	if s.Err != nil {
		m.complete.WithLabelValues(s.Name).Set(0)
		return
	}
	m.complete.WithLabelValues(s.Name).Set(1)
	m.entries.WithLabelValues(s.Name).Set(float64(s.Receipt.Entries))
	m.excluded.WithLabelValues(s.Name).Set(float64(s.Receipt.Excluded))
	m.identities.WithLabelValues(s.Name).Set(float64(s.Read))
	m.took.WithLabelValues(s.Name).Set(s.Receipt.Took.Seconds())
	m.sentinels.WithLabelValues(s.Name).Set(float64(s.Receipt.Sentinels))
	m.rejects.WithLabelValues(s.Name).Set(float64(len(s.Rejects)))
	if s.Read <= 0 {
		return // a share of nobody says nothing
	}
	for _, f := range sync.Fields() {
		m.fill.WithLabelValues(s.Name, f.String()).Set(float64(s.Receipt.Filled[f]) / float64(s.Read))
	}
}
