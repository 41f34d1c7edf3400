package cashier_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/sandbox/fault"
	"github.com/pitboss-gaming/pitboss/sandbox/psp"
)

const (
	pending  = cashierv1.DepositState_DEPOSIT_STATE_PENDING
	captured = cashierv1.DepositState_DEPOSIT_STATE_CAPTURED
	expired  = cashierv1.DepositState_DEPOSIT_STATE_EXPIRED
)

// TestApplyDeposit_Webhooks: whatever webhooks do, money comes once.
func TestApplyDeposit_Webhooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	for name, rules := range map[string][]fault.Rule{
		"twice, at once":          {{Operation: "*", Kind: fault.Duplicate, Times: 3, Concurrent: true}},
		"out of order":            {{Operation: "webhook.payment_intent.succeeded", Kind: fault.Reorder, DelayMS: 500}},
		"answers lost":            {{Operation: "webhook.payment_intent.succeeded", Kind: fault.Drop, Count: 2}, {Operation: "webhook.checkout.session.completed", Kind: fault.Drop, Count: 2}},
		"the most important lost": {{Operation: "webhook.payment_intent.succeeded", Kind: psp.FaultLose}},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "twice, at once" {
				rules[0].Operation = "webhook.payment_intent.succeeded"
				rules = append(rules, fault.Rule{Operation: "webhook.checkout.session.completed", Kind: fault.Duplicate, Times: 3, Concurrent: true})
			}
			w.fault(rules...)
			player := newPlayer()
			w.paid(player, "50.00")
			available, _ := w.balance(player)
			require.Equal(t, "50.00", available)
		})
	}
	w.fault()
	w.verify()
	require.Len(t, w.h.Events("payment.succeeded.v1", 4), 4)
	require.Empty(t, w.h.Published("payment.reconciliation.v1"))
}

// TestApplyDeposit_AFailedTryLeavesThePageOpen: a declined card, then another one.
func TestApplyDeposit_AFailedTryLeavesThePageOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	d := w.open(player, "50.00")
	require.Equal(t, 402, w.pay(d.GetRedirectUrl(), "4000000000009995"))
	w.until(func() bool {
		return w.deposit(player, d.GetDepositId(), pending).GetFailureCode() == "insufficient_funds"
	}, func() string { return "no failure code" })
	require.Equal(t, 303, w.pay(d.GetRedirectUrl(), goodCard))
	d = w.deposit(player, d.GetDepositId(), captured)
	require.Empty(t, d.GetFailureCode())
	require.Empty(t, w.h.Published("payment.failed.v1"))
}

// TestSyncDeposits_FindsWhatWebhooksDidNotTell: the platform is not reachable while the player pays.
func TestSyncDeposits_FindsWhatWebhooksDidNotTell(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	w.reachable(false)
	d := w.open(player, "50.00")
	require.Equal(t, 303, w.pay(d.GetRedirectUrl(), goodCard))
	require.Equal(t, pending, w.deposit(player, d.GetDepositId(), pending).GetState())
	w.h.Clock.Advance(61 * time.Second)
	w.deposit(player, d.GetDepositId(), captured)
	w.reachable(true) // the webhooks come late and change nothing
	w.h.Clock.Advance(15 * time.Minute)
	w.h.Events("cashier.webhook.received.v1", 2)
	require.Len(t, w.h.Events("payment.succeeded.v1", 1), 1)
	w.verify()
}

// TestSyncDeposits_Expiry: nobody pays; and somebody who pays after all gets the money, with a finding.
func TestSyncDeposits_Expiry(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{vars: map[string]string{"PITBOSS_CASHIER_EXPIRY_GRACE": "1s"}})
	w.reachable(false)
	player := newPlayer()
	d := w.open(player, "50.00")
	w.h.Clock.Advance(29 * time.Minute)
	w.until(func() (asked bool) { // the provider, who says that nobody has paid
		require.NoError(t, w.h.DB.QueryRow(t.Context(), "SELECT next_sync_at = expires_at + interval '1 second' FROM deposit WHERE deposit_id = $1", d.GetDepositId()).Scan(&asked))
		return asked
	}, func() string { return "the deposit is not looked at again right after its end" })
	w.deposit(player, d.GetDepositId(), pending)
	w.h.Clock.Advance(65 * time.Second) // the provider's page still lives: it gets five minutes more
	d = w.deposit(player, d.GetDepositId(), expired)
	require.Empty(t, d.GetRedirectUrl())
	require.Len(t, w.h.Events("payment.failed.v1", 1), 1)

	page := w.redirect(d.GetDepositId())
	require.Equal(t, 303, w.pay(page, goodCard))
	w.reachable(true)
	w.h.Clock.Advance(10 * time.Minute)
	w.deposit(player, d.GetDepositId(), captured)
	require.Equal(t, []string{"STATUS_DIFF"}, w.findings(1))
	available, _ := w.balance(player)
	require.Equal(t, "50.00", available)
	w.verify()
}

// redirect is the page of a deposit, also of one whose page is not shown any more.
func (w *world) redirect(id string) string {
	w.t.Helper()
	var page string
	require.NoError(w.t, w.h.DB.QueryRow(w.t.Context(), "SELECT redirect_url FROM deposit WHERE deposit_id = $1", id).Scan(&page))
	return page
}

// TestSyncDeposits_ProviderSaysItIsOver: the provider itself ends the page.
func TestSyncDeposits_ProviderSaysItIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.reachable(false)
	player := newPlayer()
	d := w.open(player, "50.00")
	w.stripeAPI("POST", "checkout/sessions/"+d.GetProviderRef()+"/expire", nil)
	w.h.Clock.Advance(61 * time.Second)
	w.deposit(player, d.GetDepositId(), expired)
	require.Equal(t, 410, w.pay(d.GetRedirectUrl(), goodCard))
}

// TestCredit_TheWalletsAnswerIsLost: the wallet commits and its answer is lost, more than once.
func TestCredit_TheWalletsAnswerIsLost(t *testing.T) {
	t.Parallel()
	f := &failingWallet{}
	f.failNext("Deposit", 2)
	w := newWorld(t, options{failing: f})
	player := newPlayer()
	d := w.open(player, "50.00")
	require.Equal(t, 303, w.pay(d.GetRedirectUrl(), goodCard))
	w.until(func() bool {
		w.h.Clock.Advance(2 * time.Second)
		res, err := w.player(player).GetDeposit(t.Context(), &cashierv1.GetDepositRequest{DepositId: d.GetDepositId()})
		require.NoError(t, err)
		return res.GetDeposit().GetState() == captured
	}, func() string { return "not credited" })
	require.Equal(t, 1, f.effects("Deposit"))
	require.Len(t, w.h.Events("payment.succeeded.v1", 1), 1)
}

// TestDispute: a payer contests a payment; the books stay, operators are told.
func TestDispute(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	d := w.open(player, "50.00")
	require.Equal(t, 303, w.pay(d.GetRedirectUrl(), "4000000000000259"))
	w.deposit(player, d.GetDepositId(), captured)
	w.h.Clock.Advance(2 * time.Hour)
	for _, kind := range w.findings(1) {
		require.Equal(t, "LATE_REVERSAL", kind)
	}
	available, _ := w.balance(player)
	require.Equal(t, "50.00", available)
}
