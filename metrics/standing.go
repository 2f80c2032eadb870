package metrics

import "github.com/prometheus/client_golang/prometheus"

// standingMetrics say what the daemon itself is, whatever its runs find.
type standingMetrics struct{ leader, size *prometheus.GaugeVec }

func newStandingMetrics(m *maker) standingMetrics {
	return standingMetrics{
		leader: m.gauge("leader",
			"Whether this daemon carries out runs: 1, or 0 while it stands by for another one. A state in a file has one daemon, which leads."),
		size: m.gauge("state_size_bytes",
			"What the state takes on disk: the file with the log that is not yet part of it, or the tables in the database. Absent until it was measured."),
	}
}

// Leads says whether this daemon carries out runs or stands by.
func (m *Metrics) Leads(leads bool) {
	v := 1.0
	if !leads {
		v = 0
		m.retire()
	}
	one(m.standing.leader).Set(v)
}

// retire removes what an alert would stand on: the next leader finds it, and
// finds it mended.
func (m *Metrics) retire() {
	for _, found := range []*prometheus.GaugeVec{
		m.plan.refused, m.plan.headroom, m.plan.held, m.sink.failed, m.sink.seats, m.runs.next, m.runs.took, m.edge.certificate, m.edge.limit, m.edge.spacing,
	} {
		found.Reset()
	}
	one(m.runs.failures).Set(0)
	if names := m.named.Load(); names != nil {
		for _, name := range *names {
			m.forget(name)
		}
	}
}

// StateSize says how large the state is, in bytes.
func (m *Metrics) StateSize(bytes int64) { one(m.standing.size).Set(float64(bytes)) }
