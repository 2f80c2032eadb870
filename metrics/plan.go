package metrics

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/directory-sync/syncd/sync"
)

// noCause is the label of steps that nobody's leaving or return causes.
const noCause = "none"

// The values of the label bucket. The people of a plan are in one each.
const (
	bucketUnchanged = "unchanged"
	bucketChanged   = "changed"
	bucketPending   = "pending"
	bucketHeld      = "held"
)

// planMetrics say what was due, and what the guard said of it.
type planMetrics struct {
	people, planned, held, notes, pending *prometheus.GaugeVec
	refused, headroom                     *prometheus.GaugeVec
	linked, unlinked                      *prometheus.GaugeVec
}

func newPlanMetrics(m *maker) planMetrics {
	guards := Label{"guard", names(reasons("SYD-R-"))}
	return planMetrics{
		people: m.gauge("people",
			"People of the last plan. Each is in one bucket.",
			Label{"bucket", []string{bucketUnchanged, bucketChanged, bucketPending, bucketHeld}}),
		planned: m.gauge("planned_steps",
			"Steps of the last plan, whether or not they were carried out.",
			byStep(), Label{"cause", append([]string{noCause}, names(sync.Causes())...)}),
		held: m.gauge("held",
			"People held by the last plan, or by the server when it was carried out.",
			Label{"code", names(reasons("SYD-H-"))}),
		notes: m.gauge("notes",
			"Wishes that the last plan left out without holding the person.",
			Label{"code", names(reasons("SYD-W-"))}),
		pending: m.gauge("pending",
			"People who left and whose grace is not over. Those whom the last plan signs out for it are in the bucket changed, and are counted here.",
			Label{"cause", names(sync.Causes())}),
		refused: m.gauge("guard_refused",
			"Whether the guard refused the last plan for this reason; 0 as well once a run made by hand was successful.", guards),
		headroom: m.gauge("guard_headroom_ratio",
			"Share of the limit that the last plan left; 1 if nothing was planned or there is no limit, 0 at the limit and beyond. Absent from a successful run made by hand to the daemon's next one.",
			guards),
		linked: m.gauge("linked_users",
			"Accounts that syncd looks after."),
		unlinked: m.gauge("unlinked_users",
			"Accounts on the server that syncd does not look after; absent if not known."),
	}
}

func (m planMetrics) observe(r sync.Report) {
	if len(r.Verdict.Checks) == 0 {
		return // the run did not come to a plan
	}
	m.observeGuard(r.Verdict)
	m.observePeople(r.Plan)
	m.observeSteps(r.Plan.Changes)
	m.observeHeld(r.Plan.Held, r.Results)
	setAll(m.notes, reasons("SYD-W-"), countBy(r.Plan.Notes, func(n sync.Note) sync.Reason { return n.Reason }))
	setAll(m.pending, sync.Causes(), countBy(r.Plan.InGrace(), func(p sync.Pending) sync.Cause { return p.Cause }))
}

func (m planMetrics) observePeople(p sync.Plan) {
	m.people.WithLabelValues(bucketUnchanged).Set(float64(p.Unchanged))
	m.people.WithLabelValues(bucketChanged).Set(float64(len(p.Changes)))
	m.people.WithLabelValues(bucketPending).Set(float64(len(p.Pending)))
	m.people.WithLabelValues(bucketHeld).Set(float64(len(p.Held)))
	one(m.linked).Set(float64(p.Managed))
	if p.Strangers < 0 {
		m.unlinked.Reset()
		return
	}
	one(m.unlinked).Set(float64(p.Strangers))
}

func (m planMetrics) observeSteps(changes []sync.Change) {
	type due struct {
		kind  sync.StepKind
		cause sync.Cause
	}
	n := make(map[due]int)
	for _, c := range changes {
		for _, s := range c.Steps {
			n[due{s.Kind, s.Cause}]++
		}
	}
	for _, kind := range sync.StepKinds() {
		m.planned.WithLabelValues(kind.String(), noCause).Set(float64(n[due{kind, sync.CauseNone}]))
		for _, cause := range sync.Causes() {
			m.planned.WithLabelValues(kind.String(), cause.String()).Set(float64(n[due{kind, cause}]))
		}
	}
}

func (m planMetrics) observeHeld(held []sync.Hold, results []sync.Result) {
	n := countBy(held, func(h sync.Hold) sync.Reason { return h.Reason })
	for _, res := range results {
		if res.Outcome == sync.Held {
			n[res.Reason]++
		}
	}
	setAll(m.held, reasons("SYD-H-"), n)
}

func (m planMetrics) observeGuard(v sync.Verdict) {
	for _, guard := range reasons("SYD-R-") {
		m.refused.WithLabelValues(guard.Code()).Set(0)
		m.headroom.WithLabelValues(guard.Code()).Set(1)
	}
	least := make(map[sync.Reason]float64) // of the sources the one that is worst off
	for _, c := range v.Checks {
		if !c.OK {
			m.refused.WithLabelValues(c.Reason.Code()).Set(1)
		}
		left := c.Headroom()
		if old, seen := least[c.Reason]; !seen || left < old {
			least[c.Reason] = left
			m.headroom.WithLabelValues(c.Reason.Code()).Set(left)
		}
	}
}

// PutRight says that somebody else's run was successful and read those sources:
// what the guard refused is refused no longer, what failed is done, and what the
// plan left of its limits is not known.
func (m *Metrics) PutRight(sources []string) {
	for _, name := range sources {
		m.source.complete.WithLabelValues(name).Set(1)
	}
	for _, guard := range reasons("SYD-R-") {
		m.plan.refused.WithLabelValues(guard.Code()).Set(0)
	}
	m.plan.headroom.Reset()
	setAll[sync.StepKind](m.sink.failed, sync.StepKinds(), nil)
}

func countBy[T any, K comparable](all []T, key func(T) K) map[K]int {
	n := make(map[K]int)
	for _, v := range all {
		n[key(v)]++
	}
	return n
}

// setAll sets the gauge for each value of its label, to zero where there is
// nothing to count.
func setAll[K interface {
	comparable
	fmt.Stringer
}](v *prometheus.GaugeVec, values []K, n map[K]int) {
	for _, value := range values {
		v.WithLabelValues(value.String()).Set(float64(n[value]))
	}
}
