package groupcommit

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts a service's batches for Prometheus: how many operations they hold, which says what waiting for company is worth, and how long they take.
type Metrics struct {
	operations, seconds *prometheus.HistogramVec
}

// NewMetrics are the metrics of a service's batchers.
func NewMetrics(service string) *Metrics {
	labels := prometheus.Labels{"service": service}
	return &Metrics{
		operations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "pitboss_batch_operations", Help: "Operations of a batch that was committed or read together, by what it does.", ConstLabels: labels,
			Buckets: prometheus.ExponentialBuckets(1, 2, 10),
		}, []string{"batch"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "pitboss_batch_seconds", Help: "Time that a batch took, by what it does and how it ended: done, failed.", ConstLabels: labels,
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15),
		}, []string{"batch", "outcome"}),
	}
}

// Observe counts the batches of one batcher under a name (Options.Observe).
func (m *Metrics) Observe(batch string) func(ops int, took time.Duration, err error) {
	operations, done, failed := m.operations.WithLabelValues(batch), m.seconds.WithLabelValues(batch, "done"), m.seconds.WithLabelValues(batch, "failed")
	return func(ops int, took time.Duration, err error) {
		operations.Observe(float64(ops))
		if err != nil {
			failed.Observe(took.Seconds())
			return
		}
		done.Observe(took.Seconds())
	}
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	m.operations.Describe(ch)
	m.seconds.Describe(ch)
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	m.operations.Collect(ch)
	m.seconds.Collect(ch)
}
