package wallet

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListBonusPools(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	_, err := f.bonus.GrantBonus(t.Context(), &walletv1.GrantBonusRequest{
		RequestId: f.request(), PlayerId: player, GrantId: "dollars", Amount: usd("9.00"), Reference: bonusRef("dollars"),
	})
	require.NoError(t, err)
	f.grant(player, "b", "8.00")
	f.stake(player, "b", "3.00", walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY, 0)
	f.grant(player, "a", "1.00")
	f.closePool(player, "a", walletv1.LateMoney_LATE_MONEY_DISCARD)
	f.grant(player, "held", "2.00")
	f.stake(player, "held", "2.00", walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY, 0)
	f.closePool(player, "held", walletv1.LateMoney_LATE_MONEY_CASH)
	f.grant(f.player(""), "foreign", "1.00")

	list := func(c walletv1.WalletServiceClient, closed bool) []string {
		r, err := c.ListBonusPools(t.Context(), &walletv1.ListBonusPoolsRequest{PlayerId: player, IncludeClosed: closed})
		require.NoError(t, err)
		var lines []string
		for _, p := range r.GetPools() {
			lines = append(lines, fmt.Sprint(p.GetGrantId(), " ", p.GetAvailable().GetAmount(), " ", p.GetHeld().GetAmount(), " ", p.GetAvailable().GetCurrency(),
				" ", p.GetClosed(), " ", p.GetLateMoney().String()[len("LATE_MONEY_"):]))
		}
		return lines
	}
	open := []string{"b 5.00 3.00 EUR false UNSPECIFIED", "held 0.00 2.00 EUR true CASH", "dollars 9.00 0.00 USD false UNSPECIFIED"}
	for _, c := range []testkit.Caller{testkit.Peer("bonus"), testkit.Peer("gaming"), testkit.Operator("support"), testkit.Operator("analyst")} {
		require.Equal(t, open, list(f.as(c), false))
	}
	require.Equal(t, append([]string{"a 0.00 0.00 EUR true DISCARD"}, open...), list(f.bonus, true))

	none, err := f.bonus.ListBonusPools(t.Context(), &walletv1.ListBonusPoolsRequest{PlayerId: "ply_nobody"})
	require.NoError(t, err)
	require.Empty(t, none.GetPools())
	_, err = f.bonus.ListBonusPools(t.Context(), &walletv1.ListBonusPoolsRequest{})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err))
	f.deniedTo(func(c walletv1.WalletServiceClient) error {
		_, err := c.ListBonusPools(t.Context(), &walletv1.ListBonusPoolsRequest{PlayerId: player})
		return err
	}, testkit.Peer("cashier"), testkit.Peer("compliance"), testkit.Peer("catalog"), testkit.Player(player), testkit.Operator("player"), testkit.Partner("pcl_1", "wallet"))
}
