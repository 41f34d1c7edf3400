package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

func TestForfeitBonus(t *testing.T) {
	f := startWallet(t)
	player, other := f.player("10.00"), f.player("")
	f.grant(player, "gnt_1", "8.00")
	f.grant(other, "gnt_other", "8.00")
	type request = *walletv1.ForfeitBonusRequest
	first := run(f, moving[request, *walletv1.ForfeitBonusResponse]{
		do: walletv1.WalletServiceClient.ForfeitBonus, peer: "bonus",
		req: &walletv1.ForfeitBonusRequest{
			RequestId: f.request(), PlayerId: player, GrantId: "gnt_1", Amount: eur("3.00"), Currency: "EUR", Reference: bonusRef("gnt_1"),
		},
		bad: []bad[request]{
			{"VALIDATION", func(r request) { r.GrantId = "" }},
			{"VALIDATION", func(r request) { r.Currency = "" }},
			{"UNKNOWN_CURRENCY", func(r request) { r.Amount, r.Currency = nil, "ZZZ" }},
			{"CURRENCY_MISMATCH", func(r request) { r.Currency = "USD" }},
			{"AMOUNT_NOT_POSITIVE", func(r request) { r.Amount = eur("0.00") }},
			{"AMOUNT_NOT_POSITIVE", func(r request) { r.Amount = eur("-1.00") }},
			{"EXCESS_PRECISION", func(r request) { r.Amount = eur("1.001") }},
			{"AMOUNT_OVERFLOW", func(r request) { r.Amount = eur("92233720368547758.08") }},
			{"GRANT_NOT_FOUND", func(r request) { r.GrantId = "gnt_none" }},
			{"GRANT_NOT_FOUND", func(r request) { r.GrantId = "gnt_other" }},
			{"GRANT_NOT_FOUND", func(r request) { r.Amount, r.Currency = nil, "USD" }},
			{"INSUFFICIENT_FUNDS", func(r request) { r.Amount = eur("8.01") }},
			{"FUNDING_INVALID", func(r request) { r.Amount, r.Close = nil, true }},
			{"FUNDING_INVALID", func(r request) { r.LateMoney = walletv1.LateMoney_LATE_MONEY_CASH }},
			{"FUNDING_INVALID", func(r request) { r.Close, r.LateMoney = true, walletv1.LateMoney_LATE_MONEY_CASH }},
		},
		conflict: func(r request) { r.Amount = nil },
		balance:  "10.00 0.00 b5.00/- v3",
		entries:  []string{"BONUS_FORFEIT BONUS -3.00", "BONUS_FORFEIT BONUS_COST 3.00"},
	})
	require.Equal(t, "3.00", first.GetForfeited().GetAmount())

	event := lastEvent(f, "wallet.bonus_changed.v1", 3, first.GetOperationId(), &walletv1.BonusChanged{})
	require.Equal(t, []string{"FORFEIT_BONUS", "3.00", "5.00"},
		[]string{event.GetKind(), event.GetAmount().GetAmount(), event.GetDetail().GetPool().GetAmount()})
}

// Without an amount all that is free goes, and what open bets hold goes where it was said when the pool was closed.
func TestForfeitBonus_LateMoney(t *testing.T) {
	for late, want := range map[walletv1.LateMoney]struct{ balance, side string }{
		walletv1.LateMoney_LATE_MONEY_CASH:    {"16.00 0.00 b-/1.00 v6", "CASH"},
		walletv1.LateMoney_LATE_MONEY_DISCARD: {"10.00 0.00 b-/1.00 v6", "BONUS_COST"},
	} {
		t.Run(late.String(), func(t *testing.T) {
			f := startWallet(t)
			player := f.player("10.00")
			f.grant(player, "gnt_1", "8.00")
			won := f.stake(player, "gnt_1", "2.00", walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY, 0).GetHoldId()
			f.stake(player, "gnt_1", "1.00", walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY, 0)
			req := &walletv1.ForfeitBonusRequest{
				RequestId: f.request(), PlayerId: player, GrantId: "gnt_1", Currency: "EUR", Close: true, LateMoney: late, Reference: bonusRef("gnt_1"),
			}
			first, err := f.bonus.ForfeitBonus(t.Context(), req)
			require.NoError(t, err)
			require.Equal(t, "10.00 0.00 b-/3.00 v5", short(first.GetBalanceAfter()))
			require.Equal(t, "5.00", first.GetForfeited().GetAmount())
			again, err := f.bonus.ForfeitBonus(t.Context(), req)
			require.NoError(t, err)
			require.True(t, again.GetReplayed())
			require.Equal(t, "5.00", again.GetForfeited().GetAmount())

			operation := f.settle(player, won, "6.00")
			require.Equal(t, []string{"SETTLE_DEBIT HELD_BONUS -2.00", "SETTLE_DEBIT HOUSE 2.00", "PAYOUT HOUSE -6.00", "PAYOUT " + want.side + " 6.00"}, f.entries(operation))
			require.Equal(t, want.balance, f.balance(player))
			refuses(f, f.bonus, walletv1.WalletServiceClient.ForfeitBonus, req,
				bad[*walletv1.ForfeitBonusRequest]{"GRANT_CLOSED", func(r *walletv1.ForfeitBonusRequest) { r.RequestId = f.request() }})
		})
	}
}

// A batch that has to be decided again is decided on what is there then.
func TestForfeitBonus_DecidedAgain(t *testing.T) {
	again := newTable()
	first := newTable()
	c := first.parse(t, []string{"forfeit", "ann", "g"})
	for w, amount := range map[*table]string{first: "5.00", again: "7.00"} {
		w.run(t, "grant ann g "+amount+" -> 0.00 0.00 b"+amount+"/0.00 v1")
	}
	for _, w := range []*table{first, again} {
		r, err := w.book.decide(c)
		require.NoError(t, err)
		require.Zero(t, r.after.bonus)
	}
}
