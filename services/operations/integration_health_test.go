package operations_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestIntegrationHealth_GatewaysAreSummed(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	admin, gateway := w.as(testkit.Operator("admin")), w.as(testkit.Peer("gateway"))
	_, err := admin.CreateIntegration(ctx, request())
	require.NoError(t, err)
	at := w.Clock.Now()
	report := func(callbacks, failures int64, latency ...int64) *operationsv1.HealthReport {
		r := &operationsv1.HealthReport{IntegrationId: "games-one", Callbacks: callbacks, Failures: failures, Refusals: 1, LatencyBuckets: latency, LastCallbackAt: timestamppb.New(at)}
		if failures > 0 {
			r.LastErrorAt, r.LastError = timestamppb.New(at.Add(time.Hour)), "HTTP_500"
			r.LastRefusalAt, r.LastRefusal = timestamppb.New(at.Add(-time.Second)), "RS_ERROR_INVALID_SIGNATURE"
		}
		return r
	}
	send := func(r *operationsv1.HealthReport) {
		_, err := gateway.ReportIntegrationHealth(ctx, &operationsv1.ReportIntegrationHealthRequest{Reports: []*operationsv1.HealthReport{r, {IntegrationId: "nobody", Callbacks: 9}}})
		require.NoError(t, err)
	}
	send(report(90, 0, 0, 0, 90))
	send(report(10, 5, 0, 0, 0, 0, 0, 0, 10))
	get := func() *operationsv1.IntegrationHealth {
		r, err := admin.GetIntegrationHealth(ctx, &operationsv1.GetIntegrationHealthRequest{IntegrationId: "games-one"})
		require.NoError(t, err)
		return r.GetHealth()
	}
	h := get()
	require.EqualValues(t, 100, h.GetCallbacks())
	require.EqualValues(t, 500, h.GetFailureRateBps())
	require.EqualValues(t, 2, h.GetRefusals())
	require.EqualValues(t, 1, h.GetP50Ms())
	require.EqualValues(t, 16, h.GetP99Ms())
	require.Equal(t, "HTTP_500", h.GetLastError())
	require.Equal(t, "RS_ERROR_INVALID_SIGNATURE", h.GetLastRefusal())
	require.True(t, h.GetLastRefusalAt().AsTime().Equal(at.Add(-time.Second).Truncate(time.Microsecond)))
	require.False(t, h.GetLastErrorAt().AsTime().After(w.Clock.Now()), "a clock that is ahead tells no future")
	list, err := admin.ListIntegrations(ctx, &operationsv1.ListIntegrationsRequest{})
	require.NoError(t, err)
	require.EqualValues(t, 100, list.GetIntegrations()[0].GetHealth().GetCallbacks())
	peers, err := w.as(testkit.Peer("catalog")).ListIntegrations(ctx, &operationsv1.ListIntegrationsRequest{})
	require.NoError(t, err)
	require.Nil(t, peers.GetIntegrations()[0].GetHealth())

	w.Clock.Advance(20 * time.Minute)
	h = get()
	require.Zero(t, h.GetCallbacks(), "minutes ago is not lately")
	require.True(t, h.GetLastCallbackAt().AsTime().Equal(at.Truncate(time.Microsecond)), "but the last callback is remembered")
	at = w.Clock.Now()
	send(report(1, 0, 1))
	require.EqualValues(t, 1, get().GetCallbacks())
	var rows int
	require.NoError(t, w.DB.QueryRow(ctx, "SELECT count(*) FROM integration_health").Scan(&rows))
	require.Equal(t, 1, rows, "old measurements are deleted")
}

// TestIntegrationHealth_ARepeatedReportCountsOnce: a gateway whose report was not answered sends it again, later and under the same name.
func TestIntegrationHealth_ARepeatedReportCountsOnce(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	admin, gateway := w.as(testkit.Operator("admin")), w.as(testkit.Peer("gateway"))
	for _, id := range []string{"games-one", "games-two"} {
		q := request()
		q.IntegrationId = id
		_, err := admin.CreateIntegration(ctx, q)
		require.NoError(t, err)
	}
	send := func(id string, age time.Duration) {
		q := &operationsv1.ReportIntegrationHealthRequest{ReportId: id, AgeMs: age.Milliseconds()}
		for _, integration := range []string{"games-one", "games-two"} {
			q.Reports = append(q.Reports, &operationsv1.HealthReport{IntegrationId: integration, Callbacks: 10, LastCallbackAt: timestamppb.New(w.Clock.Now().Add(-age))})
		}
		_, err := gateway.ReportIntegrationHealth(ctx, q)
		require.NoError(t, err)
	}
	count := func() (n []int64) {
		list, err := admin.ListIntegrations(ctx, &operationsv1.ListIntegrationsRequest{})
		require.NoError(t, err)
		for _, i := range list.GetIntegrations() {
			n = append(n, i.GetHealth().GetCallbacks())
		}
		return n
	}
	send("hrp_1", 0)
	send("hrp_1", time.Second)
	require.Equal(t, []int64{10, 10}, count())
	send("hrp_2", time.Minute)
	require.Equal(t, []int64{20, 20}, count())
	send("hrp_3", 6*time.Minute)
	require.Equal(t, []int64{20, 20}, count(), "what is older than is shown")
	send("", 0)
	send("", 0)
	require.Equal(t, []int64{40, 40}, count(), "without a name each counts")
	w.Clock.Advance(4*time.Minute + 30*time.Second)
	require.Equal(t, []int64{30, 30}, count(), "what was measured a minute earlier is over earlier")
}

func TestIntegrationHealth_WhoMay(t *testing.T) {
	t.Parallel()
	w, ctx := start(t), t.Context()
	_, err := w.as(testkit.Operator("admin")).GetIntegrationHealth(ctx, &operationsv1.GetIntegrationHealthRequest{IntegrationId: "nobody"})
	require.Equal(t, "INTEGRATION_NOT_FOUND", errs.ReasonOf(err))
	for _, c := range []testkit.Caller{testkit.Player("ply_1"), testkit.Peer("hub88"), testkit.Operator("support")} {
		_, err = w.as(c).GetIntegrationHealth(ctx, &operationsv1.GetIntegrationHealthRequest{IntegrationId: "nobody"})
		require.Contains(t, []string{"PERMISSION_DENIED", "UNAUTHENTICATED"}, errs.ReasonOf(err))
		_, err = w.as(c).ReportIntegrationHealth(ctx, &operationsv1.ReportIntegrationHealthRequest{})
		require.Contains(t, []string{"PERMISSION_DENIED", "UNAUTHENTICATED"}, errs.ReasonOf(err))
	}
	_, err = w.as(testkit.Peer("gateway")).ReportIntegrationHealth(ctx, &operationsv1.ReportIntegrationHealthRequest{Reports: []*operationsv1.HealthReport{{IntegrationId: "x", Callbacks: -1}}})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err))
}
