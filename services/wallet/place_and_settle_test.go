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
