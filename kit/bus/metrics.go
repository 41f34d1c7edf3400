package bus

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the service's numbers; the relay and the consumers keep them current.
type metrics struct {
	relayed  prometheus.Counter
	pending  prometheus.Gauge
	oldest   prometheus.Gauge
	consumed *prometheus.CounterVec
	up       prometheus.GaugeFunc
}

// Values of the outcome label of consumed.
const (
	outcomeDone      = "done"
	outcomeDuplicate = "duplicate"
	outcomeRetried   = "retried"
	outcomeDead      = "dead"
)

func newMetrics(service string, conn *Conn) *metrics {
	labels := prometheus.Labels{"service": service}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels})
	}
	return &metrics{
		relayed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "pitboss_outbox_published_total", Help: "Events acknowledged by JetStream.", ConstLabels: labels,
		}),
		pending: gauge("pitboss_outbox_pending", "Events committed and not yet published, counted up to 100000."),
		oldest:  gauge("pitboss_outbox_oldest_seconds", "Age of the oldest event not yet published; 0 when there is none."),
		consumed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "pitboss_consumed_total", Help: "Deliveries by consumer and outcome: done, duplicate, retried, dead.", ConstLabels: labels,
		}, []string{"consumer", "outcome"}),
		up: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "pitboss_nats_connected", Help: "1 while connected to NATS.", ConstLabels: labels,
		}, func() float64 {
			if conn != nil && conn.NATS().IsConnected() {
				return 1
			}
			return 0
		}),
	}
}

// Collector exports the service's numbers to Prometheus.
func (b *Bus) Collector() prometheus.Collector { return b.metrics }

// Describe implements prometheus.Collector.
func (m *metrics) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, ch) }

// Collect implements prometheus.Collector.
func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	for _, c := range []prometheus.Collector{m.relayed, m.pending, m.oldest, m.consumed, m.up} {
		c.Collect(ch)
	}
}
