package cashier_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestGetWithdrawal(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	w, stranger, x := b.world, b.stranger, b.x
	ctx := t.Context()
	_, err := w.player(stranger).GetWithdrawal(ctx, &cashierv1.GetWithdrawalRequest{WithdrawalId: x.GetWithdrawalId()})
	reason(t, "WITHDRAWAL_NOT_FOUND", err)
	_, err = w.as(testkit.Anonymous()).GetWithdrawal(ctx, &cashierv1.GetWithdrawalRequest{WithdrawalId: x.GetWithdrawalId()})
	reason(t, "UNAUTHENTICATED", err)
	res, err := w.as(testkit.Operator("support")).GetWithdrawal(ctx, &cashierv1.GetWithdrawalRequest{WithdrawalId: x.GetWithdrawalId()})
	require.NoError(t, err)
	require.Equal(t, awaiting, res.GetWithdrawal().GetState())
	_, err = w.player(stranger).GetWithdrawal(ctx, &cashierv1.GetWithdrawalRequest{WithdrawalId: "wdr_none"})
	reason(t, "WITHDRAWAL_NOT_FOUND", err)
}
