package cashier_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
)

func TestListDeposits(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	w, player, stranger, deposits := b.world, b.player, b.stranger, b.deposits
	ctx := t.Context()
	page1, err := w.player(player).ListDeposits(ctx, &cashierv1.ListDepositsRequest{Page: &commonv1.PageRequest{Size: 2}})
	require.NoError(t, err)
	require.Len(t, page1.GetDeposits(), 2)
	require.Equal(t, deposits[2].GetDepositId(), page1.GetDeposits()[0].GetDepositId())
	token := page1.GetPage().GetNextToken()
	page2, err := w.player(player).ListDeposits(ctx, &cashierv1.ListDepositsRequest{Page: &commonv1.PageRequest{Size: 2, Token: token}})
	require.NoError(t, err)
	require.Len(t, page2.GetDeposits(), 1)
	require.Empty(t, page2.GetPage().GetNextToken())
	_, err = w.player(stranger).ListDeposits(ctx, &cashierv1.ListDepositsRequest{Page: &commonv1.PageRequest{Token: token}})
	reason(t, "BAD_PAGE_TOKEN", err)
	_, err = w.operator("opr_1").ListDeposits(ctx, &cashierv1.ListDepositsRequest{})
	reason(t, "PERMISSION_DENIED", err)
}
