package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The values of the label end: the two ends that syncd holds together.
const (
	endSource = "source"
	endSink   = "sink"
)

// The values of the label kind of sink_rate_limit_requests.
const (
	bucketSize = "limit"
	bucketLeft = "left"
)

// edgeMetrics say what the connections to both ends are like.
type edgeMetrics struct {
	limit, spacing, certificate *prometheus.GaugeVec
}

func newEdgeMetrics(m *maker) edgeMetrics {
	return edgeMetrics{
		limit: m.gauge("sink_rate_limit_requests",
			"Requests that the server's own rate limit allows in a burst, and how many of them are left; absent if the server has none.",
			Label{"kind", []string{bucketSize, bucketLeft}}),
		spacing: m.gauge("sink_request_spacing_seconds",
			"Time that syncd leaves between two requests, because the server's rate limit is nearly used up; 0 at full speed."),
		certificate: m.gauge("certificate_expiry_timestamp_seconds",
			"When the first certificate of the chain ends that was presented last; absent without TLS, and until there was a connection. The source is empty for the server.",
			Label{"end", []string{endSource, endSink}}, bySource()),
	}
}

// RateLimit says what the server told of its own rate limit, and how far apart
// requests are because of it. A size of zero means that it has none.
func (m *Metrics) RateLimit(size, left int, spacing time.Duration) {
	one(m.edge.spacing).Set(spacing.Seconds())
	if size <= 0 {
		m.edge.limit.Reset()
		return
	}
	m.edge.limit.WithLabelValues(bucketSize).Set(float64(size))
	m.edge.limit.WithLabelValues(bucketLeft).Set(float64(left))
}

// SinkCertificate says when the server's certificate ends. The zero time means
// that none is known, and changes nothing.
func (m *Metrics) SinkCertificate(end time.Time) { m.certificate(endSink, "", end) }

// SourceCertificate says when the certificate of a source's server ends.
func (m *Metrics) SourceCertificate(source string, end time.Time) {
	m.certificate(endSource, source, end)
}

func (m *Metrics) certificate(of, source string, end time.Time) {
	if !end.IsZero() {
		m.edge.certificate.WithLabelValues(of, source).Set(seconds(end))
	}
}
