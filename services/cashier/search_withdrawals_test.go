package cashier_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
)

func TestSearchWithdrawals(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	w, player, y := b.world, b.player, b.y
	ctx := t.Context()
	queue, err := w.operator("opr_1").SearchWithdrawals(ctx, &cashierv1.SearchWithdrawalsRequest{State: awaiting})
	require.NoError(t, err)
	require.Len(t, queue.GetWithdrawals(), 1)
	all, err := w.operator("opr_1").SearchWithdrawals(ctx, &cashierv1.SearchWithdrawalsRequest{PlayerId: player})
	require.NoError(t, err)
	require.Len(t, all.GetWithdrawals(), 2)
	require.Equal(t, y.GetWithdrawalId(), all.GetWithdrawals()[0].GetWithdrawalId())
	_, err = w.player(player).SearchWithdrawals(ctx, &cashierv1.SearchWithdrawalsRequest{})
	reason(t, "PERMISSION_DENIED", err)
}
