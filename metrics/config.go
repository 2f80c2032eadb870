package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// configMetrics say which configuration is in use, and whether the last one
// that was read is that one.
type configMetrics struct {
	successful, success, hash *prometheus.GaugeVec
}

func newConfigMetrics(m *maker) configMetrics {
	return configMetrics{
		successful: m.gauge("config_last_reload_successful",
			"Whether the configuration that was read last is in use; 0 if it was refused and the one before stays."),
		success: m.gauge("config_last_reload_success_timestamp_seconds",
			"When the configuration that is in use was read."),
		hash: m.gauge("config_hash_info",
			"Always 1; the label is the digest of the configuration that is in use, --set included.", Label{Name: "sha256"}),
	}
}

// Configured says that a configuration is in use, by its digest in hexadecimal.
func (m *Metrics) Configured(sha256 string, at time.Time) {
	c := m.config
	c.hash.Reset()
	c.hash.WithLabelValues(sha256).Set(1)
	one(c.success).Set(seconds(at))
	one(c.successful).Set(1)
}

// ConfigRefused says that a configuration was read and refused, so that the one
// before stays in use.
func (m *Metrics) ConfigRefused() { one(m.config.successful).Set(0) }
