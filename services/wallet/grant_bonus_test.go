package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

func TestGrantBonus(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	f.grant(player, "gnt_closed", "1.00")
	f.closePool(player, "gnt_closed", walletv1.LateMoney_LATE_MONEY_CASH)
	type request = *walletv1.GrantBonusRequest
	first := run(f, moving[request, *walletv1.GrantBonusResponse]{
		do: walletv1.WalletServiceClient.GrantBonus, peer: "bonus", amount: "amount",
		req: &walletv1.GrantBonusRequest{RequestId: f.request(), PlayerId: player, GrantId: "gnt_1", Amount: eur("5.00"), Reference: bonusRef("gnt_1")},
		bad: []bad[request]{
			{"VALIDATION", func(r request) { r.GrantId = "" }},
			{"GRANT_CLOSED", func(r request) { r.GrantId = "gnt_closed" }},
		},
		conflict: func(r request) { r.GrantId = "gnt_2" },
		balance:  "10.00 0.00 b5.00/- v4",
		entries:  []string{"BONUS_GRANT BONUS_COST -5.00", "BONUS_GRANT BONUS 5.00"},
	})
	require.Equal(t, "5.00", first.GetPool().GetAmount())
	require.Equal(t, "gnt_1", f.operation(first.GetOperationId()).GetEntries()[1].GetGrantId())

	event := lastEvent(f, "wallet.bonus_changed.v1", 3, first.GetOperationId(), &walletv1.BonusChanged{})
	require.Equal(t, "GRANT_BONUS", event.GetKind())
	require.Equal(t, "5.00", event.GetAmount().GetAmount())
	require.False(t, event.GetClosed())
	require.Equal(t, []string{"gnt_1", "5.00"}, []string{event.GetDetail().GetGrantId(), event.GetDetail().GetPool().GetAmount()})
}

// Money of two grants is two pools, and one sum in the balance; a player without cash has an account after it.
func TestGrantBonus_PoolsOfOneBalance(t *testing.T) {
	f := startWallet(t)
	player := f.player("")
	grant := func(grant, amount string) (*walletv1.GrantBonusResponse, error) {
		return f.bonus.GrantBonus(t.Context(), &walletv1.GrantBonusRequest{
			RequestId: f.request(), PlayerId: player, GrantId: grant, Amount: eur(amount), Reference: bonusRef(grant),
		})
	}
	for _, tc := range []struct{ grant, amount, pool, balance string }{
		{"a", "5.00", "5.00", "0.00 0.00 b5.00/- v1"},
		{"b", "2.00", "2.00", "0.00 0.00 b7.00/- v2"},
		{"a", "1.00", "6.00", "0.00 0.00 b8.00/- v3"},
	} {
		r, err := grant(tc.grant, tc.amount)
		require.NoError(t, err)
		require.Equal(t, []string{tc.pool, tc.balance}, []string{r.GetPool().GetAmount(), short(r.GetBalanceAfter())})
	}
	f.refused("AMOUNT_OVERFLOW", func() error { _, err := grant("b", "92233720368547758.07"); return err })
}
