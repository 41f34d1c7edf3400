package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func depositRef(id string) *walletv1.Reference {
	return &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_DEPOSIT, SourceId: id}
}

// Cash pays as far as it goes and the rest is owed; what bets hold and bonus money are not touched.
func TestPostChargeback(t *testing.T) {
	f := startWallet(t)
	player := f.player("30.00")
	f.bet(player, "10.00")
	f.grant(player, "gnt_1", "50.00")
	type request = *walletv1.PostChargebackRequest
	first := run(f, moving[request, *walletv1.PostChargebackResponse]{
		do: walletv1.WalletServiceClient.PostChargeback, peer: "cashier", amount: "amount",
		req:      &walletv1.PostChargebackRequest{RequestId: f.request(), PlayerId: player, Amount: eur("25.00"), Psp: "stripe", Reference: depositRef("dep_1")},
		bad:      []bad[request]{{"VALIDATION", func(r request) { r.Psp = "" }}},
		conflict: func(r request) { r.Psp = "other" },
		balance:  "0.00 10.00 b50.00/- owes5.00 v4",
		entries:  []string{"CHARGEBACK CASH -20.00", "CHARGEBACK PSP 20.00", "CHARGEBACK RECEIVABLE -5.00", "CHARGEBACK PSP 5.00"},
	})
	require.Equal(t, "5.00", first.GetOwedChange().GetAmount())
	event := lastEvent(f, "wallet.debited.v1", 1, first.GetOperationId(), &walletv1.FundsDebited{})
	require.Equal(t, walletv1.EntryType_ENTRY_TYPE_CHARGEBACK, event.GetEntryType())
	require.Equal(t, []string{"25.00", "-20.00", "5.00"},
		[]string{event.GetAmount().GetAmount(), event.GetDetail().GetCashChange().GetAmount(), event.GetDetail().GetOwedChange().GetAmount()})
}

func TestPostChargeback_CoveredAndNotAtAll(t *testing.T) {
	f := startWallet(t)
	covered, err := f.cashier.PostChargeback(t.Context(), &walletv1.PostChargebackRequest{
		RequestId: f.request(), PlayerId: f.player("30.00"), Amount: eur("30.00"), Psp: "stripe", Reference: depositRef("dep_1"),
	})
	require.NoError(t, err)
	require.Nil(t, covered.GetOwedChange())
	require.Equal(t, "0.00 0.00 v2", short(covered.GetBalanceAfter()))
	require.Equal(t, []string{"CHARGEBACK CASH -30.00", "CHARGEBACK PSP 30.00"}, f.entries(covered.GetOperationId()))

	nothing, err := f.cashier.PostChargeback(t.Context(), &walletv1.PostChargebackRequest{
		RequestId: f.request(), PlayerId: f.player(""), Amount: eur("30.00"), Psp: "stripe", Reference: depositRef("dep_1"),
	})
	require.NoError(t, err)
	require.Equal(t, "0.00 0.00 owes30.00 v1", short(nothing.GetBalanceAfter()))
	require.Equal(t, []string{"CHARGEBACK RECEIVABLE -30.00", "CHARGEBACK PSP 30.00"}, f.entries(nothing.GetOperationId()))
}

// Who owes does not withdraw, but deposits and plays.
func TestPostChargeback_DebtBlocksWithdrawals(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	f.chargeback(player, "12.50")
	_, err := f.cashier.Deposit(t.Context(), &walletv1.DepositRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("20.00"), Psp: "stripe", Reference: depositRef("dep_2"),
	})
	require.NoError(t, err)
	reserve := func() error {
		_, err := f.cashier.ReserveWithdrawal(t.Context(), &walletv1.ReserveWithdrawalRequest{
			RequestId: f.request(), PlayerId: player, Amount: eur("1.00"), Reference: withdrawalRef("wdr_1"),
		})
		return err
	}
	f.refused("DEBT_OUTSTANDING", reserve)
	require.Equal(t, map[string]string{"owed": "2.50", "currency": "EUR"}, errs.Metadata(reserve()))
	f.bet(player, "1.00")
	require.Equal(t, "19.00 1.00 owes2.50 v4", f.balance(player))
}
