package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

func TestConvertBonus(t *testing.T) {
	f := startWallet(t)
	player, other := f.player("10.00"), f.player("")
	f.grant(player, "gnt_1", "80.00")
	f.grant(other, "gnt_other", "80.00")
	type request = *walletv1.ConvertBonusRequest
	first := run(f, moving[request, *walletv1.ConvertBonusResponse]{
		do: walletv1.WalletServiceClient.ConvertBonus, peer: "bonus", amount: "amount",
		req: &walletv1.ConvertBonusRequest{RequestId: f.request(), PlayerId: player, GrantId: "gnt_1", Amount: eur("30.00"), Reference: bonusRef("gnt_1")},
		bad: []bad[request]{
			{"VALIDATION", func(r request) { r.GrantId = "" }},
			{"GRANT_NOT_FOUND", func(r request) { r.GrantId = "gnt_none" }},
			{"GRANT_NOT_FOUND", func(r request) { r.GrantId = "gnt_other" }},
			{"GRANT_NOT_FOUND", func(r request) { r.Amount = usd("1.00") }},
			{"INSUFFICIENT_FUNDS", func(r request) { r.Amount = eur("80.01") }},
			{"INSUFFICIENT_FUNDS", func(r request) {
				r.Amount, r.Close, r.LateMoney = eur("80.01"), true, walletv1.LateMoney_LATE_MONEY_CASH
			}},
			{"FUNDING_INVALID", func(r request) { r.Close = true }},
			{"FUNDING_INVALID", func(r request) { r.LateMoney = walletv1.LateMoney_LATE_MONEY_CASH }},
			{"VALIDATION", func(r request) { r.Close, r.LateMoney = true, 9 }},
		},
		conflict: func(r request) { r.Close, r.LateMoney = true, walletv1.LateMoney_LATE_MONEY_CASH },
		balance:  "40.00 0.00 b50.00/- v3",
		entries:  []string{"BONUS_CONVERT BONUS -30.00", "BONUS_CONVERT CASH 30.00"},
	})
	require.Nil(t, first.GetForfeited())
	event := lastEvent(f, "wallet.bonus_changed.v1", 3, first.GetOperationId(), &walletv1.BonusChanged{})
	require.Equal(t, []string{"CONVERT_BONUS", "30.00", "50.00"},
		[]string{event.GetKind(), event.GetAmount().GetAmount(), event.GetDetail().GetPool().GetAmount()})
}

// Closing forfeits what is left in the same operation, and the pool takes part in nothing that begins later.
func TestConvertBonus_Closes(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	f.grant(player, "gnt_1", "80.00")
	req := &walletv1.ConvertBonusRequest{
		RequestId: f.request(), PlayerId: player, GrantId: "gnt_1", Amount: eur("50.00"), Close: true, LateMoney: walletv1.LateMoney_LATE_MONEY_CASH,
		Reference: bonusRef("gnt_1"),
	}
	first, err := f.bonus.ConvertBonus(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, "60.00 0.00 v3", short(first.GetBalanceAfter()))
	require.Equal(t, "30.00", first.GetForfeited().GetAmount())
	require.Equal(t, []string{"BONUS_CONVERT BONUS -50.00", "BONUS_CONVERT CASH 50.00", "BONUS_FORFEIT BONUS -30.00", "BONUS_FORFEIT BONUS_COST 30.00"},
		f.entries(first.GetOperationId()))
	repeated(f, first, func() (*walletv1.ConvertBonusResponse, error) { return f.bonus.ConvertBonus(t.Context(), req) }, func() error {
		_, err := f.bonus.ConvertBonus(t.Context(), &walletv1.ConvertBonusRequest{
			RequestId: req.GetRequestId(), PlayerId: player, GrantId: "gnt_1", Amount: eur("50.00"), Reference: bonusRef("gnt_1"),
		})
		return err
	})
	require.True(t, lastEvent(f, "wallet.bonus_changed.v1", 2, first.GetOperationId(), &walletv1.BonusChanged{}).GetClosed())
	refuses(f, f.bonus, walletv1.WalletServiceClient.ConvertBonus, req,
		bad[*walletv1.ConvertBonusRequest]{"GRANT_CLOSED", func(r *walletv1.ConvertBonusRequest) { r.RequestId, r.Amount = f.request(), eur("0.00") }})
	f.refused("GRANT_CLOSED", func() error {
		_, err := f.gaming.PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{
			RequestId: f.request(), PlayerId: player, Amount: eur("1.00"), Reference: roundRef("r1"),
			Funding: &walletv1.Funding{Policy: walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST, GrantId: "gnt_1"},
		})
		return err
	})
}

// An amount of zero closes a pool without converting anything.
func TestConvertBonus_ClosesWithZero(t *testing.T) {
	f := startWallet(t)
	player := f.player("")
	f.grant(player, "gnt_1", "7.00")
	r, err := f.bonus.ConvertBonus(t.Context(), &walletv1.ConvertBonusRequest{
		RequestId: f.request(), PlayerId: player, GrantId: "gnt_1", Amount: eur("0.00"), Close: true, LateMoney: walletv1.LateMoney_LATE_MONEY_DISCARD,
		Reference: bonusRef("gnt_1"),
	})
	require.NoError(t, err)
	require.Equal(t, "7.00", r.GetForfeited().GetAmount())
	require.Equal(t, []string{"BONUS_FORFEIT BONUS -7.00", "BONUS_FORFEIT BONUS_COST 7.00"}, f.entries(r.GetOperationId()))
	require.Equal(t, "0.00 0.00 v2", short(r.GetBalanceAfter()))
}
