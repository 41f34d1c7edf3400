package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

func TestSettleHold(t *testing.T) {
	f := startWallet(t)
	player, other := f.player("10.00"), f.player("10.00")
	holdID, key := f.bet(player, "4.00"), f.request()
	request := func() *walletv1.SettleHoldRequest {
		return &walletv1.SettleHoldRequest{RequestId: key, PlayerId: player, HoldId: holdID, Payout: eur("36.00"), Provider: "acme", Reference: roundRef("r1")}
	}
	f.deniedTo(func(c walletv1.WalletServiceClient) error { _, err := c.SettleHold(t.Context(), request()); return err }, notGaming(player)...)
	for reason, change := range map[string]func(*walletv1.SettleHoldRequest){
		"HOLD_NOT_FOUND": func(r *walletv1.SettleHoldRequest) { r.HoldId = "hld_none" },
		"HOLD_MISMATCH":  func(r *walletv1.SettleHoldRequest) { r.HoldId = f.bet(other, "1.00") },
		"VALIDATION":     func(r *walletv1.SettleHoldRequest) { r.HoldId = "" },
	} {
		r := request()
		change(r)
		f.refused(reason, func() error { _, err := f.gaming.SettleHold(t.Context(), r); return err })
	}
	wrongPurpose := request()
	wrongPurpose.HoldId = f.withdrawal(player, "1.00")
	f.refused("HOLD_MISMATCH", func() error { _, err := f.gaming.SettleHold(t.Context(), wrongPurpose); return err })
	f.badAmounts(true, func(m *commonv1.Money) error {
		r := request()
		r.Payout = m
		_, err := f.gaming.SettleHold(t.Context(), r)
		return err
	})
	foreign := request()
	foreign.Payout = &commonv1.Money{Amount: "36.00", Currency: "USD"}
	f.refused("HOLD_MISMATCH", func() error { _, err := f.gaming.SettleHold(t.Context(), foreign); return err })

	first, err := f.gaming.SettleHold(t.Context(), request())
	require.NoError(t, err)
	require.Equal(t, "41.00 1.00 v4", short(first.GetBalanceAfter()))
	require.Equal(t, []string{"SETTLE_DEBIT HELD_CASH -4.00", "SETTLE_DEBIT HOUSE 4.00", "PAYOUT HOUSE -36.00", "PAYOUT CASH 36.00"}, f.entries(first.GetOperationId()))
	repeated(f, first, func() (*walletv1.SettleHoldResponse, error) { return f.gaming.SettleHold(t.Context(), request()) }, func() error {
		r := request()
		r.Payout = eur("0.00")
		_, err := f.gaming.SettleHold(t.Context(), r)
		return err
	})
	twice := request()
	twice.RequestId = f.request()
	f.refused("HOLD_CLOSED", func() error { _, err := f.gaming.SettleHold(t.Context(), twice); return err })

	event := &walletv1.HoldSettled{}
	require.NoError(t, f.h.Events("wallet.settled.v1", 1)[0].Decode(event))
	require.Equal(t, first.GetOperationId(), event.GetOperationId())
	require.Equal(t, "4.00", event.GetStake().GetAmount())
	require.Equal(t, "36.00", event.GetPayout().GetAmount())
	require.Equal(t, holdID, event.GetHoldId())
}

func TestSettleHold_LossAndFreeRound(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	for _, tc := range []struct {
		stake, payout string
		entries       []string
	}{
		{"1.00", "0.00", []string{"SETTLE_DEBIT HELD_CASH -1.00", "SETTLE_DEBIT HOUSE 1.00"}},
		{"0.00", "2.50", []string{"PAYOUT HOUSE -2.50", "PAYOUT CASH 2.50"}},
		{"0.00", "0.00", nil},
	} {
		r, err := f.gaming.SettleHold(t.Context(), &walletv1.SettleHoldRequest{
			RequestId: f.request(), PlayerId: player, HoldId: f.bet(player, tc.stake), Payout: eur(tc.payout), Provider: "acme", Reference: roundRef("r"),
		})
		require.NoError(t, err)
		require.Equal(t, tc.entries, f.entries(r.GetOperationId()))
	}
	require.Equal(t, "11.50 0.00 v7", f.balance(player))
}

func TestSettleHold_PayoutDoesNotOverflow(t *testing.T) {
	f := startWallet(t)
	player := f.player("92233720368547758.06")
	hold := f.bet(player, "0.05")
	f.refused("AMOUNT_OVERFLOW", func() error {
		_, err := f.gaming.SettleHold(t.Context(), &walletv1.SettleHoldRequest{
			RequestId: f.request(), PlayerId: player, HoldId: hold, Payout: eur("0.07"), Provider: "acme", Reference: roundRef("r"),
		})
		return err
	})
	_, err := f.gaming.ReleaseHold(t.Context(), &walletv1.ReleaseHoldRequest{
		RequestId: f.request(), PlayerId: player, HoldId: hold, Reference: roundRef("r"),
	})
	require.NoError(t, err)
	require.Equal(t, "92233720368547758.06 0.00 v3", f.balance(player))
}

// A hold is settled in parts: winnings that come first settle a part of zero, and what is still held is told until nothing is.
func TestSettleHold_Parts(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	hold := f.bet(player, "10.00")
	part := func(stake, payout string) *walletv1.SettleHoldRequest {
		return &walletv1.SettleHoldRequest{
			RequestId: f.request(), PlayerId: player, HoldId: hold, Payout: eur(payout), Provider: "acme", Reference: roundRef("r1"), SettledStake: eur(stake),
		}
	}
	type request = *walletv1.SettleHoldRequest
	refuses(f, f.gaming, walletv1.WalletServiceClient.SettleHold, part("1.00", "0.00"),
		bad[request]{"PART_TOO_LARGE", func(r request) { r.SettledStake = eur("10.01") }},
		bad[request]{"CURRENCY_MISMATCH", func(r request) { r.SettledStake = usd("1.00") }},
		bad[request]{"AMOUNT_NOT_POSITIVE", func(r request) { r.SettledStake = eur("-1.00") }},
		bad[request]{"EXCESS_PRECISION", func(r request) { r.SettledStake = eur("1.001") }},
	)
	for _, tc := range []struct{ stake, payout, remaining, balance string }{
		{"0.00", "1.00", "10.00", "1.00 10.00 v3"},
		{"4.00", "5.00", "6.00", "6.00 6.00 v4"},
		{"6.00", "0.00", "-", "6.00 0.00 v5"},
	} {
		req := part(tc.stake, tc.payout)
		r, err := f.gaming.SettleHold(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, []string{tc.remaining, tc.balance}, []string{orDash(r.GetRemaining()), short(r.GetBalanceAfter())})
		repeated(f, r, func() (*walletv1.SettleHoldResponse, error) { return f.gaming.SettleHold(t.Context(), req) }, func() error {
			_, err := f.gaming.SettleHold(t.Context(), &walletv1.SettleHoldRequest{
				RequestId: req.GetRequestId(), PlayerId: player, HoldId: hold, Payout: req.GetPayout(), Provider: "acme", Reference: roundRef("r1"),
			})
			return err
		})
	}
	f.refused("HOLD_CLOSED", func() error { _, err := f.gaming.SettleHold(t.Context(), part("0.00", "0.00")); return err })
	event := &walletv1.HoldSettled{}
	require.NoError(t, f.h.Events("wallet.settled.v1", 3)[1].Decode(event))
	require.Equal(t, []string{"4.00", "5.00", "6.00"},
		[]string{event.GetStake().GetAmount(), event.GetPayout().GetAmount(), event.GetDetail().GetRemaining().GetAmount()})
}

// Parts of a split stake come from both in proportion, and no cent is lost.
func TestSettleHold_PartsOfASplitStake(t *testing.T) {
	f := startWallet(t)
	player := f.player("0.01")
	f.grant(player, "gnt_1", "0.02")
	hold := f.stake(player, "gnt_1", "0.03", walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST, 0).GetHoldId()
	for _, entries := range [][]string{
		{"SETTLE_DEBIT HELD_CASH -0.01", "SETTLE_DEBIT HOUSE 0.01"},
		{"SETTLE_DEBIT HELD_BONUS -0.01", "SETTLE_DEBIT HOUSE 0.01"},
		{"SETTLE_DEBIT HELD_BONUS -0.01", "SETTLE_DEBIT HOUSE 0.01"},
	} {
		r, err := f.gaming.SettleHold(t.Context(), &walletv1.SettleHoldRequest{
			RequestId: f.request(), PlayerId: player, HoldId: hold, Payout: eur("0.00"), SettledStake: eur("0.01"), Provider: "acme", Reference: roundRef("r1"),
		})
		require.NoError(t, err)
		require.Equal(t, entries, f.entries(r.GetOperationId()))
	}
	require.Equal(t, "0.00 0.00 v6", f.balance(player))
}

// The house puts parts of a stake into jackpots, in the same operation.
func TestSettleHold_Jackpots(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	req := &walletv1.SettleHoldRequest{
		RequestId: f.request(), PlayerId: player, HoldId: f.bet(player, "10.00"), Payout: eur("1.00"), Provider: "acme", Reference: roundRef("r1"),
		Jackpots: []*walletv1.JackpotPart{{JackpotId: "mega", Amount: eur("0.10")}, {JackpotId: "mini", Amount: eur("0.05")}},
	}
	type request = *walletv1.SettleHoldRequest
	refuses(f, f.gaming, walletv1.WalletServiceClient.SettleHold, req,
		bad[request]{"VALIDATION", func(r request) { r.Jackpots[0].JackpotId = "" }},
		bad[request]{"VALIDATION", func(r request) { r.Jackpots[0].Amount = nil }},
		bad[request]{"VALIDATION", func(r request) {
			for range 8 {
				r.Jackpots = append(r.Jackpots, r.GetJackpots()[0])
			}
		}},
		bad[request]{"AMOUNT_NOT_POSITIVE", func(r request) { r.Jackpots[1].Amount = eur("0.00") }},
		bad[request]{"CURRENCY_MISMATCH", func(r request) { r.Jackpots[1].Amount = usd("0.05") }},
	)
	r, err := f.gaming.SettleHold(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, []string{
		"SETTLE_DEBIT HELD_CASH -10.00", "SETTLE_DEBIT HOUSE 10.00", "PAYOUT HOUSE -1.00", "PAYOUT CASH 1.00", "JACKPOT_CONTRIBUTION HOUSE -0.10",
		"JACKPOT_CONTRIBUTION JACKPOT 0.10", "JACKPOT_CONTRIBUTION HOUSE -0.05", "JACKPOT_CONTRIBUTION JACKPOT 0.05",
	}, f.entries(r.GetOperationId()))
	jackpots := f.operation(r.GetOperationId()).GetDetail().GetJackpots()
	require.Len(t, jackpots, 2)
	require.Equal(t, []string{"mini", "0.05"}, []string{jackpots[1].GetJackpotId(), jackpots[1].GetAmount().GetAmount()})
}
