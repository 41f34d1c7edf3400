package cashier_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestGetDeposit(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	w, stranger, deposits := b.world, b.stranger, b.deposits
	ctx := t.Context()
	for want, c := range map[string]cashierv1.CashierServiceClient{"DEPOSIT_NOT_FOUND": w.player(stranger), "PERMISSION_DENIED": w.as(testkit.Peer("gaming"))} {
		_, err := c.GetDeposit(ctx, &cashierv1.GetDepositRequest{DepositId: deposits[0].GetDepositId()})
		reason(t, want, err)
	}
	_, err := w.player(stranger).GetDeposit(ctx, &cashierv1.GetDepositRequest{DepositId: "dep_none"})
	reason(t, "DEPOSIT_NOT_FOUND", err)
	_, err = w.as(testkit.Operator("support")).GetDeposit(ctx, &cashierv1.GetDepositRequest{DepositId: deposits[0].GetDepositId()})
	require.NoError(t, err)
}
