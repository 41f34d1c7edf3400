package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func TestCorrectHold(t *testing.T) {
	f := startWallet(t)
	player, other := f.player("20.00"), f.player("10.00")
	hold, open, released := f.settled(player, "4.00", "36.00"), f.bet(player, "1.00"), f.bet(player, "1.00")
	_, err := f.gaming.ReleaseHold(t.Context(), &walletv1.ReleaseHoldRequest{RequestId: f.request(), PlayerId: player, HoldId: released, Reference: roundRef("r1")})
	require.NoError(t, err)
	withdrawal, foreign := f.withdrawal(player, "1.00"), f.settled(other, "1.00", "0.00")
	type request = *walletv1.CorrectHoldRequest
	first := run(f, moving[request, *walletv1.CorrectHoldResponse]{
		do: walletv1.WalletServiceClient.CorrectHold, peer: "gaming", amount: "payout", zero: true,
		req: &walletv1.CorrectHoldRequest{RequestId: f.request(), PlayerId: player, HoldId: hold, Payout: eur("30.00"), Provider: "acme", Reference: roundRef("r1")},
		bad: []bad[request]{
			{"VALIDATION", func(r request) { r.HoldId = "" }},
			{"VALIDATION", func(r request) { r.Provider = "" }},
			{"HOLD_NOT_FOUND", func(r request) { r.HoldId = "hld_none" }},
			{"HOLD_MISMATCH", func(r request) { r.HoldId = foreign }},
			{"HOLD_MISMATCH", func(r request) { r.HoldId = withdrawal }},
			{"HOLD_MISMATCH", func(r request) { r.Payout = usd("30.00") }},
			{"HOLD_OPEN", func(r request) { r.HoldId = open }},
			{"HOLD_VOID", func(r request) { r.HoldId = released }},
			{"FUNDING_INVALID", func(r request) { r.Void = true }},
		},
		conflict: func(r request) { r.Payout = eur("30.01") },
		balance:  "44.00 2.00 v8",
		entries:  []string{"CORRECTION CASH -6.00", "CORRECTION HOUSE 6.00"},
	})
	require.Equal(t, "-6.00 - - -", changes(first))
	event := lastEvent(f, "wallet.corrected.v1", 1, first.GetOperationId(), &walletv1.HoldCorrected{})
	require.Equal(t, []string{hold, "30.00", "-6.00"}, []string{event.GetHoldId(), event.GetPayout().GetAmount(), event.GetDetail().GetCashChange().GetAmount()})
	require.False(t, event.GetVoid())
}

// changes is "cash bonus owed uncollected" of a correction.
func changes(r *walletv1.CorrectHoldResponse) string {
	return orDash(r.GetCashChange()) + " " + orDash(r.GetBonusChange()) + " " + orDash(r.GetOwedChange()) + " " + orDash(r.GetUncollected())
}

// correction is one correction of a hold and what comes of it.
type correction struct {
	payout           string
	void             bool
	changes, balance string
	entries          []string
}

func (f *fixture) corrected(player, hold string, c correction) {
	f.t.Helper()
	r, err := f.gaming.CorrectHold(f.t.Context(), &walletv1.CorrectHoldRequest{
		RequestId: f.request(), PlayerId: player, HoldId: hold, Payout: eur(c.payout), Void: c.void, Provider: "acme", Reference: roundRef("r1"),
	})
	require.NoError(f.t, err)
	require.Equal(f.t, []string{c.changes, c.balance}, []string{changes(r), short(r.GetBalanceAfter())})
	require.Equal(f.t, c.entries, f.entries(r.GetOperationId()))
}

// What is taken back and not there is owed; what is given later pays the debt first. A void gives the stake back too, and is the last correction.
func TestCorrectHold_Debt(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	hold := f.settled(player, "10.00", "50.00")
	out, err := f.cashier.ReserveWithdrawal(t.Context(), &walletv1.ReserveWithdrawalRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("45.00"), Reference: withdrawalRef("wdr_1"),
	})
	require.NoError(t, err)
	_, err = f.cashier.CompleteWithdrawal(t.Context(), &walletv1.CompleteWithdrawalRequest{
		RequestId: f.request(), PlayerId: player, HoldId: out.GetHoldId(), Psp: "stripe",
	})
	require.NoError(t, err)
	for _, c := range []correction{
		{"0.00", false, "-5.00 - 45.00 -", "0.00 0.00 owes45.00 v6",
			[]string{"CORRECTION CASH -5.00", "CORRECTION HOUSE 5.00", "CORRECTION RECEIVABLE -45.00", "CORRECTION HOUSE 45.00"}},
		{"0.00", false, "- - - -", "0.00 0.00 owes45.00 v7", nil},
		{"20.00", false, "- - -20.00 -", "0.00 0.00 owes25.00 v8", []string{"CORRECTION HOUSE -20.00", "CORRECTION RECEIVABLE 20.00"}},
		{"50.00", false, "5.00 - -25.00 -", "5.00 0.00 v9",
			[]string{"CORRECTION HOUSE -25.00", "CORRECTION RECEIVABLE 25.00", "CORRECTION HOUSE -5.00", "CORRECTION CASH 5.00"}},
		{"0.00", true, "-5.00 - 35.00 -", "0.00 0.00 owes35.00 v10",
			[]string{"CORRECTION CASH -5.00", "CORRECTION HOUSE 5.00", "CORRECTION RECEIVABLE -35.00", "CORRECTION HOUSE 35.00"}},
	} {
		f.corrected(player, hold, c)
	}
	var event walletv1.HoldCorrected
	require.NoError(t, f.h.Events("wallet.corrected.v1", 5)[4].Decode(&event))
	require.True(t, event.GetVoid())
	f.refused("HOLD_VOID", func() error {
		_, err := f.gaming.CorrectHold(t.Context(), &walletv1.CorrectHoldRequest{
			RequestId: f.request(), PlayerId: player, HoldId: hold, Payout: eur("1.00"), Provider: "acme", Reference: roundRef("r1"),
		})
		return err
	})
}

// The bonus part of a correction stays with bonus money: what the pool lacks is borne by bonus_cost and never by cash.
func TestCorrectHold_Bonus(t *testing.T) {
	f := startWallet(t)
	player := f.player("5.00")
	f.grant(player, "gnt_1", "5.00")
	hold := f.stake(player, "gnt_1", "5.00", walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY, 0).GetHoldId()
	f.settle(player, hold, "20.00")
	_, err := f.bonus.ForfeitBonus(t.Context(), &walletv1.ForfeitBonusRequest{
		RequestId: f.request(), PlayerId: player, GrantId: "gnt_1", Amount: eur("15.00"), Currency: "EUR", Reference: bonusRef("gnt_1"),
	})
	require.NoError(t, err)
	f.corrected(player, hold, correction{"0.00", false, "- -5.00 - 15.00", "5.00 0.00 v6",
		[]string{"CORRECTION BONUS -5.00", "CORRECTION HOUSE 5.00", "CORRECTION BONUS_COST -15.00", "CORRECTION HOUSE 15.00"}})
	// What was not there is made good before the pool gets something, by the stake as well.
	f.corrected(player, hold, correction{"8.00", false, "- - - -8.00", "5.00 0.00 v7", []string{"CORRECTION HOUSE -8.00", "CORRECTION BONUS_COST 8.00"}})
	f.corrected(player, hold, correction{"17.00", false, "- 2.00 - -7.00", "5.00 0.00 b2.00/- v8",
		[]string{"CORRECTION HOUSE -2.00", "CORRECTION BONUS 2.00", "CORRECTION HOUSE -7.00", "CORRECTION BONUS_COST 7.00"}})
	f.corrected(player, hold, correction{"0.00", true, "- -2.00 - 10.00", "5.00 0.00 v9",
		[]string{"CORRECTION BONUS -2.00", "CORRECTION HOUSE 2.00", "CORRECTION BONUS_COST -10.00", "CORRECTION HOUSE 10.00"}})
}

// A stake that was paid by both is corrected by its split, and late money of a closed pool goes where it was said.
func TestCorrectHold_SplitAndClosedPool(t *testing.T) {
	f := startWallet(t)
	player := f.player("1.00")
	f.grant(player, "gnt_1", "5.00")
	hold := f.stake(player, "gnt_1", "3.00", walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST, 0).GetHoldId()
	f.settle(player, hold, "0.00")
	f.corrected(player, hold, correction{"10.00", false, "3.34 6.66 - -", "3.34 0.00 b9.66/- v5",
		[]string{"CORRECTION HOUSE -6.66", "CORRECTION BONUS 6.66", "CORRECTION HOUSE -3.34", "CORRECTION CASH 3.34"}})
	f.closePool(player, "gnt_1", walletv1.LateMoney_LATE_MONEY_CASH)
	f.corrected(player, hold, correction{"13.00", false, "3.00 - - -", "6.34 0.00 v7",
		[]string{"CORRECTION HOUSE -2.00", "CORRECTION CASH 2.00", "CORRECTION HOUSE -1.00", "CORRECTION CASH 1.00"}})
	f.corrected(player, hold, correction{"10.00", false, "-3.00 - - -", "3.34 0.00 v8",
		[]string{"CORRECTION CASH -2.00", "CORRECTION HOUSE 2.00", "CORRECTION CASH -1.00", "CORRECTION HOUSE 1.00"}})
	f.corrected(player, hold, correction{"7.00", false, "-1.00 - - 2.00", "2.34 0.00 v9",
		[]string{"CORRECTION BONUS_COST -2.00", "CORRECTION HOUSE 2.00", "CORRECTION CASH -1.00", "CORRECTION HOUSE 1.00"}})
}

// Late money is taken back from cash, and is owed where cash does not suffice; a repeated correction is answered as it was, and one that may not leave a debt changes
// nothing.
func TestCorrectHold_LateMoney(t *testing.T) {
	f := startWallet(t)
	player := f.player("50.00")
	f.grant(player, "gnt_1", "10.00")
	hold := f.stake(player, "gnt_1", "10.00", walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY, 0).GetHoldId()
	f.closePool(player, "gnt_1", walletv1.LateMoney_LATE_MONEY_CASH)
	f.settle(player, hold, "20.00")
	down, up := []string{"CORRECTION CASH -20.00", "CORRECTION HOUSE 20.00"}, []string{"CORRECTION HOUSE -20.00", "CORRECTION CASH 20.00"}
	f.corrected(player, hold, correction{"0.00", false, "-20.00 - - -", "50.00 0.00 v6", down})
	f.corrected(player, hold, correction{"20.00", false, "20.00 - - -", "70.00 0.00 v7", up})
	f.chargeback(player, "65.00")
	req := &walletv1.CorrectHoldRequest{
		RequestId: f.request(), PlayerId: player, HoldId: hold, Payout: eur("0.00"), Provider: "acme", Reference: roundRef("r1"), RefuseDebt: true,
	}
	f.refused("INSUFFICIENT_FUNDS", func() error { _, err := f.gaming.CorrectHold(t.Context(), req); return err })
	f.corrected(player, hold, correction{"0.00", false, "-5.00 - 15.00 -", "0.00 0.00 owes15.00 v9",
		[]string{"CORRECTION CASH -5.00", "CORRECTION HOUSE 5.00", "CORRECTION RECEIVABLE -15.00", "CORRECTION HOUSE 15.00"}})
	req.Payout, req.RefuseDebt = eur("18.00"), false
	first, err := f.gaming.CorrectHold(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, "3.00 - -15.00 - 3.00 0.00 v10", changes(first)+" "+short(first.GetBalanceAfter()))
	before := f.footprint()
	again, err := f.gaming.CorrectHold(t.Context(), req)
	require.NoError(t, err)
	require.True(t, again.GetReplayed())
	require.Equal(t, changes(first), changes(again))
	require.Equal(t, before, f.footprint())
}

// What was discarded was never the player's: it is taken from where it is, and nothing is uncollected.
func TestCorrectHold_Discarded(t *testing.T) {
	f := startWallet(t)
	player := f.player("50.00")
	f.grant(player, "gnt_1", "10.00")
	hold := f.stake(player, "gnt_1", "10.00", walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY, 0).GetHoldId()
	f.settle(player, hold, "7.00")
	f.closePool(player, "gnt_1", walletv1.LateMoney_LATE_MONEY_DISCARD)
	for _, c := range []correction{
		{"20.00", false, "- - - -", "50.00 0.00 v6", []string{"CORRECTION HOUSE -13.00", "CORRECTION BONUS_COST 13.00"}},
		{"0.00", false, "- - - 7.00", "50.00 0.00 v7", []string{"CORRECTION BONUS_COST -20.00", "CORRECTION HOUSE 20.00"}},
		{"4.00", false, "- - - -4.00", "50.00 0.00 v8", []string{"CORRECTION HOUSE -4.00", "CORRECTION BONUS_COST 4.00"}},
		{"12.00", false, "- - - -3.00", "50.00 0.00 v9", []string{"CORRECTION HOUSE -8.00", "CORRECTION BONUS_COST 8.00"}},
	} {
		f.corrected(player, hold, c)
	}
}

// Corrections and a win of one hold that are decided on one book see what the others left, and what was refused leaves nothing.
func TestCorrectHold_InOneBatch(t *testing.T) {
	f := startWallet(t)
	player := f.player("50.00")
	f.grant(player, "gnt_1", "10.00")
	hold := f.stake(player, "gnt_1", "10.00", walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY, 0).GetHoldId()
	f.settle(player, hold, "5.00")
	f.closePool(player, "gnt_1", walletv1.LateMoney_LATE_MONEY_CASH)
	correct := func(payout string, refuse bool) *walletv1.RoundStep {
		return &walletv1.RoundStep{Step: &walletv1.RoundStep_CorrectHold{CorrectHold: &walletv1.CorrectHoldRequest{
			RequestId: f.request(), PlayerId: player, HoldId: hold, Payout: eur(payout), Provider: "acme", Reference: roundRef("r1"), RefuseDebt: refuse,
		}}}
	}
	win := func(amount string) *walletv1.RoundStep {
		return &walletv1.RoundStep{Step: &walletv1.RoundStep_Credit{Credit: &walletv1.CreditRequest{
			RequestId: f.request(), PlayerId: player, HoldId: hold, Amount: eur(amount), Provider: "acme", Reference: roundRef("r1"),
			EntryType: walletv1.EntryType_ENTRY_TYPE_PAYOUT,
		}}}
	}
	debit := &walletv1.RoundStep{Step: &walletv1.RoundStep_Debit{Debit: &walletv1.DebitRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("60.00"), Counterparty: "house:acme", Reference: roundRef("r1"),
	}}}
	for _, r := range []struct {
		reason string
		after  []string
		steps  []*walletv1.RoundStep
	}{
		{"", []string{"50.00", "50.00", "65.00", "50.00"}, []*walletv1.RoundStep{correct("0.00", false), correct("2.00", false), correct("20.00", false), correct("0.00", false)}},
		{"INSUFFICIENT_FUNDS", nil, []*walletv1.RoundStep{win("30.00"), debit, correct("0.00", true)}},
		{"", []string{"75.00", "65.00", "50.00"}, []*walletv1.RoundStep{win("30.00"), correct("20.00", true), correct("0.00", true)}},
	} {
		req := &walletv1.PostRoundRequest{PlayerId: player, Steps: r.steps}
		res, err := f.gaming.PostRound(t.Context(), req)
		require.Equal(t, r.reason, errs.ReasonOf(err), "%v", err)
		var after []string
		for _, done := range res.GetResults() {
			after = append(after, done.GetBalanceAfter().GetAvailable().GetAmount())
		}
		require.Equal(t, r.after, after)
		again, err := f.gaming.PostRound(t.Context(), req)
		require.Equal(t, r.reason, errs.ReasonOf(err), "repeated: %v", err)
		for i, done := range again.GetResults() {
			require.True(t, done.GetReplayed())
			require.Equal(t, r.after[i], done.GetBalanceAfter().GetAvailable().GetAmount())
		}
	}
}
