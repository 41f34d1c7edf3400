package stripe

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
	"github.com/pitboss-gaming/pitboss/sandbox/psp"
)

// sandboxAccount answers one integration that leads to the sandbox's payment provider.
type sandboxAccount struct {
	operationsv1.UnimplementedOperationsServiceServer
	base, key string
}

func (a sandboxAccount) GetIntegrationSecrets(context.Context, *operationsv1.GetIntegrationSecretsRequest) (*operationsv1.GetIntegrationSecretsResponse, error) {
	return &operationsv1.GetIntegrationSecretsResponse{
		Integration: &operationsv1.Integration{IntegrationId: "card", Protocol: Protocol, Enabled: true, Settings: map[string]string{"api_base_url": a.base}},
		Secrets:     map[string]string{"api_key": a.key, "webhook_secret": secret},
	}, nil
}

// startProvider runs the adapter against the sandbox's payment provider over HTTP.
func startProvider(t *testing.T) (adapterv1.PaymentProviderServiceClient, *testkit.Harness) {
	t.Helper()
	mux := http.NewServeMux()
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	p, err := psp.New(psp.Config{StateDir: t.TempDir(), PublicURL: web.URL + "/psp"})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(t, p.Close(ctx))
	})
	mux.Handle("/psp/", http.StripPrefix("/psp", p.Handler()))
	h := testkit.Start(t, Service(), testkit.Options{Remote: map[string]func(grpc.ServiceRegistrar){
		"cashier": func(r grpc.ServiceRegistrar) { cashierv1.RegisterCashierServiceServer(r, &playedCashier{}) },
		"operations": func(r grpc.ServiceRegistrar) {
			operationsv1.RegisterOperationsServiceServer(r, sandboxAccount{base: web.URL + "/psp", key: p.APIKey()})
		},
	}})
	return adapterv1.NewPaymentProviderServiceClient(h.As(testkit.Peer("cashier"))), h
}

func paymentRequest() *adapterv1.CreatePaymentRequest {
	return &adapterv1.CreatePaymentRequest{
		IntegrationId: "card", IdempotencyKey: "dep:1", OurRef: "dep_1", Amount: &commonv1.Money{Amount: "25.00", Currency: "EUR"},
		SuccessUrl: "https://casino.test/back", CancelUrl: "https://casino.test/cancelled", ExpiresAt: timestamppb.New(time.Now().Add(31 * time.Minute)),
	}
}

// payAt fills in the provider's page as a player would.
func payAt(t *testing.T, page string) {
	t.Helper()
	form := url.Values{"card_number": {"4242424242424242"}, "exp": {"12/39"}, "cvc": {"123"}, "name": {"A Player"}}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Post(page, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, res.StatusCode, string(body))
}

func TestCreatePayment(t *testing.T) {
	t.Parallel()
	provider, h := startProvider(t)
	ctx := t.Context()
	q := paymentRequest()
	made, err := provider.CreatePayment(ctx, q)
	require.NoError(t, err)
	again, err := provider.CreatePayment(ctx, q)
	require.NoError(t, err)
	require.Equal(t, made.GetProviderRef(), again.GetProviderRef(), "the same key opens one payment")
	other := paymentRequest()
	other.Amount.Amount = "26.00"
	_, err = provider.CreatePayment(ctx, other)
	require.Equal(t, "PROVIDER_PROTOCOL", errs.ReasonOf(err), "the same key with another amount is our mistake, not a refusal")

	ask := &adapterv1.GetPaymentRequest{IntegrationId: "card", ProviderRef: made.GetProviderRef()}
	seen, err := provider.GetPayment(ctx, ask)
	require.NoError(t, err)
	require.Equal(t, adapterv1.PaymentStatus_PAYMENT_STATUS_PENDING, seen.GetPayment().GetStatus())
	payAt(t, made.GetRedirectUrl())
	seen, err = provider.GetPayment(ctx, ask)
	require.NoError(t, err)
	require.Equal(t, adapterv1.PaymentStatus_PAYMENT_STATUS_SUCCEEDED, seen.GetPayment().GetStatus())
	require.Equal(t, "dep_1 25.00 EUR visa **** 4242", seen.GetPayment().GetOurRef()+" "+seen.GetPayment().GetAmount().GetAmount()+" "+seen.GetPayment().GetAmount().GetCurrency()+" "+seen.GetPayment().GetInstrument())

	bad := paymentRequest()
	bad.IdempotencyKey, bad.Amount = "dep:2", &commonv1.Money{Amount: "0.001", Currency: "EUR"}
	_, err = provider.CreatePayment(ctx, bad)
	require.Equal(t, "PROVIDER_REFUSED", errs.ReasonOf(err))
	_, err = adapterv1.NewPaymentProviderServiceClient(h.As(testkit.Peer("gaming"))).CreatePayment(ctx, paymentRequest())
	require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(err))
}
