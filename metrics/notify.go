package metrics

import "github.com/prometheus/client_golang/prometheus"

// What became of a notification.
const (
	NotifySent    = "sent"
	NotifyFailed  = "failed"
	NotifyDropped = "dropped" // too many others waited
)

// notifyMetrics say whether people were told.
type notifyMetrics struct{ told *prometheus.CounterVec }

func newNotifyMetrics(m *maker) notifyMetrics {
	return notifyMetrics{m.counter("notifications_total",
		"Notifications by what became of them, one for each target.",
		Label{"result", []string{NotifySent, NotifyFailed, NotifyDropped}})}
}

// Notified takes over what became of one notification: NotifySent, NotifyFailed
// or NotifyDropped. Anything else is not counted.
func (m *Metrics) Notified(result string) {
	switch result {
	case NotifySent, NotifyFailed, NotifyDropped:
		m.notify.told.WithLabelValues(result).Inc()
	}
}
