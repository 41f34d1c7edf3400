package stripe

import (
	"testing"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestCreateRefund(t *testing.T) {
	t.Parallel()
	provider, h := startProvider(t)
	ctx := t.Context()
	made, err := provider.CreatePayment(ctx, paymentRequest())
	require.NoError(t, err)
	refund := &adapterv1.CreateRefundRequest{
		IntegrationId: "card", IdempotencyKey: "ref:1", OurRef: "att_1", PaymentRef: made.GetProviderRef(), Amount: &commonv1.Money{Amount: "10.00", Currency: "EUR"},
	}
	_, err = provider.CreateRefund(ctx, refund)
	require.Equal(t, "PROVIDER_REFUSED", errs.ReasonOf(err), "nothing was paid yet")
	payAt(t, made.GetRedirectUrl())
	done, err := provider.CreateRefund(ctx, refund)
	require.NoError(t, err)
	require.Equal(t, "att_1", done.GetRefund().GetOurRef())
	again, err := provider.CreateRefund(ctx, refund)
	require.NoError(t, err)
	require.Equal(t, done.GetRefund().GetProviderRef(), again.GetRefund().GetProviderRef(), "the same key sends money once")
	seen, err := provider.GetRefund(ctx, &adapterv1.GetRefundRequest{IntegrationId: "card", ProviderRef: done.GetRefund().GetProviderRef()})
	require.NoError(t, err)
	require.Equal(t, adapterv1.PaymentStatus_PAYMENT_STATUS_SUCCEEDED, seen.GetRefund().GetStatus())
	refund.IdempotencyKey, refund.OurRef, refund.Amount = "ref:2", "att_2", &commonv1.Money{Amount: "15.01", Currency: "EUR"}
	_, err = provider.CreateRefund(ctx, refund)
	require.Equal(t, "PROVIDER_REFUSED", errs.ReasonOf(err), "more than is left")
	_, err = adapterv1.NewPaymentProviderServiceClient(h.As(testkit.Peer("hub88"))).CreateRefund(ctx, refund)
	require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(err))
}
