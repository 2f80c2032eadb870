package metrics

import (
	"fmt"
	"strings"

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
	Name   string // "syncd_runs_total"
	Kind   string // "counter", "gauge" or "histogram"
	Help   string
	Labels []Label
}

// A Label is a dimension of a family.
type Label struct {
	Name   string
	Values []string // every value it can have; empty: the caller's to choose
}

// Reference returns every metric that New registers, in the order of the
// manual.
func Reference() []Family {
	return New(prometheus.NewRegistry(), "", nil, nil).families
}

// A maker registers metrics and writes down what they are, so that the manual
// cannot differ from the program.
type maker struct {
	registry prometheus.Registerer
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

// histogram makes a histogram with classic buckets, which every Prometheus
// stores, for each combination of its labels.
func (m *maker) histogram(name, help string, buckets []float64, labels ...Label) *prometheus.HistogramVec {
	names := m.note(kindHistogram, name, help, labels)
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: name, Help: help, Buckets: buckets}, names)
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
