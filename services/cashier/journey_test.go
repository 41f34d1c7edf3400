package cashier_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
)

// TestMoneyInAndOut is a player's whole way: deposit by a card page, credit by webhook, withdrawal to the card with two persons' approval.
func TestMoneyInAndOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	d := w.paid(player, "2500.00")
	require.Equal(t, "visa **** 4242", d.GetInstrument())
	require.NotEmpty(t, d.GetOperationId())
	require.Empty(t, d.GetRedirectUrl())
	require.Equal(t, "CREATED PENDING PENDING/PAYMENT_RECEIVED CAPTURED", steps(d.GetTimeline()))
	available, held := w.balance(player)
	require.Equal(t, "2500.00 0.00", available+" "+held)

	x := w.withdraw(player, "2000.00")
	require.Equal(t, cashierv1.WithdrawalState_WITHDRAWAL_STATE_AWAITING_APPROVAL, x.GetState())
	require.EqualValues(t, 2, x.GetApprovalsNeeded())
	available, held = w.balance(player)
	require.Equal(t, "500.00 2000.00", available+" "+held)
	for _, person := range []string{"opr_1", "opr_1", "opr_2"} {
		_, err := w.operator(person).ApproveWithdrawal(t.Context(), &cashierv1.ApproveWithdrawalRequest{WithdrawalId: x.GetWithdrawalId(), Revision: x.GetRevision()})
		require.NoError(t, err)
	}
	x = w.withdrawal(player, x.GetWithdrawalId(), cashierv1.WithdrawalState_WITHDRAWAL_STATE_PAID)
	require.Len(t, x.GetApprovals(), 2)
	require.Len(t, x.GetParts(), 1)
	require.Equal(t, "SUCCEEDED", x.GetParts()[0].GetState())
	require.Equal(t, "REQUESTED AWAITING_APPROVAL AWAITING_APPROVAL/APPROVED_1_OF_2 APPROVED/APPROVED SUBMITTED PAID", steps(x.GetTimeline()))
	available, held = w.balance(player)
	require.Equal(t, "500.00 0.00", available+" "+held)
	res, err := w.player(player).GetDeposit(t.Context(), &cashierv1.GetDepositRequest{DepositId: d.GetDepositId()})
	require.NoError(t, err)
	require.Equal(t, "2000.00", res.GetDeposit().GetRefunded().GetAmount())
	w.verify()

	for _, subject := range []string{"payment.intent.v1", "payment.succeeded.v1", "payout.requested.v1", "payout.approved.v1", "payout.paid.v1", "cashier.webhook.received.v1"} {
		w.h.Events(subject, 1)
	}
	require.Len(t, w.h.Events("payment.succeeded.v1", 1), 1)
	require.Len(t, w.h.Events("payout.paid.v1", 1), 1)
	require.Empty(t, w.h.Published("payment.reconciliation.v1"))
}

func steps(timeline []*cashierv1.TimelineStep) string {
	out := ""
	for _, s := range timeline {
		if out != "" {
			out += " "
		}
		out += s.GetState()
		if s.GetReason() != "" {
			out += "/" + s.GetReason()
		}
	}
	return out
}
