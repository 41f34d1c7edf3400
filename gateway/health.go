package gateway

import (
	"cmp"
	"context"
	"math/bits"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// latencyStep is where the first bucket of answers by time ends; each further one ends at twice the time.
const latencyStep = 250 * time.Microsecond

// latencyBuckets end at 131 seconds.
const latencyBuckets = 20

// whatMax is how much of what did not go well is told.
const whatMax = 80

// reportMax is how many integrations fit into one report.
const reportMax = 1000

const (
	// reportEvery is the least time between two reports of which the first one still waits.
	reportEvery = 5 * time.Second
	// reportLife is how long a report waits for operations, which shows the last five minutes.
	reportLife = 5 * time.Minute
)

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

// reports are what operations has not confirmed, the oldest first. Only the task that reports touches them.
type reports struct {
	callbacks *callbacks
	waiting   []measured
}

// measured is a report as it is sent, until it is confirmed: its id lets operations count it once although its answer was lost.
type measured struct {
	at      time.Time
	request *operationsv1.ReportIntegrationHealthRequest
}

// report tells operations every few seconds how each integration's callbacks went, and the rest when the gateway stops.
func (c *callbacks) report(ctx context.Context) error {
	tick := time.NewTicker(c.edge.cfg.HealthEvery)
	defer tick.Stop()
	q := reports{callbacks: c}
	for {
		select {
		case <-ctx.Done():
			q.send(context.WithoutCancel(ctx), true)
			return nil
		case <-tick.C:
			q.send(ctx, false)
		}
	}
}

// send hands over what waits and what was counted since. What operations does not take now waits until it is too old to be shown: a measurement each reportEvery at most,
// so that a long outage fills no memory.
func (q *reports) send(ctx context.Context, last bool) {
	now, log := q.callbacks.clock(), q.callbacks.edge.log
	for len(q.waiting) > 0 && now.Sub(q.waiting[0].at) > reportLife {
		q.waiting = q.waiting[1:]
	}
	if n := len(q.waiting); n == 0 || last || now.Sub(q.waiting[n-1].at) >= reportEvery {
		if found := q.callbacks.measurements(); len(found) > 0 {
			q.waiting = append(q.waiting, measured{at: now, request: &operationsv1.ReportIntegrationHealthRequest{ReportId: ids.New("hrp"), Reports: found}})
		}
	}
	soon, cancel := context.WithTimeout(ctx, lookupLimit)
	defer cancel()
	for len(q.waiting) > 0 {
		m := q.waiting[0]
		m.request.AgeMs = max(now.Sub(m.at).Milliseconds(), 0)
		_, err := q.callbacks.operations.ReportIntegrationHealth(soon, m.request)
		if err != nil && status.Code(err) != codes.InvalidArgument { // which no repetition would change
			if ctx.Err() == nil {
				log.Warn("health of integrations could not be reported", "waiting", len(q.waiting), "error", err)
			}
			return
		}
		if err != nil {
			log.Error("health of integrations was refused", "error", err)
		}
		q.waiting = q.waiting[1:]
	}
}

// measurements takes what every integration has counted, as many as fit; the others keep theirs for the next report.
func (c *callbacks) measurements() []*operationsv1.HealthReport {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []*operationsv1.HealthReport
	for id, to := range c.routes {
		if len(found) == reportMax {
			break
		}
		if r := to.meter.take(id); r != nil {
			found = append(found, r)
		}
	}
	return found
}
