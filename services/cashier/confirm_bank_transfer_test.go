package cashier_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestBankTransfer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	w.paid(player, "3000.00")
	ask := func(amount string) *cashierv1.Withdrawal {
		res, err := w.player(player).CreateWithdrawal(t.Context(), &cashierv1.CreateWithdrawalRequest{
			RequestId: ids.New("key"), Amount: eur(amount), Destination: bank, BankAccount: &cashierv1.BankAccount{Iban: iban, Holder: "A. Player"},
		})
		require.NoError(t, err)
		return res.GetWithdrawal()
	}
	confirm := func(person string, x *cashierv1.Withdrawal, paid bool) (*cashierv1.Withdrawal, error) {
		res, err := w.operator(person).ConfirmBankTransfer(t.Context(), &cashierv1.ConfirmBankTransferRequest{WithdrawalId: x.GetWithdrawalId(), Paid: new(paid), Reference: "BANK-1"})
		return res.GetWithdrawal(), err
	}
	x := ask("1000.00")
	require.Equal(t, "DE89**************3000", x.GetBankAccount().GetIban())
	_, err := confirm("opr_2", x, true)
	reason(t, "WRONG_STATE", err)
	_, err = w.approve("opr_1", x)
	require.NoError(t, err)
	x = w.withdrawal(player, x.GetWithdrawalId(), submitted)
	require.Equal(t, "WAIT_FOR_BANK", x.GetTimeline()[len(x.GetTimeline())-1].GetNextStep())
	require.NotContains(t, x.GetBankAccount().GetIban(), iban[4:18], "players see it masked")
	seen, err := w.operator("opr_2").GetWithdrawal(t.Context(), &cashierv1.GetWithdrawalRequest{WithdrawalId: x.GetWithdrawalId()})
	require.NoError(t, err)
	require.Equal(t, iban, seen.GetWithdrawal().GetBankAccount().GetIban(), "who makes the transfer sees where to")
	seen, err = w.as(testkit.Operator("support")).GetWithdrawal(t.Context(), &cashierv1.GetWithdrawalRequest{WithdrawalId: x.GetWithdrawalId()})
	require.NoError(t, err)
	require.NotEqual(t, iban, seen.GetWithdrawal().GetBankAccount().GetIban())
	var stored string
	require.NoError(t, w.h.DB.QueryRow(t.Context(), "SELECT row_to_json(w)::text FROM withdrawal w WHERE withdrawal_id = $1", x.GetWithdrawalId()).Scan(&stored))
	require.NotContains(t, stored, iban)
	require.NotContains(t, stored, "A. Player")

	_, err = confirm("opr_1", x, true)
	reason(t, "APPROVER_NOT_DISTINCT", err)
	for range 2 {
		got, err := confirm("opr_2", x, true)
		require.NoError(t, err)
		require.Equal(t, paidOut, got.GetState())
	}
	_, err = confirm("opr_2", x, false)
	reason(t, "WRONG_STATE", err)
	w.funds(player, "2000.00", "0.00")

	y := ask("400.00") // by rule
	y = w.withdrawal(player, y.GetWithdrawalId(), submitted)
	got, err := confirm("opr_1", y, false)
	require.NoError(t, err)
	require.Equal(t, failed, got.GetState())
	require.Equal(t, "BANK-1", got.GetReason())
	w.funds(player, "2000.00", "0.00")
	req := &cashierv1.ConfirmBankTransferRequest{WithdrawalId: y.GetWithdrawalId(), Paid: new(true), Reference: "x"}
	_, err = w.as(testkit.OperatorNamed("opr_9", "risk")).ConfirmBankTransfer(t.Context(), req)
	reason(t, "PERMISSION_DENIED", err)
	_, err = w.player(player).ConfirmBankTransfer(t.Context(), req)
	reason(t, "PERMISSION_DENIED", err)
	req.Paid = nil
	_, err = w.operator("opr_1").ConfirmBankTransfer(t.Context(), req)
	reason(t, "VALIDATION", err)
	w.verify()
	for _, m := range w.h.Published("payout.requested.v1") {
		require.NotContains(t, string(m.Data), "A. Player")
	}
}
