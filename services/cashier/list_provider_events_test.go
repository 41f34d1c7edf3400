package cashier_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
)

func TestListProviderEvents(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	w, player, deposits := b.world, b.player, b.deposits
	ctx := t.Context()
	events, err := w.operator("opr_1").ListProviderEvents(ctx, &cashierv1.ListProviderEventsRequest{PaymentId: deposits[0].GetDepositId()})
	require.NoError(t, err)
	require.NotEmpty(t, events.GetEvents())
	require.Equal(t, "APPLIED", events.GetEvents()[0].GetState())
	first, err := w.operator("opr_1").ListProviderEvents(ctx, &cashierv1.ListProviderEventsRequest{Page: &commonv1.PageRequest{Size: 1}})
	require.NoError(t, err)
	second, err := w.operator("opr_1").ListProviderEvents(ctx, &cashierv1.ListProviderEventsRequest{Page: &commonv1.PageRequest{Size: 1, Token: first.GetPage().GetNextToken()}})
	require.NoError(t, err)
	require.NotEqual(t, first.GetEvents()[0].GetEventId(), second.GetEvents()[0].GetEventId())
	_, err = w.player(player).ListProviderEvents(ctx, &cashierv1.ListProviderEventsRequest{})
	reason(t, "PERMISSION_DENIED", err)
}
