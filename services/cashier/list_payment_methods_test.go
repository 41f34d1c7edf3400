package cashier_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListPaymentMethods(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	w, player := b.world, b.player
	ctx := t.Context()
	methods, err := w.player(player).ListPaymentMethods(ctx, &cashierv1.ListPaymentMethodsRequest{})
	require.NoError(t, err)
	var names []string
	for _, m := range methods.GetMethods() {
		names = append(names, m.GetMethodId())
		require.NotEmpty(t, m.GetLimits())
	}
	require.Equal(t, []string{card, "source:" + card, "bank"}, names)
	_, err = w.as(testkit.Anonymous()).ListPaymentMethods(ctx, &cashierv1.ListPaymentMethodsRequest{})
	reason(t, "UNAUTHENTICATED", err)
}
