package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/directory-sync/syncd/sync"
)

// sourceMetrics say what was read.
type sourceMetrics struct {
	entries, complete, rejects, fill *prometheus.GaugeVec
}

func newSourceMetrics(m *maker) sourceMetrics {
	return sourceMetrics{
		entries: m.gauge("source_entries",
			"Records of the last whole read, those that the filter left out included.", bySource()),
		complete: m.gauge("source_complete",
			"Whether the last attempt to read the source was a whole one.", bySource()),
		rejects: m.gauge("source_rejects",
			"Records of the last whole read that did not become an identity.", bySource()),
		fill: m.gauge("source_fill_ratio",
			"Share of the identities of the last whole read that have a value, by field.",
			bySource(), Label{"field", names(sync.Fields())}),
	}
}

func (m sourceMetrics) observe(r sync.Report) {
	if r.End == sync.SourceFailed {
		m.complete.WithLabelValues(r.Source).Set(0)
		return
	}
	if r.Snapshot == (sync.Receipt{}) {
		return // not read, so nothing is known: neither that it can be nor that it cannot
	}
	m.complete.WithLabelValues(r.Source).Set(1)
	m.entries.WithLabelValues(r.Source).Set(float64(r.Snapshot.Entries))
	m.rejects.WithLabelValues(r.Source).Set(float64(len(r.Rejects)))
	people := r.Snapshot.Entries - r.Snapshot.Excluded - len(r.Rejects)
	if people <= 0 {
		return // a share of nobody says nothing
	}
	for _, f := range sync.Fields() {
		m.fill.WithLabelValues(r.Source, f.String()).Set(float64(r.Snapshot.Filled[f]) / float64(people))
	}
}
