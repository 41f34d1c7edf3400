package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestReturnProviderFunds(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	s.to("50.00")
	req := &gamingv1.ReturnProviderFundsRequest{IntegrationId: purse, RequestId: "r1", PlayerId: s.id, Currency: "EUR", Reason: "case 7"}
	first, err := c.staff("finance").ReturnProviderFunds(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, []string{"CONFIRMED", "50.00", "TRANSFER_CAUSE_OPERATOR"},
		[]string{state(first.GetTransfer()), first.GetTransfer().GetAmount().GetAmount(), first.GetTransfer().GetCause().String()})
	s.cash("100.00", "0.00")
	again, err := c.staff("finance").ReturnProviderFunds(t.Context(), req)
	require.NoError(t, err)
	require.True(t, again.GetReplayed())
	require.Equal(t, first.GetTransfer().GetTransferId(), again.GetTransfer().GetTransferId())
	other := c.saver("1.00")
	_, err = c.staff("finance").ReturnProviderFunds(t.Context(), &gamingv1.ReturnProviderFundsRequest{
		IntegrationId: purse, RequestId: "r1", PlayerId: other.id, Currency: "EUR", Reason: "case 8",
	})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)

	_, err = c.staff("finance").ReturnProviderFunds(t.Context(), &gamingv1.ReturnProviderFundsRequest{IntegrationId: purse, RequestId: "r2", PlayerId: s.id, Currency: "EUR"})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err))
	_, err = c.staff("finance").ReturnProviderFunds(t.Context(), &gamingv1.ReturnProviderFundsRequest{
		IntegrationId: integration, RequestId: "r3", PlayerId: s.id, Currency: "EUR", Reason: "case 9",
	})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_NOT_TRANSFER_WALLET)
	for _, who := range []testkit.Caller{testkit.Operator("support"), testkit.Player(s.id), testkit.Peer("transfer")} {
		_, err = gamingv1.NewGamingServiceClient(c.As(who)).ReturnProviderFunds(t.Context(), req)
		denied(t, err)
	}
	c.verify()
}
