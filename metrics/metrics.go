package metrics

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/directory-sync/syncd/sync"
)

// ErrNotReady is what [Metrics.Ready] returns until a run has read both sides.
var ErrNotReady = errors.New("no run has read both the source and the server yet")

// ErrStandby is what [Page.Ready] returns while another daemon leads: this one is
// ready, to take over.
var ErrStandby = errors.New("standing by, another daemon leads")

// Metrics are all metrics of syncd but those of the Go runtime and the process.
type Metrics struct {
	config   configMetrics
	runs     runMetrics
	source   sourceMetrics
	plan     planMetrics
	sink     sinkMetrics
	budget   budgetMetrics
	edge     edgeMetrics
	standing standingMetrics
	notify   notifyMetrics
	families []Family
	named    atomic.Pointer[[]string] // the sources of the configuration in use
	ready    atomic.Bool
	last     atomic.Uint32 // the End of the last run
}

// Settings say what the metrics are of.
type Settings struct {
	Version   string   // of the program
	GoVersion string   // with which it was built
	Calls     []string // all that [Metrics.Call] will be told of
	Outcomes  []string // likewise
	Native    bool     // histograms are native besides, for a Prometheus that asks for that
}

// New registers the metrics. Like every registration, a second one with the
// same registry panics.
func New(r prometheus.Registerer, s Settings) *Metrics {
	m := &maker{registry: r, native: s.Native}
	build := m.gauge("build_info", "Always 1; the labels say which version runs, and with which Go it was built.",
		Label{Name: "version"}, Label{Name: "goversion"})
	build.WithLabelValues(s.Version, s.GoVersion).Set(1)
	all := &Metrics{
		config:   newConfigMetrics(m),
		standing: newStandingMetrics(m),
		runs:     newRunMetrics(m),
		source:   newSourceMetrics(m),
		plan:     newPlanMetrics(m),
		budget:   newBudgetMetrics(m),
		sink:     newSinkMetrics(m, s.Calls, s.Outcomes),
		edge:     newEdgeMetrics(m),
		notify:   newNotifyMetrics(m),
	}
	all.families = m.families
	return all
}

// Observe takes over what a run learned and did. A plan that the daemon makes
// without carrying it out counts as a run.
func (m *Metrics) Observe(r sync.Report) {
	m.runs.observe(r)
	m.source.observe(r)
	m.plan.observe(r)
	m.budget.observe(r)
	m.sink.observe(r)
	if r.End == sync.EndNone {
		return
	}
	m.last.Store(uint32(r.End))
	if r.End != sync.Broken && len(r.Verdict.Checks) > 0 { // the guard has judged, which takes a plan, which takes both sides
		m.ready.Store(true)
	}
}

// Call takes over one request to the server. A name or an outcome that New was
// not told of is counted as "other".
func (m *Metrics) Call(name, outcome string, took time.Duration) {
	m.sink.call(name, outcome, took)
}

// Scheduled says when the next run begins. The zero time means that none is
// planned.
func (m *Metrics) Scheduled(next time.Time) {
	if next.IsZero() {
		m.runs.next.Reset()
		return
	}
	one(m.runs.next).Set(seconds(next))
}

// Ready returns nil once a run has read both the source and the server,
// whether or not it found all well, and from then on: what fails later shows
// in the metrics. It is what [Listen] can be given.
func (m *Metrics) Ready() error {
	if m.ready.Load() {
		return nil
	}
	if last := sync.End(m.last.Load()); last != sync.EndNone {
		return fmt.Errorf("%w: the last run ended as %s, and the log says why", ErrNotReady, last)
	}
	return ErrNotReady
}

// seconds returns t as Prometheus counts time.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
