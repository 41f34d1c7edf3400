package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// TestGetProviderFunds: what lies at providers is its own figure: by transfers and play, with what is on its way, without test players.
func TestGetProviderFunds(t *testing.T) {
	t.Parallel()
	c := purses(t)
	ask := func(integrationID string) []string {
		r, err := c.staff("support").GetProviderFunds(t.Context(), &gamingv1.GetProviderFundsRequest{IntegrationId: integrationID})
		require.NoError(t, err)
		var out []string
		for _, f := range r.GetFunds() {
			out = append(out, f.GetIntegrationId(), f.GetFunds().GetAmount(), f.GetFunds().GetCurrency(), f.GetOnTheWay().GetAmount(), string(rune('0'+f.GetWallets())))
		}
		return out
	}
	require.Empty(t, ask(""))
	s, other, test := c.saver("100.00"), c.saver("100.00"), c.trial("100.00")
	s.to("40.00")
	other.to("20.00")
	_, err := c.staff("admin").TransferTestFunds(t.Context(), &gamingv1.TransferTestFundsRequest{
		IntegrationId: purse, RequestId: "in", PlayerId: test.id, What: &gamingv1.TransferTestFundsRequest_ToProvider{ToProvider: eur("7.00")},
	})
	require.NoError(t, err)
	s.plays("b", "10.00", "25.00", c.Clock.Now())
	eventually(t, "the bet is read", func() bool { return s.rounds() == 1 })
	s.from("5.00")
	c.out.bank.failing("TransferFunds", beforeIt)
	require.Equal(t, "UNKNOWN", state(other.to("3.00")))
	require.Equal(t, []string{purse, "70.00", "EUR", "3.00", "2"}, ask(""))
	require.Equal(t, ask(""), ask(purse))
	require.Empty(t, ask(integration))
	for _, who := range []testkit.Caller{testkit.Player(s.id), testkit.Peer("transfer")} {
		_, err = gamingv1.NewGamingServiceClient(c.As(who)).GetProviderFunds(t.Context(), &gamingv1.GetProviderFundsRequest{})
		denied(t, err)
	}
}
