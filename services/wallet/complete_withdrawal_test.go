package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

func TestCompleteWithdrawal(t *testing.T) {
	f := startWallet(t)
	player, other := f.player("10.00"), f.player("10.00")
	holdID, key := f.withdrawal(player, "4.00"), f.request()
	request := func() *walletv1.CompleteWithdrawalRequest {
		return &walletv1.CompleteWithdrawalRequest{RequestId: key, PlayerId: player, HoldId: holdID, Psp: "stripe"}
	}
	f.deniedTo(func(c walletv1.WalletServiceClient) error {
		_, err := c.CompleteWithdrawal(t.Context(), request())
		return err
	}, notTheCashier(player)...)
	for reason, change := range map[string]func(*walletv1.CompleteWithdrawalRequest){
		"HOLD_NOT_FOUND": func(r *walletv1.CompleteWithdrawalRequest) { r.HoldId = "hld_none" },
		"HOLD_MISMATCH":  func(r *walletv1.CompleteWithdrawalRequest) { r.HoldId = f.withdrawal(other, "1.00") },
		"VALIDATION":     func(r *walletv1.CompleteWithdrawalRequest) { r.HoldId = "" },
	} {
		r := request()
		change(r)
		f.refused(reason, func() error { _, err := f.cashier.CompleteWithdrawal(t.Context(), r); return err })
	}
	wrongPurpose := request()
	wrongPurpose.HoldId = f.bet(player, "1.00")
	f.refused("HOLD_MISMATCH", func() error { _, err := f.cashier.CompleteWithdrawal(t.Context(), wrongPurpose); return err })

	first, err := f.cashier.CompleteWithdrawal(t.Context(), request())
	require.NoError(t, err)
	require.Equal(t, "5.00 1.00 v4", short(first.GetBalanceAfter()))
	require.Equal(t, []string{"WITHDRAWAL HELD_CASH -4.00", "WITHDRAWAL PSP 4.00"}, f.entries(first.GetOperationId()))
	repeated(f, first, func() (*walletv1.CompleteWithdrawalResponse, error) {
		return f.cashier.CompleteWithdrawal(t.Context(), request())
	}, func() error {
		r := request()
		r.Psp = "other"
		_, err := f.cashier.CompleteWithdrawal(t.Context(), r)
		return err
	})
	twice := request()
	twice.RequestId = f.request()
	f.refused("HOLD_CLOSED", func() error { _, err := f.cashier.CompleteWithdrawal(t.Context(), twice); return err })

	event := &walletv1.FundsDebited{}
	require.NoError(t, f.h.Events("wallet.debited.v1", 1)[0].Decode(event))
	require.Equal(t, first.GetOperationId(), event.GetOperationId())
	require.Equal(t, "4.00", event.GetAmount().GetAmount())
	require.Equal(t, walletv1.EntryType_ENTRY_TYPE_WITHDRAWAL, event.GetEntryType())
	require.Equal(t, "wdr_1", event.GetReference().GetSourceId(), "the reference of the reservation")
}
