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

// What is zero is absent, so that a balance without bonus money and debts reads as it always did.
func TestGetBalance_BonusAndDebt(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	get := func() *walletv1.Balance {
		r, err := f.bonus.GetBalance(t.Context(), &walletv1.GetBalanceRequest{PlayerId: player, Currency: "EUR"})
		require.NoError(t, err)
		return r.GetBalance()
	}
	b := get()
	require.Nil(t, b.GetBonus())
	require.Nil(t, b.GetHeldBonus())
	require.Nil(t, b.GetOwed())
	f.grant(player, "a", "5.00")
	f.grant(player, "b", "2.00")
	require.Equal(t, "10.00 0.00 b7.00/- v3", short(get()))
	f.stake(player, "a", "5.00", walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY, 0)
	require.Equal(t, "10.00 0.00 b2.00/5.00 v4", short(get()))
	f.closePool(player, "b", walletv1.LateMoney_LATE_MONEY_CASH)
	require.Equal(t, "10.00 0.00 b-/5.00 v5", short(get()))
	f.chargeback(player, "10.01")
	require.Equal(t, "0.00 0.00 b-/5.00 owes0.01 v6", short(get()))
	require.Equal(t, "EUR", get().GetOwed().GetCurrency())
	mine, err := f.as(testkit.Player(player)).ListBalances(t.Context(), &walletv1.ListBalancesRequest{})
	require.NoError(t, err)
	require.Equal(t, "0.00 0.00 b-/5.00 owes0.01 v6", short(mine.GetBalances()[0]))
}
