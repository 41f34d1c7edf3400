package cashier_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestSyncPayment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.reachable(false)
	player := newPlayer()
	d := w.open(player, "20.00")
	sync := func(c cashierv1.CashierServiceClient, id string) (*cashierv1.SyncPaymentResponse, error) {
		return c.SyncPayment(t.Context(), &cashierv1.SyncPaymentRequest{PaymentId: id})
	}
	require.Equal(t, 303, w.pay(d.GetRedirectUrl(), goodCard))
	_, err := sync(w.player(player), d.GetDepositId())
	reason(t, "PERMISSION_DENIED", err)
	_, err = sync(w.as(testkit.Operator("support")), d.GetDepositId())
	reason(t, "PERMISSION_DENIED", err)
	for id, want := range map[string]string{"dep_none": "DEPOSIT_NOT_FOUND", "wdr_none": "WITHDRAWAL_NOT_FOUND", "": "VALIDATION"} {
		_, err := sync(w.operator("opr_1"), id)
		reason(t, want, err)
	}
	w.ops.set(w.web.URL+"/nowhere", w.psp.APIKey(), w.psp.WebhookSecret())
	_, err = sync(w.operator("opr_1"), d.GetDepositId())
	reason(t, "PROVIDER_UNAVAILABLE", err)
	w.ops.set(w.web.URL+"/psp", w.psp.APIKey(), w.psp.WebhookSecret())
	w.ops.disable(true) // money under way is settled all the same
	for range 2 {
		res, err := sync(w.operator("opr_1"), d.GetDepositId())
		require.NoError(t, err)
		require.Equal(t, captured, res.GetDeposit().GetState())
	}
	available, _ := w.balance(player)
	require.Equal(t, "20.00", available)
	w.verify()
}
