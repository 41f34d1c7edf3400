package cashier_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
)

func TestSearchDeposits(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	w, player, deposits := b.world, b.player, b.deposits
	ctx := t.Context()
	found, err := w.operator("opr_1").SearchDeposits(ctx, &cashierv1.SearchDepositsRequest{ProviderRef: deposits[1].GetProviderRef()})
	require.NoError(t, err)
	require.Len(t, found.GetDeposits(), 1)
	found, err = w.operator("opr_1").SearchDeposits(ctx, &cashierv1.SearchDepositsRequest{State: pending})
	require.NoError(t, err)
	require.Len(t, found.GetDeposits(), 1)
	_, err = w.player(player).SearchDeposits(ctx, &cashierv1.SearchDepositsRequest{})
	reason(t, "PERMISSION_DENIED", err)
}
