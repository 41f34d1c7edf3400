package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

func TestCancelWithdrawal(t *testing.T) {
	f := startWallet(t)
	player, other := f.player("10.00"), f.player("10.00")
	holdID, key := f.withdrawal(player, "4.00"), f.request()
	request := func() *walletv1.CancelWithdrawalRequest {
		return &walletv1.CancelWithdrawalRequest{RequestId: key, PlayerId: player, HoldId: holdID}
	}
	f.deniedTo(func(c walletv1.WalletServiceClient) error {
		_, err := c.CancelWithdrawal(t.Context(), request())
		return err
	}, notTheCashier(player)...)
	for reason, change := range map[string]func(*walletv1.CancelWithdrawalRequest){
		"HOLD_NOT_FOUND": func(r *walletv1.CancelWithdrawalRequest) { r.HoldId = "hld_none" },
		"HOLD_MISMATCH":  func(r *walletv1.CancelWithdrawalRequest) { r.HoldId = f.withdrawal(other, "1.00") },
		"VALIDATION":     func(r *walletv1.CancelWithdrawalRequest) { r.HoldId = "" },
	} {
		r := request()
		change(r)
		f.refused(reason, func() error { _, err := f.cashier.CancelWithdrawal(t.Context(), r); return err })
	}
	wrongPurpose := request()
	wrongPurpose.HoldId = f.bet(player, "1.00")
	f.refused("HOLD_MISMATCH", func() error { _, err := f.cashier.CancelWithdrawal(t.Context(), wrongPurpose); return err })

	first, err := f.cashier.CancelWithdrawal(t.Context(), request())
	require.NoError(t, err)
	require.Equal(t, "9.00 1.00 v4", short(first.GetBalanceAfter()))
	require.Equal(t, []string{"WITHDRAWAL_CANCEL HELD_CASH -4.00", "WITHDRAWAL_CANCEL CASH 4.00"}, f.entries(first.GetOperationId()))
	repeated(f, first, func() (*walletv1.CancelWithdrawalResponse, error) {
		return f.cashier.CancelWithdrawal(t.Context(), request())
	}, func() error {
		r := request()
		r.HoldId = wrongPurpose.GetHoldId()
		_, err := f.cashier.CancelWithdrawal(t.Context(), r)
		return err
	})
	twice := request()
	twice.RequestId = f.request()
	f.refused("HOLD_CLOSED", func() error { _, err := f.cashier.CancelWithdrawal(t.Context(), twice); return err })

	event := &walletv1.FundsReleased{}
	require.NoError(t, f.h.Events("wallet.release.v1", 1)[0].Decode(event))
	require.Equal(t, first.GetOperationId(), event.GetOperationId())
	require.Equal(t, "4.00", event.GetAmount().GetAmount())
	require.Equal(t, "wdr_1", event.GetReference().GetSourceId(), "the reference of the reservation")
}
