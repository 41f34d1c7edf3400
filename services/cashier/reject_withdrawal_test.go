package cashier_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestRejectWithdrawal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	w.paid(player, "1200.00")
	x := w.withdraw(player, "600.00")
	req := &cashierv1.RejectWithdrawalRequest{WithdrawalId: x.GetWithdrawalId(), Reason: "DOCUMENTS_MISSING"}
	_, err := w.as(testkit.Operator("support")).RejectWithdrawal(t.Context(), req)
	reason(t, "PERMISSION_DENIED", err)
	_, err = w.operator("opr_1").RejectWithdrawal(t.Context(), &cashierv1.RejectWithdrawalRequest{WithdrawalId: "wdr_none", Reason: "x"})
	reason(t, "WITHDRAWAL_NOT_FOUND", err)
	_, err = w.operator("opr_1").RejectWithdrawal(t.Context(), &cashierv1.RejectWithdrawalRequest{WithdrawalId: x.GetWithdrawalId()})
	reason(t, "VALIDATION", err)
	for range 2 {
		res, err := w.operator("opr_1").RejectWithdrawal(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, rejected, res.GetWithdrawal().GetState())
		require.Equal(t, "DOCUMENTS_MISSING", res.GetWithdrawal().GetReason())
	}
	w.funds(player, "1200.00", "0.00")
	_, err = w.approve("opr_2", x)
	reason(t, "WRONG_STATE", err)

	require.Len(t, w.h.Events("payout.rejected.v1", 1), 1)
	w.verify()
}
