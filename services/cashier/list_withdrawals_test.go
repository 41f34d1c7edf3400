package cashier_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
)

func TestListWithdrawals(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	w, player, stranger := b.world, b.player, b.stranger
	ctx := t.Context()
	page1, err := w.player(player).ListWithdrawals(ctx, &cashierv1.ListWithdrawalsRequest{Page: &commonv1.PageRequest{Size: 1}})
	require.NoError(t, err)
	token := page1.GetPage().GetNextToken()
	_, err = w.player(player).ListDeposits(ctx, &cashierv1.ListDepositsRequest{Page: &commonv1.PageRequest{Token: token}})
	reason(t, "BAD_PAGE_TOKEN", err)
	mine, err := w.player(player).ListWithdrawals(ctx, &cashierv1.ListWithdrawalsRequest{})
	require.NoError(t, err)
	require.Len(t, mine.GetWithdrawals(), 2)
	none, err := w.player(stranger).ListWithdrawals(ctx, &cashierv1.ListWithdrawalsRequest{})
	require.NoError(t, err)
	require.Empty(t, none.GetWithdrawals())
	_, err = w.operator("opr_1").ListWithdrawals(ctx, &cashierv1.ListWithdrawalsRequest{})
	reason(t, "PERMISSION_DENIED", err)
}
