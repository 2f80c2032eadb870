package metrics

import (
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/directory-sync/syncd/sync"
)

// namespace begins the name of every metric.
const namespace = "syncd"

// The kinds of metric.
const (
	kindCounter   = "counter"
	kindGauge     = "gauge"
	kindHistogram = "histogram"
)

// A Family describes one metric, for the manual.
type Family struct {
	Name   string  `json:"name"` // "syncd_runs_total"
	Kind   string  `json:"kind"` // "counter", "gauge" or "histogram"
	Help   string  `json:"help"`
	Labels []Label `json:"labels,omitempty"`
}

// A Label is a dimension of a family.
type Label struct {
	Name   string   `json:"name"`
	Values []string `json:"values,omitempty"` // every value it can have; empty: the caller's to choose
}

// Reference returns every metric that New registers, in the order of the
// manual.
func Reference(s Settings) []Family { return New(prometheus.NewRegistry(), s).families }

// A maker registers metrics and writes down what they are, so that the manual
// cannot differ from the program.
type maker struct {
	registry prometheus.Registerer
	native   bool
	families []Family
}

func (m *maker) note(kind, name, help string, labels []Label) []string {
	m.families = append(m.families, Family{namespace + "_" + name, kind, help, labels})
	names := make([]string, len(labels))
	for i, l := range labels {
		names[i] = l.Name
	}
	return names
}

// gauge makes a gauge without a value.
func (m *maker) gauge(name, help string, labels ...Label) *prometheus.GaugeVec {
	names := m.note(kindGauge, name, help, labels)
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, names)
	m.registry.MustRegister(v)
	return v
}

// counter makes a counter and sets it to zero for each combination of its
// labels, so that its first increase is seen as one.
func (m *maker) counter(name, help string, labels ...Label) *prometheus.CounterVec {
	names := m.note(kindCounter, name, help, labels)
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, names)
	m.registry.MustRegister(v)
	each(labels, func(values []string) { v.WithLabelValues(values...) })
	return v
}

// Bounds of a native histogram: a bucket is a tenth wider than the one before,
// and when there are too many they are made wider, or after an hour anew.
const (
	nativeFactor  = 1.1
	nativeBuckets = 160
	nativeReset   = time.Hour
)

// histogram makes a histogram with classic buckets, which every Prometheus
// stores, for each combination of its labels, and a native one beside it if
// asked.
func (m *maker) histogram(name, help string, buckets []float64, labels ...Label) *prometheus.HistogramVec {
	names := m.note(kindHistogram, name, help, labels)
	opts := prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}
	if m.native {
		opts.NativeHistogramBucketFactor = nativeFactor
		opts.NativeHistogramMaxBucketNumber = nativeBuckets
		opts.NativeHistogramMinResetDuration = nativeReset
	}
	v := prometheus.NewHistogramVec(opts, names)
	m.registry.MustRegister(v)
	each(labels, func(values []string) { v.WithLabelValues(values...) })
	return v
}

// each calls f with every combination of the labels' values.
func each(labels []Label, f func(values []string)) {
	if len(labels) == 0 {
		f(nil)
		return
	}
	for _, first := range labels[0].Values {
		each(labels[1:], func(rest []string) { f(append([]string{first}, rest...)) })
	}
}

// names returns the names of enum values.
func names[E fmt.Stringer](values []E) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = v.String()
	}
	return all
}

// reasons returns the reasons whose codes have the prefix.
func reasons(prefix string) []sync.Reason {
	var some []sync.Reason
	for _, r := range sync.Reasons() {
		if strings.HasPrefix(r.Code(), prefix) {
			some = append(some, r)
		}
	}
	return some
}

// The label of the one open set: sources have the names that the operator
// gave them.
func bySource() Label { return Label{Name: "source"} }

func byStep() Label { return Label{"step", names(sync.StepKinds())} }

// one is the only child of a gauge without labels, made when it is first
// asked for.
func one(v *prometheus.GaugeVec) prometheus.Gauge { return v.WithLabelValues() }
