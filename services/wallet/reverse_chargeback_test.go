package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

func TestReverseChargeback(t *testing.T) {
	f := startWallet(t)
	player := f.player("20.00")
	f.chargeback(player, "25.00")
	type request = *walletv1.ReverseChargebackRequest
	first := run(f, moving[request, *walletv1.ReverseChargebackResponse]{
		do: walletv1.WalletServiceClient.ReverseChargeback, peer: "cashier", amount: "amount",
		req:      &walletv1.ReverseChargebackRequest{RequestId: f.request(), PlayerId: player, Amount: eur("25.00"), Psp: "stripe", Reference: depositRef("dep_1")},
		bad:      []bad[request]{{"VALIDATION", func(r request) { r.Psp = "" }}},
		conflict: func(r request) { r.Amount = eur("24.99") },
		balance:  "20.00 0.00 v3",
		entries:  []string{"CHARGEBACK PSP -5.00", "CHARGEBACK RECEIVABLE 5.00", "CHARGEBACK PSP -20.00", "CHARGEBACK CASH 20.00"},
	})
	require.Equal(t, "-5.00", first.GetOwedChange().GetAmount())
	event := lastEvent(f, "wallet.credited.v1", 2, first.GetOperationId(), &walletv1.FundsCredited{})
	require.Equal(t, []string{"25.00", "20.00"}, []string{event.GetAmount().GetAmount(), event.GetDetail().GetCashChange().GetAmount()})
}

func TestReverseChargeback_DebtAlone(t *testing.T) {
	f := startWallet(t)
	player := f.player("")
	f.chargeback(player, "25.00")
	r, err := f.cashier.ReverseChargeback(t.Context(), &walletv1.ReverseChargebackRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("10.00"), Psp: "stripe", Reference: depositRef("dep_1"),
	})
	require.NoError(t, err)
	require.Equal(t, "0.00 0.00 owes15.00 v2", short(r.GetBalanceAfter()))
	require.Equal(t, []string{"CHARGEBACK PSP -10.00", "CHARGEBACK RECEIVABLE 10.00"}, f.entries(r.GetOperationId()))
}
