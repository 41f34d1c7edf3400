package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

func TestReserveWithdrawal(t *testing.T) {
	f := startWallet(t)
	player, key := f.player("10.00"), f.request()
	request := func() *walletv1.ReserveWithdrawalRequest {
		return &walletv1.ReserveWithdrawalRequest{RequestId: key, PlayerId: player, Amount: eur("4.00"), Reference: withdrawalRef("wdr_1")}
	}
	f.deniedTo(func(c walletv1.WalletServiceClient) error {
		_, err := c.ReserveWithdrawal(t.Context(), request())
		return err
	}, notTheCashier(player)...)
	with := func(m *commonv1.Money) error {
		r := request()
		r.Amount = m
		_, err := f.cashier.ReserveWithdrawal(t.Context(), r)
		return err
	}
	f.badAmounts(false, with)
	f.refused("INSUFFICIENT_FUNDS", func() error { return with(eur("10.01")) })

	first, err := f.cashier.ReserveWithdrawal(t.Context(), request())
	require.NoError(t, err)
	require.Equal(t, "6.00 4.00 v2", short(first.GetBalanceAfter()))
	require.Equal(t, []string{"WITHDRAWAL_HOLD CASH -4.00", "WITHDRAWAL_HOLD HELD_CASH 4.00"}, f.entries(first.GetOperationId()))
	repeated(f, first, func() (*walletv1.ReserveWithdrawalResponse, error) {
		return f.cashier.ReserveWithdrawal(t.Context(), request())
	},
		func() error { return with(eur("4.01")) })

	event := &walletv1.FundsHeld{}
	events := f.h.Events("wallet.hold.v1", 1)
	require.NoError(t, events[len(events)-1].Decode(event))
	require.Equal(t, first.GetHoldId(), event.GetHoldId())
}
