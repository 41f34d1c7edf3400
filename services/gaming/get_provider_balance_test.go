package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestGetProviderBalance(t *testing.T) {
	t.Parallel()
	c := purses(t)
	s := c.saver("100.00")
	req := &gamingv1.GetProviderBalanceRequest{IntegrationId: purse, Currency: "EUR"}
	balance := func() [2]string {
		r, err := s.as(s.id).GetProviderBalance(t.Context(), req)
		require.NoError(t, err)
		return [2]string{r.GetBalance().GetAmount(), r.GetOnTheWay().GetAmount()}
	}
	require.Equal(t, [2]string{"0.00", "0.00"}, balance())
	s.to("30.00")
	c.out.bank.failing("TransferFunds", beforeIt)
	s.to("5.00")
	require.Equal(t, [2]string{"30.00", "5.00"}, balance(), "and what is on its way")
	s.settles()
	require.Equal(t, [2]string{"35.00", "0.00"}, balance())

	c.out.bank.failing("GetFunds", beforeIt)
	_, err := s.as(s.id).GetProviderBalance(t.Context(), req)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE)
	for reason, bad := range map[gamingv1.ErrorReason]*gamingv1.GetProviderBalanceRequest{
		gamingv1.ErrorReason_ERROR_REASON_NOT_TRANSFER_WALLET:   {IntegrationId: integration, Currency: "EUR"},
		gamingv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND: {IntegrationId: "nobody", Currency: "EUR"},
		gamingv1.ErrorReason_ERROR_REASON_UNKNOWN_CURRENCY:      {IntegrationId: purse, Currency: "XXX"},
	} {
		_, err = s.as(s.id).GetProviderBalance(t.Context(), bad)
		refused(t, err, reason)
	}
	_, err = gamingv1.NewGamingServiceClient(c.As(testkit.Operator("admin"))).GetProviderBalance(t.Context(), req)
	denied(t, err)
}
