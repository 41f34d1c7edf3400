package stripe

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// playedCashier stores events in memory, or fails.
type playedCashier struct {
	cashierv1.UnimplementedCashierServiceServer
	mu     sync.Mutex
	stored []*cashierv1.RecordProviderEventRequest
	down   bool
}

func (p *playedCashier) RecordProviderEvent(_ context.Context, r *cashierv1.RecordProviderEventRequest) (*cashierv1.RecordProviderEventResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return nil, status.Error(codes.Internal, "down")
	}
	p.stored = append(p.stored, r)
	return &cashierv1.RecordProviderEventResponse{}, nil
}

type playedOperations struct {
	operationsv1.UnimplementedOperationsServiceServer
	away atomic.Bool
}

func (p *playedOperations) GetIntegrationSecrets(_ context.Context, r *operationsv1.GetIntegrationSecretsRequest) (*operationsv1.GetIntegrationSecretsResponse, error) {
	i := &operationsv1.Integration{IntegrationId: r.GetIntegrationId(), Protocol: Protocol, Enabled: true}
	key := secret
	if p.away.Load() {
		return nil, status.Error(codes.Unavailable, "restarting")
	}
	switch r.GetIntegrationId() {
	case "card":
	case "off":
		i.Enabled = false
	case "unsigned":
		key = ""
	case "hub":
		i.Protocol = "hub88"
	default:
		return nil, errs.New(operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND, "no")
	}
	return &operationsv1.GetIntegrationSecretsResponse{Integration: i, Secrets: map[string]string{"webhook_secret": key}}, nil
}

func TestHandleCallback(t *testing.T) {
	t.Parallel()
	cashier, operations := &playedCashier{}, &playedOperations{}
	h := testkit.Start(t, Service(), testkit.Options{Remote: map[string]func(grpc.ServiceRegistrar){
		"cashier":    func(r grpc.ServiceRegistrar) { cashierv1.RegisterCashierServiceServer(r, cashier) },
		"operations": func(r grpc.ServiceRegistrar) { operationsv1.RegisterOperationsServiceServer(r, operations) },
	}})
	gateway := adapterv1.NewAdapterServiceClient(h.As(testkit.Peer("gateway")))
	event := `{"id":"evt_1","object":"event","type":"payment_intent.succeeded","created":1767225600,"data":{"object":{"id":"pi_1","object":"payment_intent",` +
		`"status":"succeeded","amount_received":1000,"currency":"eur","metadata":{"our_ref":"dep_1"}}}}`
	send := func(change func(*adapterv1.HandleCallbackRequest)) int {
		now := strconv.FormatInt(h.Clock.Now().Unix(), 10)
		r := &adapterv1.HandleCallbackRequest{IntegrationId: "card", Method: "POST", Path: "/webhook", Body: []byte(event)}
		change(r)
		if len(r.GetHeaders()) == 0 {
			r.Headers = []*adapterv1.Header{{Name: "stripe-signature", Value: "t=" + now + ",v1=" + sign(secret, now, r.GetBody())}}
		}
		res, err := gateway.HandleCallback(t.Context(), r)
		require.NoError(t, err)
		return int(res.GetStatus())
	}
	body := func(s string) func(*adapterv1.HandleCallbackRequest) {
		return func(r *adapterv1.HandleCallbackRequest) { r.Body = []byte(s) }
	}
	good := &adapterv1.Header{Name: "Stripe-Signature", Value: "t=1,v1=" + sign(secret, "1", []byte(event))}
	for name, c := range map[string]struct {
		want   int
		change func(*adapterv1.HandleCallbackRequest)
	}{
		"wrong path":            {404, func(r *adapterv1.HandleCallbackRequest) { r.Path = "/webhook/" }},
		"text with a NUL":       {400, body(strings.Replace(event, "dep_1", `dep\u0000`, 1))},
		"wrong method":          {405, func(r *adapterv1.HandleCallbackRequest) { r.Method = "GET" }},
		"unknown integration":   {404, func(r *adapterv1.HandleCallbackRequest) { r.IntegrationId = "none" }},
		"another's integration": {404, func(r *adapterv1.HandleCallbackRequest) { r.IntegrationId = "hub" }},
		"switched off":          {503, func(r *adapterv1.HandleCallbackRequest) { r.IntegrationId = "off" }},
		"no secret":             {400, func(r *adapterv1.HandleCallbackRequest) { r.IntegrationId = "unsigned" }},
		"no signature":          {400, func(r *adapterv1.HandleCallbackRequest) { r.Headers = []*adapterv1.Header{{Name: "X", Value: "y"}} }},
		"replayed much later":   {400, func(r *adapterv1.HandleCallbackRequest) { r.Headers = []*adapterv1.Header{good} }},
		"two signatures":        {400, func(r *adapterv1.HandleCallbackRequest) { r.Headers = []*adapterv1.Header{good, good} }},
		"malformed JSON":        {400, body(`{"id":`)},
		"JSON of another kind":  {400, body(`[]`)},
		"not an event":          {400, body(`{"id":"x","object":"charge","type":"y"}`)},
		"no id":                 {400, body(`{"object":"event","type":"y"}`)},
		"no object":             {400, body(`{"id":"evt_1","object":"event","type":"refund.created","data":{}}`)},
		"too large":             {413, body(strings.Repeat(" ", maxBody) + event)},
	} {
		require.Equal(t, c.want, send(c.change), name)
	}
	require.Empty(t, cashier.stored, "nothing is stored of what is refused")

	require.Equal(t, 200, send(body(event)))
	require.Equal(t, 200, send(body(event)), "duplicates are the cashier's to recognise")
	require.Len(t, cashier.stored, 2)
	require.Equal(t, 200, send(func(r *adapterv1.HandleCallbackRequest) { r.Path = "" }), "the callback address itself")
	cashier.stored = cashier.stored[:2]
	got := cashier.stored[0]
	require.Equal(t, event, string(got.GetRawBody()), "byte for byte")
	require.Equal(t, "card evt_1 pi_1 dep_1 10.00", got.GetIntegrationId()+" "+got.GetEventId()+" "+got.GetPayment().GetProviderRef()+" "+got.GetPayment().GetOurRef()+" "+got.GetPayment().GetAmount().GetAmount())
	require.Equal(t, cashierv1.ProviderEventSubject_PROVIDER_EVENT_SUBJECT_PAYMENT, got.GetSubject())
	require.Equal(t, 200, send(body(`{"id":"evt_2","object":"event","type":"balance.available","data":{"object":{"object":"balance"}}}`)), "unknown types")
	require.Equal(t, cashierv1.ProviderEventSubject_PROVIDER_EVENT_SUBJECT_UNSPECIFIED, cashier.stored[2].GetSubject())
	cashier.down = true
	require.Equal(t, 503, send(body(event)), "what is not stored is not acknowledged")
	cashier.down = false
	restart(t, h, operations, func() int { return send(body(event)) })
	refusals(t, h)
}

// restart shows that a restart of operations refuses no webhook.
func restart(t *testing.T, h *testkit.Harness, operations *playedOperations, send func() int) {
	t.Helper()
	require.Equal(t, 200, send())
	operations.away.Store(true)
	h.Clock.Advance(10 * time.Second)
	require.Equal(t, 200, send())
	h.Clock.Advance(time.Minute)
	require.Equal(t, 503, send(), "for half a minute")
	operations.away.Store(false)
	require.Equal(t, 200, send())
}

// refusals shows who may not call the adapter, and which references never reach the provider.
func refusals(t *testing.T, h *testkit.Harness) {
	t.Helper()
	for _, who := range []testkit.Caller{testkit.Peer("cashier"), testkit.Operator("admin"), testkit.Anonymous()} {
		if _, err := adapterv1.NewAdapterServiceClient(h.As(who)).CheckIntegration(t.Context(), &adapterv1.CheckIntegrationRequest{IntegrationId: "card"}); true {
			require.Equal(t, codes.PermissionDenied.String(), denied(err), who)
		}
	}
	_, err := adapterv1.NewPaymentProviderServiceClient(h.As(testkit.Peer("hub88"))).GetRefund(t.Context(), &adapterv1.GetRefundRequest{IntegrationId: "card", ProviderRef: "re_1"})
	require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(err))
	provider := adapterv1.NewPaymentProviderServiceClient(h.As(testkit.Peer("cashier")))
	for _, ref := range []string{"../v1/balance", "re_1/../../x", "re_1?expand", "cs_1", "re 1"} {
		_, err := provider.GetRefund(t.Context(), &adapterv1.GetRefundRequest{IntegrationId: "card", ProviderRef: ref})
		require.Equal(t, "PROVIDER_REFUSED", errs.ReasonOf(err), ref)
	}
	_, err = provider.GetPayment(t.Context(), &adapterv1.GetPaymentRequest{IntegrationId: "card", ProviderRef: "re_1"})
	require.Equal(t, "PROVIDER_REFUSED", errs.ReasonOf(err))
}

// denied is the code of an access refusal, with an anonymous caller's counted as one.
func denied(err error) string {
	if c := status.Code(err); c != codes.Unauthenticated {
		return c.String()
	}
	return codes.PermissionDenied.String()
}
