package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func TestPlaceHold(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	req := &walletv1.PlaceHoldRequest{RequestId: f.request(), PlayerId: player, Amount: eur("4.00"), Reference: roundRef("r1"), ExpectedVersion: 1}
	place := func(c walletv1.WalletServiceClient, change func(*walletv1.PlaceHoldRequest)) error {
		r := &walletv1.PlaceHoldRequest{RequestId: req.GetRequestId(), PlayerId: player, Amount: eur("4.00"), Reference: roundRef("r1"), ExpectedVersion: 1}
		change(r)
		_, err := c.PlaceHold(t.Context(), r)
		return err
	}
	f.deniedTo(func(c walletv1.WalletServiceClient) error { return place(c, func(*walletv1.PlaceHoldRequest) {}) }, notGaming(player)...)
	f.badAmounts(true, func(m *commonv1.Money) error {
		return place(f.gaming, func(r *walletv1.PlaceHoldRequest) { r.Amount = m })
	})
	for reason, change := range map[string]func(*walletv1.PlaceHoldRequest){
		"INSUFFICIENT_FUNDS": func(r *walletv1.PlaceHoldRequest) { r.Amount = eur("10.01") },
		"STALE_VERSION":      func(r *walletv1.PlaceHoldRequest) { r.ExpectedVersion = 2 },
		"VALIDATION":         func(r *walletv1.PlaceHoldRequest) { r.Reference.SourceKind = 0 },
	} {
		f.refused(reason, func() error { return place(f.gaming, change) })
	}

	first, err := f.gaming.PlaceHold(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, "6.00 4.00 v2", short(first.GetBalanceAfter()))
	require.Equal(t, []string{"HOLD CASH -4.00", "HOLD HELD_CASH 4.00"}, f.entries(first.GetOperationId()))
	again, err := f.gaming.PlaceHold(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, first.GetHoldId(), again.GetHoldId())
	repeated(f, first, func() (*walletv1.PlaceHoldResponse, error) { return f.gaming.PlaceHold(t.Context(), req) }, func() error {
		return place(f.gaming, func(r *walletv1.PlaceHoldRequest) { r.Reference = roundRef("r2") })
	})

	event := &walletv1.FundsHeld{}
	require.NoError(t, f.h.Events("wallet.hold.v1", 1)[0].Decode(event))
	require.Equal(t, first.GetHoldId(), event.GetHoldId())
	require.Equal(t, "4.00", event.GetAmount().GetAmount())
	require.Equal(t, "r1", event.GetReference().GetRoundId())
}

func TestPlaceHold_RefusalsSayWhatIsThere(t *testing.T) {
	f := startWallet(t)
	player := f.player("3.00")
	_, err := f.gaming.PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("3.01"), Reference: roundRef("r"),
	})
	require.Equal(t, map[string]string{"available": "3.00", "required": "3.01", "currency": "EUR"}, errs.Metadata(err))
	_, err = f.gaming.PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("1.00"), Reference: roundRef("r"), ExpectedVersion: 7,
	})
	require.Equal(t, map[string]string{"expected": "7", "actual": "1"}, errs.Metadata(err))
}

// A player who never had an account is refused without one being made, and a stake of zero (a free round) opens a hold all the same.
func TestPlaceHold_NewPlayer(t *testing.T) {
	f := startWallet(t)
	player := f.player("")
	f.refused("INSUFFICIENT_FUNDS", func() error {
		_, err := f.gaming.PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{
			RequestId: f.request(), PlayerId: player, Amount: eur("0.01"), Reference: roundRef("r"),
		})
		return err
	})
	r, err := f.gaming.PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("0.00"), Reference: roundRef("r"),
	})
	require.NoError(t, err)
	require.Equal(t, "0.00 0.00 v1", short(r.GetBalanceAfter()))
	require.Empty(t, f.entries(r.GetOperationId()))
}

// A refusal is not remembered: the same request is decided anew when the player has money.
func TestPlaceHold_RefusedThenRepeated(t *testing.T) {
	f := startWallet(t)
	player := f.player("1.00")
	req := &walletv1.PlaceHoldRequest{RequestId: f.request(), PlayerId: player, Amount: eur("2.00"), Reference: roundRef("r")}
	f.refused("INSUFFICIENT_FUNDS", func() error { _, err := f.gaming.PlaceHold(t.Context(), req); return err })
	_, err := f.cashier.Deposit(t.Context(), &walletv1.DepositRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("1.00"), Psp: "stripe", Reference: betRef("d"),
	})
	require.NoError(t, err)
	r, err := f.gaming.PlaceHold(t.Context(), req)
	require.NoError(t, err)
	require.False(t, r.GetReplayed())
}
