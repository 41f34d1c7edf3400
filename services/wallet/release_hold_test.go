package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

func TestReleaseHold(t *testing.T) {
	f := startWallet(t)
	player, other := f.player("10.00"), f.player("10.00")
	holdID, key := f.bet(player, "4.00"), f.request()
	request := func() *walletv1.ReleaseHoldRequest {
		return &walletv1.ReleaseHoldRequest{RequestId: key, PlayerId: player, HoldId: holdID, Reference: roundRef("r1")}
	}
	f.deniedTo(func(c walletv1.WalletServiceClient) error {
		_, err := c.ReleaseHold(t.Context(), request())
		return err
	}, notGaming(player)...)
	for reason, change := range map[string]func(*walletv1.ReleaseHoldRequest){
		"HOLD_NOT_FOUND": func(r *walletv1.ReleaseHoldRequest) { r.HoldId = "hld_none" },
		"HOLD_MISMATCH":  func(r *walletv1.ReleaseHoldRequest) { r.HoldId = f.bet(other, "1.00") },
		"VALIDATION":     func(r *walletv1.ReleaseHoldRequest) { r.HoldId = "" },
	} {
		r := request()
		change(r)
		f.refused(reason, func() error { _, err := f.gaming.ReleaseHold(t.Context(), r); return err })
	}
	wrongPurpose := request()
	wrongPurpose.HoldId = f.withdrawal(player, "1.00")
	f.refused("HOLD_MISMATCH", func() error { _, err := f.gaming.ReleaseHold(t.Context(), wrongPurpose); return err })

	first, err := f.gaming.ReleaseHold(t.Context(), request())
	require.NoError(t, err)
	require.Equal(t, "9.00 1.00 v4", short(first.GetBalanceAfter()))
	require.Equal(t, []string{"HOLD_RELEASE HELD_CASH -4.00", "HOLD_RELEASE CASH 4.00"}, f.entries(first.GetOperationId()))
	repeated(f, first, func() (*walletv1.ReleaseHoldResponse, error) { return f.gaming.ReleaseHold(t.Context(), request()) }, func() error {
		r := request()
		r.Reference = roundRef("r2")
		_, err := f.gaming.ReleaseHold(t.Context(), r)
		return err
	})
	twice := request()
	twice.RequestId = f.request()
	f.refused("HOLD_CLOSED", func() error { _, err := f.gaming.ReleaseHold(t.Context(), twice); return err })

	event := &walletv1.FundsReleased{}
	require.NoError(t, f.h.Events("wallet.release.v1", 1)[0].Decode(event))
	require.Equal(t, first.GetOperationId(), event.GetOperationId())
	require.Equal(t, "4.00", event.GetAmount().GetAmount())
	require.Equal(t, holdID, event.GetHoldId())
}

// A stake is given back in parts, each to where it came from; what was settled stays settled.
func TestReleaseHold_Parts(t *testing.T) {
	f := startWallet(t)
	player := f.player("1.00")
	f.grant(player, "gnt_1", "2.00")
	hold := f.stake(player, "gnt_1", "3.00", walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST, 0).GetHoldId()
	req := &walletv1.ReleaseHoldRequest{RequestId: f.request(), PlayerId: player, HoldId: hold, Reference: roundRef("r1"), Amount: eur("1.50")}
	type request = *walletv1.ReleaseHoldRequest
	refuses(f, f.gaming, walletv1.WalletServiceClient.ReleaseHold, req,
		bad[request]{"PART_TOO_LARGE", func(r request) { r.Amount = eur("3.01") }},
		bad[request]{"HOLD_MISMATCH", func(r request) { r.Amount = usd("1.00") }},
		bad[request]{"AMOUNT_NOT_POSITIVE", func(r request) { r.Amount = eur("0.00") }},
		bad[request]{"EXCESS_PRECISION", func(r request) { r.Amount = eur("1.001") }},
	)
	first, err := f.gaming.ReleaseHold(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, []string{"1.50", "0.50 0.50 b1.00/1.00 v4"}, []string{orDash(first.GetRemaining()), short(first.GetBalanceAfter())})
	require.Equal(t, []string{"HOLD_RELEASE HELD_CASH -0.50", "HOLD_RELEASE CASH 0.50", "HOLD_RELEASE HELD_BONUS -1.00", "HOLD_RELEASE BONUS 1.00"},
		f.entries(first.GetOperationId()))
	repeated(f, first, func() (*walletv1.ReleaseHoldResponse, error) { return f.gaming.ReleaseHold(t.Context(), req) }, func() error {
		_, err := f.gaming.ReleaseHold(t.Context(), &walletv1.ReleaseHoldRequest{
			RequestId: req.GetRequestId(), PlayerId: player, HoldId: hold, Reference: roundRef("r1"),
		})
		return err
	})
	f.closePool(player, "gnt_1", walletv1.LateMoney_LATE_MONEY_DISCARD)
	last, err := f.gaming.ReleaseHold(t.Context(), &walletv1.ReleaseHoldRequest{RequestId: f.request(), PlayerId: player, HoldId: hold, Reference: roundRef("r1")})
	require.NoError(t, err)
	require.Nil(t, last.GetRemaining())
	require.Equal(t, []string{"HOLD_RELEASE HELD_CASH -0.50", "HOLD_RELEASE CASH 0.50", "HOLD_RELEASE HELD_BONUS -1.00", "HOLD_RELEASE BONUS_COST 1.00"},
		f.entries(last.GetOperationId()))
	event := &walletv1.FundsReleased{}
	require.NoError(t, f.h.Events("wallet.release.v1", 2)[0].Decode(event))
	require.Equal(t, []string{"1.50", "1.00", "1.50"},
		[]string{event.GetAmount().GetAmount(), event.GetDetail().GetAmountBonus().GetAmount(), event.GetDetail().GetRemaining().GetAmount()})
}
