package gateway_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
)

// TestCallbacks_AllowedAddresses: a callback from elsewhere does not reach the adapter, and a change is felt within a second.
func TestCallbacks_AllowedAddresses(t *testing.T) {
	t.Parallel()
	m, c := &mesh{}, &capture{}
	m.callback = c.take
	var allowed atomic.Pointer[[]string]
	set := func(list ...string) { allowed.Store(&list) }
	set("192.0.2.0/24", "2001:db8::/32")
	m.lookup = func(string) (*operationsv1.LookupIntegrationResponse, error) {
		return &operationsv1.LookupIntegrationResponse{Service: "hub88", AllowedIps: *allowed.Load()}, nil
	}
	w := newWorld(t, m, options{vars: map[string]string{"PITBOSS_GATEWAY_TRUSTED_PROXIES": "1"}})
	from := func(ip string) answer { return w.do("POST", "/callbacks/int_1/x", "{}", "X-Forwarded-For", ip) }
	for _, ip := range []string{"192.0.3.1", "2001:db9::1", "10.0.0.1"} {
		a := from(ip)
		require.Equal(t, 403, a.StatusCode, ip)
		require.Equal(t, "ADDRESS_NOT_ALLOWED", a.reason(t))
	}
	require.Nil(t, c.last())
	for _, ip := range []string{"192.0.2.77", "2001:db8::5", "::ffff:192.0.2.7"} {
		require.Equal(t, 200, from(ip).StatusCode, ip)
	}
	set("198.51.100.7/32")
	w.Clock.Advance(time.Second)
	require.Equal(t, 403, from("192.0.2.77").StatusCode, "a second later at most")
	require.Equal(t, 200, from("198.51.100.7").StatusCode)
	set("nonsense")
	w.Clock.Advance(time.Second)
	require.Equal(t, 403, from("198.51.100.7").StatusCode, "a list that cannot be read admits nobody")
	set()
	w.Clock.Advance(time.Second)
	require.Equal(t, 200, from("203.0.113.9").StatusCode)
}

func TestCallbacks_HealthIsReported(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	m.callback = func(_ context.Context, q *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
		switch q.GetPath() {
		case "/500":
			return &adapterv1.HandleCallbackResponse{Status: 500}, nil
		case "/400":
			return &adapterv1.HandleCallbackResponse{Status: 400}, nil
		case "/inside":
			return &adapterv1.HandleCallbackResponse{Status: 200, Refusal: "RS_ERROR_INVALID_TOKEN"}, nil
		case "/ours":
			return &adapterv1.HandleCallbackResponse{Status: 200, Refusal: strings.Repeat("é", 60), Failed: true}, nil
		case "/gone":
			return nil, status.Error(codes.Unavailable, "gone")
		}
		return &adapterv1.HandleCallbackResponse{Status: 200}, nil
	}
	var mu sync.Mutex
	sum := map[string]*operationsv1.HealthReport{}
	m.health = func(r *operationsv1.HealthReport) {
		mu.Lock()
		defer mu.Unlock()
		s := sum[r.GetIntegrationId()]
		if s == nil {
			s = &operationsv1.HealthReport{LatencyBuckets: []int64{0}}
			sum[r.GetIntegrationId()] = s
		}
		s.Callbacks += r.GetCallbacks()
		s.Failures += r.GetFailures()
		s.Refusals += r.GetRefusals()
		for _, n := range r.GetLatencyBuckets() {
			s.LatencyBuckets[0] += n
		}
		if r.GetLastErrorAt() != nil {
			s.LastError = r.GetLastError()
		}
		if r.GetLastRefusalAt() != nil {
			s.LastRefusal = r.GetLastRefusal()
		}
	}
	w := newWorld(t, m, options{vars: map[string]string{"PITBOSS_GATEWAY_HEALTH_EVERY": "20ms"}})
	for _, path := range []string{"/ok", "/ok", "/400", "/inside", "/gone", "/500", "/ours"} {
		w.do("POST", "/callbacks/int_1"+path, "{}")
	}
	w.do("POST", "/callbacks/int_2/ok", "{}")
	eventually(t, "all are reported", func() bool {
		mu.Lock()
		defer mu.Unlock()
		one := sum["int_1"]
		return one.GetCallbacks() == 7 && one.GetFailures() == 3 && one.GetRefusals() == 2 && one.GetLatencyBuckets()[0] == 6 && sum["int_2"].GetCallbacks() == 1
	})
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, strings.Repeat("é", 40), sum["int_1"].GetLastError(), "an error inside HTTP 200, as long as a report takes")
	require.Equal(t, "RS_ERROR_INVALID_TOKEN", sum["int_1"].GetLastRefusal())
	require.Zero(t, sum["int_2"].GetFailures(), "one integration's failures are not another's")
}

// ledger adds reports up as operations does: each name once.
type ledger struct {
	mu        sync.Mutex
	down      bool
	arrived   map[string]int
	oldest    time.Duration
	last      string
	callbacks int64
	failures  int64
}

func (l *ledger) report(q *operationsv1.ReportIntegrationHealthRequest) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.arrived == nil {
		l.arrived = map[string]int{}
	}
	if l.arrived[q.GetReportId()]++; l.arrived[q.GetReportId()] == 1 {
		for _, r := range q.GetReports() {
			l.callbacks += r.GetCallbacks()
			l.failures += r.GetFailures()
		}
	}
	l.last = q.GetReportId()
	l.oldest = max(l.oldest, time.Duration(q.GetAgeMs())*time.Millisecond)
	if l.down {
		return status.Error(codes.Unavailable, "the answer is lost")
	}
	return nil
}

// is tells whether so many callbacks and failures were counted.
func (l *ledger) is(callbacks, failures int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.callbacks == callbacks && l.failures == failures
}

func (l *ledger) set(down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = down
}

func (l *ledger) age() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.oldest
}

// newest is the name of the report that came last.
func (l *ledger) newest() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// again tells how often the report that came most often came.
func (l *ledger) again() (most int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.arrived {
		most = max(most, n)
	}
	return most
}

// broken is a mesh whose adapter answers 500 to /500.
func broken(report func(*operationsv1.ReportIntegrationHealthRequest) error) *mesh {
	m := &mesh{}
	m.report = report
	m.callback = func(_ context.Context, q *adapterv1.HandleCallbackRequest) (*adapterv1.HandleCallbackResponse, error) {
		if q.GetPath() == "/500" {
			return &adapterv1.HandleCallbackResponse{Status: 500}, nil
		}
		return &adapterv1.HandleCallbackResponse{Status: 200}, nil
	}
	return m
}

// TestCallbacks_HealthOutlivesAnOutage: what operations did not confirm comes again under its name, and what was counted meanwhile too, but nothing that is too old to be shown.
func TestCallbacks_HealthOutlivesAnOutage(t *testing.T) {
	t.Parallel()
	l := &ledger{down: true}
	w := newWorld(t, broken(l.report), options{vars: map[string]string{"PITBOSS_GATEWAY_HEALTH_EVERY": "10ms"}})
	w.do("POST", "/callbacks/int_1/500", "{}")
	eventually(t, "it is sent again", func() bool { return l.again() >= 3 })
	w.do("POST", "/callbacks/int_1/500", "{}")
	w.do("POST", "/callbacks/int_2/ok", "{}")
	w.Clock.Advance(time.Minute)
	eventually(t, "it tells how old it is", func() bool { return l.age() >= time.Minute })
	l.set(false)
	eventually(t, "all are told once", func() bool { return l.is(3, 2) })

	l.set(true)
	w.do("POST", "/callbacks/int_1/500", "{}")
	eventually(t, "it is sent", func() bool { return l.is(4, 3) })
	old := l.newest()
	w.Clock.Advance(6 * time.Minute)
	w.do("POST", "/callbacks/int_1/ok", "{}")
	eventually(t, "what is too old waits no longer", func() bool { return l.newest() != old })
	l.set(false)
	eventually(t, "all is told", func() bool { return l.is(5, 3) })
}

// TestCallbacks_HealthIsToldAtTheEnd: a gateway that is told to stop tells what it has counted since its last report.
func TestCallbacks_HealthIsToldAtTheEnd(t *testing.T) {
	t.Parallel()
	l := &ledger{}
	t.Cleanup(func() { require.True(t, l.is(3, 1), "%d callbacks, %d failures", l.callbacks, l.failures) }) // after the gateway has stopped
	w := newWorld(t, broken(l.report), options{vars: map[string]string{"PITBOSS_GATEWAY_HEALTH_EVERY": "1h"}, outlives: true})
	for _, path := range []string{"/ok", "/500", "/ok"} {
		w.do("POST", "/callbacks/int_1"+path, "{}")
	}
	require.True(t, l.is(0, 0), "nothing before")
}
