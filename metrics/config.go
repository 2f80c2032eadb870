package metrics

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/directory-sync/syncd/sync"
)

// configMetrics say which configuration is in use, and whether the last one
// that was read is that one.
type configMetrics struct {
	successful, success, hash, policy, interval, shortest *prometheus.GaugeVec
}

func newConfigMetrics(m *maker) configMetrics {
	return configMetrics{
		successful: m.gauge("config_last_reload_successful",
			"Whether the configuration that was read last is in use; 0 if it was refused and the one before stays."),
		success: m.gauge("config_last_reload_success_timestamp_seconds",
			"When the configuration that is in use was read."),
		hash: m.gauge("config_hash_info",
			"Always 1; the label is the digest of the configuration that is in use, --set included.", Label{Name: "sha256"}),
		policy: m.gauge("policy_info",
			"Always 1; the label is what the configuration that is in use lets runs do.", Label{"policy", names(modes())}),
		interval: m.gauge("schedule_interval_seconds",
			"Longest time between two runs that the schedule means, over the next weeks."),
		shortest: m.gauge("schedule_shortest_interval_seconds",
			"Shortest time between two runs that the schedule means, over the next weeks, without the jitter."),
	}
}

// modes returns every policy.
func modes() []sync.Mode {
	return []sync.Mode{sync.Full, sync.UpsertOnly, sync.CreateOnly, sync.Observe}
}

// A Configuration is what the metrics show of the one that is in use.
type Configuration struct {
	SHA256   string // hexadecimal, of all of it
	Policy   sync.Mode
	Interval time.Duration // the longest between two runs
	Shortest time.Duration // the shortest between two runs
	Read     time.Time
	Sources  []string // their names
}

// Configured says that a configuration is in use. What is known of a source that
// it does not name any more is forgotten.
func (m *Metrics) Configured(now Configuration) {
	c := m.config
	c.hash.Reset()
	c.hash.WithLabelValues(now.SHA256).Set(1)
	c.policy.Reset()
	c.policy.WithLabelValues(now.Policy.String()).Set(1)
	one(c.interval).Set(now.Interval.Seconds())
	one(c.shortest).Set(now.Shortest.Seconds())
	one(c.success).Set(seconds(now.Read))
	one(c.successful).Set(1)
	names := slices.Clone(now.Sources)
	if before := m.named.Swap(&names); before != nil {
		for _, name := range *before {
			if !slices.Contains(names, name) {
				m.forget(name)
			}
		}
	}
}

// forget removes all series of a source, so that no alert stands on what nobody
// reads any more.
func (m *Metrics) forget(source string) {
	of := prometheus.Labels{"source": source}
	for _, g := range append(m.source.all(), m.edge.certificate) {
		g.DeletePartialMatch(of)
	}
}

// ConfigRefused says that a configuration was read and refused, so that the one
// before stays in use.
func (m *Metrics) ConfigRefused() { one(m.config.successful).Set(0) }
