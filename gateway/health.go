package gateway

import (
	"cmp"
	"context"
	"math/bits"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
)

// latencyStep is where the first bucket of answers by time ends; each further one ends at twice the time.
const latencyStep = 250 * time.Microsecond

// latencyBuckets end at 131 seconds.
const latencyBuckets = 20

// whatMax is how much of what did not go well is told.
const whatMax = 80

// reportMax is how many integrations fit into one report.
const reportMax = 1000

// happening is what did not go well, and when.
type happening struct {
	at   time.Time
	what string
}

func (h happening) timestamp() *timestamppb.Timestamp {
	if h.at.IsZero() {
		return nil
	}
	return timestamppb.New(h.at)
}

// meter counts what happens to an integration's callbacks until it is reported.
type meter struct {
	mu                           sync.Mutex
	callbacks, failures, refusal int64
	latency                      [latencyBuckets]int64
	lastCallback                 time.Time
	failure, refused             happening // the last ones
}

func (m *meter) arrived(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.callbacks++
	m.lastCallback = now
}

// wasRefused counts a callback that is the sender's mistake.
func (m *meter) wasRefused(now time.Time, what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refusal++
	m.refused = happening{now, bounded(what)}
}

// failed counts a callback that is ours.
func (m *meter) failed(now time.Time, what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failures++
	m.failure = happening{now, bounded(what)}
}

// bounded is as much of a protocol's words as a report takes.
func bounded(what string) string {
	return strings.ToValidUTF8(what[:min(len(what), whatMax)], "")
}

// answered counts an adapter's answer and the time it took. An error inside HTTP 200 is one all the same.
func (m *meter) answered(now time.Time, took time.Duration, code int, res *adapterv1.HandleCallbackResponse) {
	what := cmp.Or(res.GetRefusal(), "HTTP_"+strconv.Itoa(code))
	switch {
	case code >= 500 || res.GetFailed():
		m.failed(now, what)
	case code >= 400 || res.GetRefusal() != "":
		m.wasRefused(now, what)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.latency[min(bits.Len64(uint64((took-1)/latencyStep)), latencyBuckets-1)]++
}

// take answers what was counted and begins anew; nil when nothing was.
func (m *meter) take(integration string) *operationsv1.HealthReport {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.callbacks+m.failures+m.refusal == 0 && m.latency == [latencyBuckets]int64{} {
		return nil // also what is counted after its callback was reported is told
	}
	r := &operationsv1.HealthReport{
		IntegrationId: integration, Callbacks: m.callbacks, Failures: m.failures, Refusals: m.refusal, LatencyBuckets: append([]int64{}, m.latency[:]...),
		LastCallbackAt: timestamppb.New(m.lastCallback), LastErrorAt: m.failure.timestamp(), LastError: m.failure.what,
		LastRefusalAt: m.refused.timestamp(), LastRefusal: m.refused.what,
	}
	m.callbacks, m.failures, m.refusal, m.latency, m.failure, m.refused = 0, 0, 0, [latencyBuckets]int64{}, happening{}, happening{}
	return r
}

// report tells operations every few seconds how each integration's callbacks went. What cannot be told is dropped: it is a measurement, and the next
// one tells more.
func (c *callbacks) report(ctx context.Context) error {
	tick := time.NewTicker(c.edge.cfg.HealthEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := c.reportOnce(ctx); err != nil && ctx.Err() == nil {
			c.edge.log.Warn("health of integrations could not be reported", "error", err)
		}
	}
}

func (c *callbacks) reportOnce(ctx context.Context) error {
	c.mu.Lock()
	var reports []*operationsv1.HealthReport
	for id, to := range c.routes {
		if r := to.meter.take(id); r != nil && len(reports) < reportMax {
			reports = append(reports, r)
		}
	}
	c.mu.Unlock()
	if len(reports) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupLimit)
	defer cancel()
	_, err := c.operations.ReportIntegrationHealth(ctx, &operationsv1.ReportIntegrationHealthRequest{Reports: reports})
	return err
}
