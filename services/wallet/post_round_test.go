package wallet

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func placing(player, id, amount string) *walletv1.RoundStep {
	return &walletv1.RoundStep{Step: &walletv1.RoundStep_PlaceHold{PlaceHold: &walletv1.PlaceHoldRequest{
		RequestId: id, PlayerId: player, Amount: eur(amount), Reference: roundRef("r1"),
	}}}
}

func settling(player, id, hold, payout string) *walletv1.RoundStep {
	return &walletv1.RoundStep{Step: &walletv1.RoundStep_SettleHold{SettleHold: &walletv1.SettleHoldRequest{
		RequestId: id, PlayerId: player, HoldId: hold, Payout: eur(payout), Provider: "acme", Reference: roundRef("r1"),
	}}}
}

func TestPostRound(t *testing.T) {
	f := startWallet(t)
	player, other := f.player("10.00"), f.player("10.00")
	req := &walletv1.PostRoundRequest{PlayerId: player, Steps: []*walletv1.RoundStep{
		placing(player, "b1", "4.00"), placing(player, "b2", "6.00"), settling(player, "w1", "step:0", "9.00"), settling(player, "w2", "step:1", "0.00"),
	}}
	f.deniedTo(func(c walletv1.WalletServiceClient) error { _, err := c.PostRound(t.Context(), req); return err }, others(player, "gaming")...)
	type request = *walletv1.PostRoundRequest
	refuses(f, f.gaming, walletv1.WalletServiceClient.PostRound, req,
		bad[request]{"VALIDATION", func(r request) { r.Steps = nil }},
		bad[request]{"VALIDATION", func(r request) { r.Steps[1].Step = nil }},
		bad[request]{"VALIDATION", func(r request) { r.Steps[0].GetPlaceHold().RequestId = "" }},
		bad[request]{"HOLD_MISMATCH", func(r request) { r.Steps[0].GetPlaceHold().PlayerId = other }},
		bad[request]{"HOLD_NOT_FOUND", func(r request) { r.Steps[2].GetSettleHold().HoldId = "step:2" }},
		bad[request]{"HOLD_NOT_FOUND", func(r request) { r.Steps[2].GetSettleHold().HoldId = "step:x" }},
		bad[request]{"INSUFFICIENT_FUNDS", func(r request) { r.Steps[1].GetPlaceHold().Amount = eur("6.01") }},
		bad[request]{"HOLD_CLOSED", func(r request) { r.Steps[3].GetSettleHold().HoldId = "step:0" }},
	)
	first, err := f.gaming.PostRound(t.Context(), req)
	require.NoError(t, err)
	var after []string
	for _, r := range first.GetResults() {
		require.False(t, r.GetReplayed())
		after = append(after, short(r.GetBalanceAfter()))
	}
	require.Equal(t, []string{"6.00 4.00 v2", "0.00 10.00 v3", "9.00 6.00 v4", "9.00 0.00 v5"}, after)
	require.Equal(t, first.GetResults()[0].GetHoldId(), first.GetResults()[2].GetHoldId())

	before := f.footprint()
	again, err := f.gaming.PostRound(t.Context(), req)
	require.NoError(t, err)
	for i, r := range again.GetResults() {
		require.True(t, r.GetReplayed())
		require.Equal(t, first.GetResults()[i].GetOperationId(), r.GetOperationId())
	}
	alone, err := f.gaming.PlaceHold(t.Context(), req.GetSteps()[0].GetPlaceHold())
	require.NoError(t, err)
	require.True(t, alone.GetReplayed(), "a step and the single RPC are the same request")
	require.Equal(t, before, f.footprint())
}

// A step that was done alone is answered as it was, and later steps find its hold although nothing else names it.
func TestPostRound_GoesOnFromADoneStep(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	play := &walletv1.PlaceAndSettleRequest{
		RequestId: "play", PlayerId: player, Stake: eur("4.00"), Payout: eur("1.00"), Provider: "acme", Reference: roundRef("r1"), Jackpots: jackpots(5, "EUR"),
	}
	bet := placing(player, "bet", "2.00")
	_, err := f.gaming.PlaceAndSettle(t.Context(), play)
	require.NoError(t, err)
	_, err = f.gaming.PlaceHold(t.Context(), bet.GetPlaceHold())
	require.NoError(t, err)

	late := &walletv1.CreditRequest{
		RequestId: "late", PlayerId: player, Amount: eur("0.50"), Provider: "acme", EntryType: walletv1.EntryType_ENTRY_TYPE_PAYOUT, Reference: roundRef("r1"), HoldId: "step:0",
	}
	req := &walletv1.PostRoundRequest{PlayerId: player, Steps: []*walletv1.RoundStep{
		{Step: &walletv1.RoundStep_PlaceAndSettle{PlaceAndSettle: play}}, bet, {Step: &walletv1.RoundStep_Credit{Credit: late}}, settling(player, "win", "step:1", "3.00"),
	}}
	first, err := f.gaming.PostRound(t.Context(), req)
	require.NoError(t, err)
	again, err := f.gaming.PostRound(t.Context(), req)
	require.NoError(t, err)
	for i, r := range first.GetResults() {
		require.Equal(t, i < 2, r.GetReplayed())
		r.Replayed = true
		require.True(t, proto.Equal(r, again.GetResults()[i]), "%v, then %v", r, again.GetResults()[i])
	}
	require.Len(t, first.GetResults()[0].GetDetail().GetJackpots(), 2)
	require.Equal(t, "8.50 0.00 v5", f.balance(player))
}

func TestPostRound_InParallel(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			_, err := f.gaming.PostRound(t.Context(), &walletv1.PostRoundRequest{PlayerId: player, Steps: []*walletv1.RoundStep{
				placing(player, "b1", "4.00"), settling(player, "w1", "step:0", "1.00"),
			}})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.Equal(t, "7.00 0.00 v3", f.balance(player))
}

func TestCorrectHold_Basis(t *testing.T) {
	f := startWallet(t)
	player := f.player("20.00")
	hold := f.settled(player, "4.00", "6.00") // 22.00
	correct := func(basis walletv1.CorrectionBasis, amount string, change func(r *walletv1.CorrectHoldRequest)) (*walletv1.CorrectHoldResponse, error) {
		r := &walletv1.CorrectHoldRequest{
			RequestId: f.request(), PlayerId: player, HoldId: hold, Payout: eur(amount), Basis: basis, RefuseDebt: true, Provider: "acme", Reference: roundRef("r1"),
		}
		if change != nil {
			change(r)
		}
		return f.gaming.CorrectHold(t.Context(), r)
	}
	more, err := correct(walletv1.CorrectionBasis_CORRECTION_BASIS_MORE, "3.00", nil)
	require.NoError(t, err)
	require.Equal(t, "25.00", more.GetBalanceAfter().GetAvailable().GetAmount())
	f.refused("PART_TOO_LARGE", func() error {
		_, err := correct(walletv1.CorrectionBasis_CORRECTION_BASIS_LESS, "9.01", nil)
		return err
	})
	f.bet(player, "20.00")
	f.refused("INSUFFICIENT_FUNDS", func() error {
		_, err := correct(walletv1.CorrectionBasis_CORRECTION_BASIS_LESS, "9.00", nil)
		return err
	})
	f.refused("FUNDING_INVALID", func() error {
		_, err := correct(walletv1.CorrectionBasis_CORRECTION_BASIS_MORE, "1.00", func(r *walletv1.CorrectHoldRequest) { r.AtMostPaid = true })
		return err
	})
	less, err := correct(walletv1.CorrectionBasis_CORRECTION_BASIS_LESS, "9.00", func(r *walletv1.CorrectHoldRequest) { r.RefuseDebt = false })
	require.NoError(t, err)
	require.Equal(t, "-5.00 - 4.00 -", changes(less))
	back, err := correct(walletv1.CorrectionBasis_CORRECTION_BASIS_MORE, "0.00", func(r *walletv1.CorrectHoldRequest) { r.Void = true })
	require.NoError(t, err)
	require.Equal(t, "0.00 20.00 v7", short(back.GetBalanceAfter()), "the stake pays the debt")

	hold = f.settled(f.player("20.00"), "4.00", "6.00")
	h, err := f.gaming.GetHolds(t.Context(), &walletv1.GetHoldsRequest{HoldIds: []string{hold}})
	require.NoError(t, err)
	player = h.GetHolds()[0].GetPlayerId()
	for _, balance := range []string{"16.00", "16.00"} {
		less, err = correct(walletv1.CorrectionBasis_CORRECTION_BASIS_LESS, "8.00", func(r *walletv1.CorrectHoldRequest) { r.AtMostPaid = true })
		require.NoError(t, err)
		require.Equal(t, balance, less.GetBalanceAfter().GetAvailable().GetAmount(), "no more than it has paid")
	}
}

func TestDebit_IntoDebt(t *testing.T) {
	f := startWallet(t)
	player := f.player("5.00")
	req := &walletv1.DebitRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("8.00"), Counterparty: "house:acme", Reference: roundRef("r1"), IntoDebt: true,
	}
	r, err := f.gaming.Debit(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, []string{"0.00", "3.00"}, []string{r.GetBalanceAfter().GetAvailable().GetAmount(), r.GetBalanceAfter().GetOwed().GetAmount()})
	f.refused("INSUFFICIENT_FUNDS", func() error {
		_, err := f.gaming.Debit(t.Context(), &walletv1.DebitRequest{
			RequestId: f.request(), PlayerId: player, Amount: eur("1.00"), Counterparty: "house:acme", Reference: roundRef("r1"),
		})
		return err
	})
	_, err = f.as(testkit.Peer("gaming")).SettleDebt(t.Context(), &walletv1.SettleDebtRequest{RequestId: f.request(), PlayerId: player, Amount: eur("3.00"), Reference: roundRef("r1")})
	require.Error(t, err, "there is no cash yet")
}
