package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestGetBalance(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	f.bet(player, "4.00")
	require.Equal(t, "6.00 4.00 v2", f.balance(player))
	require.Equal(t, "0.00 0.00 v0", f.balance("nobody"))
	get := func(c walletv1.WalletServiceClient) error {
		_, err := c.GetBalance(t.Context(), &walletv1.GetBalanceRequest{PlayerId: player, Currency: "EUR"})
		return err
	}
	require.NoError(t, get(f.cashier))
	require.NoError(t, get(f.as(testkit.Peer("gateway"))))
	for _, c := range []testkit.Caller{testkit.Peer("catalog"), testkit.Player(player), testkit.Operator("admin")} {
		require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(get(f.as(c))))
	}
	for currency, reason := range map[string]string{"ZZZ": "UNKNOWN_CURRENCY", "eur": "VALIDATION"} {
		_, err := f.gaming.GetBalance(t.Context(), &walletv1.GetBalanceRequest{PlayerId: player, Currency: currency})
		require.Equal(t, reason, errs.ReasonOf(err))
	}
}
