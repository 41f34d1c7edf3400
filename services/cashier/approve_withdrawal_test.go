package cashier_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func (w *world) approve(person string, x *cashierv1.Withdrawal) (*cashierv1.Withdrawal, error) {
	res, err := w.operator(person).ApproveWithdrawal(w.t.Context(), &cashierv1.ApproveWithdrawalRequest{WithdrawalId: x.GetWithdrawalId(), Revision: x.GetRevision()})
	return res.GetWithdrawal(), err
}

func TestApproveWithdrawal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	w.paid(player, "2000.00")
	x := w.withdraw(player, "2000.00")
	require.EqualValues(t, 2, x.GetApprovalsNeeded())

	for range 2 { // one person counts once
		got, err := w.approve("opr_1", x)
		require.NoError(t, err)
		require.Equal(t, awaiting, got.GetState())
		require.Len(t, got.GetApprovals(), 1)
	}
	req := &cashierv1.ApproveWithdrawalRequest{WithdrawalId: x.GetWithdrawalId(), Revision: x.GetRevision()}
	for want, who := range map[string]testkit.Caller{
		"STEP_UP_REQUIRED": testkit.OperatorNamed("opr_2", "finance").Stale(), "UNAUTHENTICATED": testkit.Anonymous(),
	} {
		_, err := w.as(who).ApproveWithdrawal(t.Context(), req)
		reason(t, want, err)
	}
	for _, who := range []testkit.Caller{testkit.OperatorNamed("opr_2", "support"), testkit.Player(player).Fresh(), testkit.Peer("stripe")} {
		_, err := w.as(who).ApproveWithdrawal(t.Context(), req)
		reason(t, "PERMISSION_DENIED", err)
	}
	_, err := w.operator("opr_2").ApproveWithdrawal(t.Context(), &cashierv1.ApproveWithdrawalRequest{WithdrawalId: "wdr_none", Revision: 1})
	reason(t, "WITHDRAWAL_NOT_FOUND", err)
	_, err = w.operator("opr_2").ApproveWithdrawal(t.Context(), &cashierv1.ApproveWithdrawalRequest{WithdrawalId: x.GetWithdrawalId(), Revision: x.GetRevision() + 1})
	reason(t, "WITHDRAWAL_CHANGED", err)

	// Any change makes a new revision: the first approval does not count for it.
	_, err = w.h.DB.Exec(t.Context(), "UPDATE withdrawal SET revision = revision + 1 WHERE withdrawal_id = $1", x.GetWithdrawalId())
	require.NoError(t, err)
	_, err = w.approve("opr_2", x)
	reason(t, "WITHDRAWAL_CHANGED", err)
	x = w.withdrawal(player, x.GetWithdrawalId(), awaiting)
	require.Empty(t, x.GetApprovals())
	for _, person := range []string{"opr_2", "opr_1"} {
		_, err = w.approve(person, x)
		require.NoError(t, err)
	}
	x2 := w.withdrawal(player, x.GetWithdrawalId(), paidOut)
	require.Len(t, x2.GetApprovals(), 2)
	got, err := w.approve("opr_1", x) // said before, whatever became of it
	require.NoError(t, err)
	require.Equal(t, paidOut, got.GetState())
	_, err = w.approve("opr_3", x)
	reason(t, "WRONG_STATE", err)
	require.Len(t, w.h.Events("payout.approved.v1", 1), 1)
	w.verify()
}

func TestApproveWithdrawal_AtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	w.paid(player, "2000.00")
	x := w.withdraw(player, "2000.00")
	done := make(chan error, 12)
	for i := range 12 {
		c := w.operator("opr_" + string(rune('a'+i%2)))
		go func() {
			_, err := c.ApproveWithdrawal(t.Context(), &cashierv1.ApproveWithdrawalRequest{WithdrawalId: x.GetWithdrawalId(), Revision: x.GetRevision()})
			done <- err
		}()
	}
	for range 12 {
		require.NoError(t, <-done)
	}
	require.Len(t, w.withdrawal(player, x.GetWithdrawalId(), paidOut).GetApprovals(), 2)
	require.Len(t, w.refunds(), 1)
	require.Len(t, w.h.Events("payout.paid.v1", 1), 1)
}
