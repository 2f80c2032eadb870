package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/directory-sync/syncd/sync"
)

// The values of the label kind of budget_changes.
const (
	budgetLimit = "limit"
	budgetLeft  = "left"
)

// budgetMetrics say what the budgets of 24 hours are and what is left of them.
type budgetMetrics struct{ changes *prometheus.GaugeVec }

func newBudgetMetrics(m *maker) budgetMetrics {
	return budgetMetrics{m.gauge("budget_changes",
		"Changes that the budget of any 24 hours allows, and how many of them were left after the last plan; absent for a sort without a budget.",
		Label{"sort", names(changeSorts())}, Label{"kind", []string{budgetLimit, budgetLeft}})}
}

// changeSorts returns the sorts of change, which are those before what a source
// says.
func changeSorts() []sync.Sort { return sync.Sorts()[:sync.SortShrink] }

// observe shows what is left. What the run planned is spent only if it was
// carried out.
func (m budgetMetrics) observe(r sync.Report) {
	for _, c := range r.Verdict.Checks {
		if c.Reason != sync.RefuseDay {
			continue
		}
		if c.Allowed < 0 {
			m.changes.DeletePartialMatch(prometheus.Labels{"sort": c.Sort.String()})
			continue
		}
		spent := c.Spent
		if r.Applied {
			spent += c.Planned
		}
		m.changes.WithLabelValues(c.Sort.String(), budgetLimit).Set(float64(c.Allowed))
		m.changes.WithLabelValues(c.Sort.String(), budgetLeft).Set(float64(max(0, c.Allowed-spent)))
	}
}
