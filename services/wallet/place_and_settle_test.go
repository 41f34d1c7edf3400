package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

func TestPlaceAndSettle(t *testing.T) {
	f := startWallet(t)
	player, key := f.player("10.00"), f.request()
	request := func() *walletv1.PlaceAndSettleRequest {
		return &walletv1.PlaceAndSettleRequest{RequestId: key, PlayerId: player, Stake: eur("4.00"), Payout: eur("36.00"), Provider: "acme", Reference: roundRef("r1")}
	}
	f.deniedTo(func(c walletv1.WalletServiceClient) error {
		_, err := c.PlaceAndSettle(t.Context(), request())
		return err
	}, notGaming(player)...)
	with := func(m *commonv1.Money) error {
		r := request()
		r.Stake = m
		_, err := f.gaming.PlaceAndSettle(t.Context(), r)
		return err
	}
	f.badAmounts(true, with)
	f.refused("INSUFFICIENT_FUNDS", func() error { return with(eur("10.01")) })
	f.badAmounts(true, func(m *commonv1.Money) error {
		r := request()
		r.Payout = m
		_, err := f.gaming.PlaceAndSettle(t.Context(), r)
		return err
	})
	f.refused("CURRENCY_MISMATCH", func() error { return with(&commonv1.Money{Amount: "4.00", Currency: "USD"}) })

	first, err := f.gaming.PlaceAndSettle(t.Context(), request())
	require.NoError(t, err)
	require.Equal(t, "42.00 0.00 v2", short(first.GetBalanceAfter()))
	require.Equal(t, []string{"HOLD CASH -4.00", "HOLD HELD_CASH 4.00", "SETTLE_DEBIT HELD_CASH -4.00", "SETTLE_DEBIT HOUSE 4.00", "PAYOUT HOUSE -36.00", "PAYOUT CASH 36.00"}, f.entries(first.GetOperationId()))
	repeated(f, first, func() (*walletv1.PlaceAndSettleResponse, error) {
		return f.gaming.PlaceAndSettle(t.Context(), request())
	},
		func() error { return with(eur("4.01")) })

	event := &walletv1.HoldSettled{}
	events := f.h.Events("wallet.settled.v1", 1)
	require.NoError(t, events[len(events)-1].Decode(event))
	require.Equal(t, first.GetHoldId(), event.GetHoldId())
	require.Equal(t, "4.00", event.GetStake().GetAmount())
	require.Equal(t, "36.00", event.GetPayout().GetAmount())
	f.refused("HOLD_CLOSED", func() error {
		_, err := f.gaming.ReleaseHold(t.Context(), &walletv1.ReleaseHoldRequest{
			RequestId: f.request(), PlayerId: player, HoldId: first.GetHoldId(), Reference: roundRef("r1"),
		})
		return err
	})
}

// Stake and winnings at once, by the same policies, and with contributions to jackpots.
func TestPlaceAndSettle_FundingAndJackpots(t *testing.T) {
	f := startWallet(t)
	player := f.player("1.00")
	f.grant(player, "gnt_1", "5.00")
	req := &walletv1.PlaceAndSettleRequest{
		RequestId: f.request(), PlayerId: player, Stake: eur("3.00"), Payout: eur("10.00"), Provider: "acme", Reference: roundRef("r1"), ExpectedVersion: 2,
		Funding:  &walletv1.Funding{Policy: walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST, GrantId: "gnt_1"},
		Jackpots: []*walletv1.JackpotPart{{JackpotId: "mega", Amount: eur("0.10")}},
	}
	type request = *walletv1.PlaceAndSettleRequest
	play := walletv1.WalletServiceClient.PlaceAndSettle
	refuses(f, f.gaming, play, req,
		bad[request]{"STALE_VERSION", func(r request) { r.ExpectedVersion = 1 }},
		bad[request]{"INSUFFICIENT_FUNDS", func(r request) { r.Stake = eur("6.01") }},
		bad[request]{"GRANT_NOT_FOUND", func(r request) { r.Funding.GrantId = "gnt_none" }},
		bad[request]{"CURRENCY_MISMATCH", func(r request) { r.Jackpots[0].Amount = usd("0.10") }},
	)
	refusesFunding(f, play, req)
	first, err := f.gaming.PlaceAndSettle(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, "3.34 0.00 b9.66/- v3", short(first.GetBalanceAfter()))
	require.Equal(t, []string{
		"HOLD CASH -1.00", "HOLD HELD_CASH 1.00", "HOLD BONUS -2.00", "HOLD HELD_BONUS 2.00", "SETTLE_DEBIT HELD_CASH -1.00", "SETTLE_DEBIT HOUSE 1.00",
		"SETTLE_DEBIT HELD_BONUS -2.00", "SETTLE_DEBIT HOUSE 2.00", "PAYOUT HOUSE -3.34", "PAYOUT CASH 3.34", "PAYOUT HOUSE -6.66", "PAYOUT BONUS 6.66",
		"JACKPOT_CONTRIBUTION HOUSE -0.10", "JACKPOT_CONTRIBUTION JACKPOT 0.10",
	}, f.entries(first.GetOperationId()))
	repeated(f, first, func() (*walletv1.PlaceAndSettleResponse, error) { return f.gaming.PlaceAndSettle(t.Context(), req) }, func() error {
		_, err := f.gaming.PlaceAndSettle(t.Context(), &walletv1.PlaceAndSettleRequest{
			RequestId: req.GetRequestId(), PlayerId: player, Stake: eur("3.00"), Payout: eur("10.00"), Provider: "acme", Reference: roundRef("r1"),
		})
		return err
	})
	detail := lastEvent(f, "wallet.settled.v1", 1, first.GetOperationId(), &walletv1.HoldSettled{}).GetDetail()
	require.Equal(t, []string{"gnt_1", "2.00", "6.66", "mega"},
		[]string{detail.GetGrantId(), detail.GetAmountBonus().GetAmount(), detail.GetPayoutBonus().GetAmount(), detail.GetJackpots()[0].GetJackpotId()})
	r, err := f.gaming.CorrectHold(t.Context(), &walletv1.CorrectHoldRequest{
		RequestId: f.request(), PlayerId: player, HoldId: first.GetHoldId(), Payout: eur("0.00"), Provider: "acme", Reference: roundRef("r1"),
	})
	require.NoError(t, err)
	require.Equal(t, "0.00 0.00 b3.00/- v4", short(r.GetBalanceAfter()))
}
