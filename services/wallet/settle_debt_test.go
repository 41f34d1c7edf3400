package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func TestSettleDebt(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	f.chargeback(player, "55.00")
	_, err := f.cashier.Deposit(t.Context(), &walletv1.DepositRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("20.00"), Psp: "stripe", Reference: depositRef("dep_2"),
	})
	require.NoError(t, err)
	type request = *walletv1.SettleDebtRequest
	first := run(f, moving[request, *walletv1.SettleDebtResponse]{
		do: walletv1.WalletServiceClient.SettleDebt, peer: "cashier", also: []string{"gaming"}, amount: "amount",
		req: &walletv1.SettleDebtRequest{RequestId: f.request(), PlayerId: player, Amount: eur("15.00"), Reference: depositRef("dep_1")},
		bad: []bad[request]{
			{"NOTHING_OWED", func(r request) { r.Amount = eur("45.01") }},
			{"NOTHING_OWED", func(r request) { r.Amount = usd("1.00") }},
			{"INSUFFICIENT_FUNDS", func(r request) { r.Amount = eur("45.00") }},
		},
		conflict: func(r request) { r.Amount = eur("15.01") },
		balance:  "5.00 0.00 owes30.00 v4",
		entries:  []string{"CORRECTION CASH -15.00", "CORRECTION RECEIVABLE 15.00"},
	})
	event := lastEvent(f, "wallet.debited.v1", 2, first.GetOperationId(), &walletv1.FundsDebited{})
	require.Equal(t, []string{"15.00", "-15.00"}, []string{event.GetAmount().GetAmount(), event.GetDetail().GetOwedChange().GetAmount()})

	_, err = f.cashier.SettleDebt(t.Context(), &walletv1.SettleDebtRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("31.00"), Reference: depositRef("dep_1"),
	})
	require.Equal(t, "NOTHING_OWED", errs.ReasonOf(err))
	require.Equal(t, map[string]string{"owed": "30.00", "currency": "EUR"}, errs.Metadata(err))
}
