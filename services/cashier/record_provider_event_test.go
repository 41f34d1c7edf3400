package cashier_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestRecordProviderEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	d := w.open(player, "20.00")
	// A forged claim: the event says paid, the provider does not.
	req := &cashierv1.RecordProviderEventRequest{
		IntegrationId: card, EventId: "evt_1", Type: "payment_intent.succeeded", Subject: cashierv1.ProviderEventSubject_PROVIDER_EVENT_SUBJECT_PAYMENT,
		Payment: &adapterv1.ProviderPayment{ProviderRef: "pi_x", OurRef: d.GetDepositId(), Status: adapterv1.PaymentStatus_PAYMENT_STATUS_SUCCEEDED, Amount: eur("20.00")},
		RawBody: []byte(`{"secret":"of the player"}`),
	}
	c := w.as(testkit.Peer("stripe"))
	for i := range 3 {
		res, err := c.RecordProviderEvent(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, i > 0, res.GetDuplicate())
	}
	list := func() *cashierv1.ProviderEvent {
		res, err := w.operator("opr_1").ListProviderEvents(t.Context(), &cashierv1.ListProviderEventsRequest{IntegrationId: card})
		require.NoError(t, err)
		require.Len(t, res.GetEvents(), 1)
		return res.GetEvents()[0]
	}
	w.until(func() bool { return list().GetState() == "APPLIED" }, func() string { return list().String() })
	require.EqualValues(t, 3, list().GetDeliveries())
	w.deposit(player, d.GetDepositId(), pending)
	require.Len(t, w.h.Events("cashier.webhook.received.v1", 1), 1)
	var stored []byte
	require.NoError(t, w.h.DB.QueryRow(t.Context(), "SELECT raw_sealed FROM provider_event").Scan(&stored))
	require.NotContains(t, string(stored), "secret")
	plain, err := w.h.Box.Open(stored, []byte("cashier/"+card+"/evt_1/raw"))
	require.NoError(t, err)
	require.Equal(t, req.GetRawBody(), plain)

	for _, who := range []testkit.Caller{testkit.Peer("hub88"), testkit.Peer("gateway"), testkit.Operator("admin"), testkit.Player(player)} {
		_, err := w.as(who).RecordProviderEvent(t.Context(), req)
		require.Error(t, err)
	}
	_, err = c.RecordProviderEvent(t.Context(), &cashierv1.RecordProviderEventRequest{IntegrationId: card, Type: "x"})
	reason(t, "VALIDATION", err)
}

// TestApplyEvents_WaitForTheProvider: an event that cannot be checked now is tried again until it can.
func TestApplyEvents_WaitForTheProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	d := w.open(player, "20.00")
	w.ops.set(w.web.URL+"/nowhere", w.psp.APIKey(), w.psp.WebhookSecret())
	require.Equal(t, 303, w.pay(d.GetRedirectUrl(), goodCard))
	w.h.Events("cashier.webhook.received.v1", 2)
	w.deposit(player, d.GetDepositId(), pending)
	w.ops.set(w.web.URL+"/psp", w.psp.APIKey(), w.psp.WebhookSecret())
	w.until(func() bool {
		w.h.Clock.Advance(time.Second)
		res, err := w.player(player).GetDeposit(t.Context(), &cashierv1.GetDepositRequest{DepositId: d.GetDepositId()})
		require.NoError(t, err)
		return res.GetDeposit().GetState() == captured
	}, func() string { return "not applied" })
}

// TestApplyEvents_OfNobody: money that the platform knows nothing of is told to operators once.
func TestApplyEvents_OfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	c := w.as(testkit.Peer("stripe"))
	for i, id := range []string{"evt_1", "evt_2"} {
		_, err := c.RecordProviderEvent(t.Context(), &cashierv1.RecordProviderEventRequest{
			IntegrationId: card, EventId: id, Type: "payment_intent.succeeded", Subject: cashierv1.ProviderEventSubject_PROVIDER_EVENT_SUBJECT_PAYMENT,
			Payment: &adapterv1.ProviderPayment{ProviderRef: "pi_x", OurRef: "dep_unknown", Status: adapterv1.PaymentStatus_PAYMENT_STATUS_SUCCEEDED},
		})
		require.NoError(t, err)
		w.until(func() bool {
			res, err := w.operator("opr_1").ListProviderEvents(t.Context(), &cashierv1.ListProviderEventsRequest{State: "IGNORED"})
			require.NoError(t, err)
			return len(res.GetEvents()) == i+1
		}, func() string { return "not ignored" })
	}
	require.Equal(t, []string{"MISSING_OURS"}, w.findings(1))
}
