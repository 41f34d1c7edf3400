package cashier_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// TestReads: who may see what, pages, and the tokens of other lists.
func TestReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player, stranger := newPlayer(), newPlayer()
	var deposits []*cashierv1.Deposit
	for range 3 {
		deposits = append(deposits, w.paid(player, "300.00"))
	}
	w.open(stranger, "20.00")
	x, y := w.withdraw(player, "510.00"), w.withdraw(player, "200.00")
	w.withdrawal(player, y.GetWithdrawalId(), paidOut)
	ctx := t.Context()

	for want, c := range map[string]cashierv1.CashierServiceClient{"DEPOSIT_NOT_FOUND": w.player(stranger), "PERMISSION_DENIED": w.as(testkit.Peer("gaming"))} {
		_, err := c.GetDeposit(ctx, &cashierv1.GetDepositRequest{DepositId: deposits[0].GetDepositId()})
		reason(t, want, err)
	}
	_, err := w.player(stranger).GetDeposit(ctx, &cashierv1.GetDepositRequest{DepositId: "dep_none"})
	reason(t, "DEPOSIT_NOT_FOUND", err)
	_, err = w.as(testkit.Operator("support")).GetDeposit(ctx, &cashierv1.GetDepositRequest{DepositId: deposits[0].GetDepositId()})
	require.NoError(t, err)
	_, err = w.player(stranger).GetWithdrawal(ctx, &cashierv1.GetWithdrawalRequest{WithdrawalId: x.GetWithdrawalId()})
	reason(t, "WITHDRAWAL_NOT_FOUND", err)
	_, err = w.as(testkit.Anonymous()).GetWithdrawal(ctx, &cashierv1.GetWithdrawalRequest{WithdrawalId: x.GetWithdrawalId()})
	reason(t, "UNAUTHENTICATED", err)

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
	_, err = w.player(player).ListWithdrawals(ctx, &cashierv1.ListWithdrawalsRequest{Page: &commonv1.PageRequest{Token: token}})
	reason(t, "BAD_PAGE_TOKEN", err)
	mine, err := w.player(player).ListWithdrawals(ctx, &cashierv1.ListWithdrawalsRequest{})
	require.NoError(t, err)
	require.Len(t, mine.GetWithdrawals(), 2)
	none, err := w.player(stranger).ListWithdrawals(ctx, &cashierv1.ListWithdrawalsRequest{})
	require.NoError(t, err)
	require.Empty(t, none.GetWithdrawals())
	_, err = w.operator("opr_1").ListDeposits(ctx, &cashierv1.ListDepositsRequest{})
	reason(t, "PERMISSION_DENIED", err)

	found, err := w.operator("opr_1").SearchDeposits(ctx, &cashierv1.SearchDepositsRequest{ProviderRef: deposits[1].GetProviderRef()})
	require.NoError(t, err)
	require.Len(t, found.GetDeposits(), 1)
	found, err = w.operator("opr_1").SearchDeposits(ctx, &cashierv1.SearchDepositsRequest{State: pending})
	require.NoError(t, err)
	require.Len(t, found.GetDeposits(), 1)
	_, err = w.player(player).SearchDeposits(ctx, &cashierv1.SearchDepositsRequest{})
	reason(t, "PERMISSION_DENIED", err)
	queue, err := w.operator("opr_1").SearchWithdrawals(ctx, &cashierv1.SearchWithdrawalsRequest{State: awaiting})
	require.NoError(t, err)
	require.Len(t, queue.GetWithdrawals(), 1)
	all, err := w.operator("opr_1").SearchWithdrawals(ctx, &cashierv1.SearchWithdrawalsRequest{PlayerId: player})
	require.NoError(t, err)
	require.Len(t, all.GetWithdrawals(), 2)
	require.Equal(t, y.GetWithdrawalId(), all.GetWithdrawals()[0].GetWithdrawalId())
	_, err = w.player(player).SearchWithdrawals(ctx, &cashierv1.SearchWithdrawalsRequest{})
	reason(t, "PERMISSION_DENIED", err)

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
