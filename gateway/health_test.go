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
