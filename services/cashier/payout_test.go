package cashier_test

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/sandbox/fault"
	"github.com/pitboss-gaming/pitboss/sandbox/psp"
)

const (
	awaiting  = cashierv1.WithdrawalState_WITHDRAWAL_STATE_AWAITING_APPROVAL
	submitted = cashierv1.WithdrawalState_WITHDRAWAL_STATE_SUBMITTED
	paidOut   = cashierv1.WithdrawalState_WITHDRAWAL_STATE_PAID
	rejected  = cashierv1.WithdrawalState_WITHDRAWAL_STATE_REJECTED
	failed    = cashierv1.WithdrawalState_WITHDRAWAL_STATE_FAILED
	cancelled = cashierv1.WithdrawalState_WITHDRAWAL_STATE_CANCELLED
	unknown   = cashierv1.WithdrawalState_WITHDRAWAL_STATE_UNKNOWN
)

// refunds are the provider's refunds.
func (w *world) refunds() []struct{ ID, Status string } {
	w.t.Helper()
	var list struct {
		Data []struct{ ID, Status string }
	}
	require.NoError(w.t, json.Unmarshal([]byte(w.stripeAPI("GET", "refunds", nil)), &list))
	return list.Data
}

func (w *world) funds(player, available, held string) {
	w.t.Helper()
	a, h := w.balance(player)
	w.until(func() bool { a, h = w.balance(player); return a == available && h == held }, func() string { return a + " and held " + h })
}

// TestPayout_SeveralDeposits pays back over deposits, oldest first.
func TestPayout_SeveralDeposits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	first, second := w.paid(player, "30.00"), w.paid(player, "50.00")
	x := w.withdrawal(player, w.withdraw(player, "60.00").GetWithdrawalId(), paidOut)
	require.Len(t, x.GetParts(), 2)
	require.Equal(t, first.GetDepositId()+" 30.00", x.GetParts()[0].GetDepositId()+" "+x.GetParts()[0].GetAmount().GetAmount())
	require.Equal(t, second.GetDepositId()+" 30.00", x.GetParts()[1].GetDepositId()+" "+x.GetParts()[1].GetAmount().GetAmount())
	w.funds(player, "20.00", "0.00")
	require.Len(t, w.refunds(), 2)
	w.verify()
}

// TestPayout_LostAnswerIsFoundOutByTheSameKey: the provider refunds, its answer is lost; nothing is sent under another key.
func TestPayout_LostAnswerIsFoundOutByTheSameKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{vars: map[string]string{"PITBOSS_CASHIER_PROVIDER_TIMEOUT": "600ms"}})
	player := newPlayer()
	w.paid(player, "50.00")
	w.reachable(false)
	w.fault(fault.Rule{Operation: "api.refunds.create", Kind: fault.Drop, Count: 50})
	x := w.withdraw(player, "40.00")
	w.unknown(player, x.GetWithdrawalId())
	w.funds(player, "10.00", "40.00")
	w.fault()
	w.h.Clock.Advance(31 * time.Second)
	w.withdrawal(player, x.GetWithdrawalId(), paidOut)
	w.funds(player, "10.00", "0.00")
	require.Len(t, w.refunds(), 1)
	w.verify()
}

// TestPayout_UnknownStaysReserved: the provider keeps answering an error of which nobody knows what it means. After the time of its keys
// only operators can end it, here by a refund of their own with our reference.
func TestPayout_UnknownStaysReserved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	d := w.paid(player, "50.00")
	w.fault(fault.Rule{Operation: "api.refunds.create", Kind: psp.FaultFailStored, Count: 1})
	x := w.withdraw(player, "40.00")
	w.unknown(player, x.GetWithdrawalId())
	w.fault()
	w.h.Clock.Advance(40 * time.Second)
	w.h.Clock.Advance(13 * time.Hour)
	require.Equal(t, []string{"STATUS_DIFF"}, w.findings(1))
	w.withdrawal(player, x.GetWithdrawalId(), unknown)
	w.funds(player, "10.00", "40.00")
	require.Empty(t, w.refunds())

	var part, intent string
	require.NoError(t, w.h.DB.QueryRow(t.Context(), "SELECT part_id FROM withdrawal_part WHERE withdrawal_id = $1", x.GetWithdrawalId()).Scan(&part))
	var session struct {
		PaymentIntent string `json:"payment_intent"`
	}
	require.NoError(t, json.Unmarshal([]byte(w.stripeAPI("GET", "checkout/sessions/"+d.GetProviderRef(), nil)), &session))
	intent = session.PaymentIntent
	w.stripeAPI("POST", "refunds", url.Values{"payment_intent": {intent}, "amount": {"4000"}, "metadata[our_ref]": {part}})
	w.withdrawal(player, x.GetWithdrawalId(), paidOut)
	w.funds(player, "10.00", "0.00")
	w.verify()
}

// TestPayout_PendingThenEither: a refund that the bank decides about later.
func TestPayout_PendingThenEither(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.admin("PUT", "refund-mode", `{"mode":"pending"}`)
	for verb, want := range map[string]cashierv1.WithdrawalState{"succeed": paidOut, "fail": failed} {
		player := newPlayer()
		w.paid(player, "50.00")
		x := w.withdraw(player, "40.00")
		x = w.withdrawal(player, x.GetWithdrawalId(), submitted)
		w.until(func() bool {
			x = w.withdrawal(player, x.GetWithdrawalId(), submitted)
			return x.GetParts()[0].GetState() == "PENDING"
		}, func() string { return x.String() })
		w.funds(player, "10.00", "40.00")
		w.admin("POST", "refunds/"+x.GetParts()[0].GetProviderRef()+"/"+verb, map[string]string{"succeed": "", "fail": `{"reason":"declined"}`}[verb])
		w.withdrawal(player, x.GetWithdrawalId(), want)
		w.funds(player, map[string]string{"succeed": "10.00", "fail": "50.00"}[verb], "0.00")
	}
	require.Len(t, w.h.Events("payout.rejected.v1", 1), 1)
	w.verify()
}

// TestPayout_FailedAfterSucceeded: the bank sends a refund back days later. The books stay, operators are told.
func TestPayout_FailedAfterSucceeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	w.paid(player, "50.00")
	x := w.withdrawal(player, w.withdraw(player, "40.00").GetWithdrawalId(), paidOut)
	w.admin("POST", "refunds/"+x.GetParts()[0].GetProviderRef()+"/fail", `{"reason":"declined"}`)
	require.Equal(t, []string{"LATE_REVERSAL"}, w.findings(1))
	w.withdrawal(player, x.GetWithdrawalId(), paidOut)
	w.funds(player, "10.00", "0.00")
	w.verify()
}

// TestPayout_PartlyPaid: one of two refunds is refused; the rest goes to a third deposit, and where there is none to operators.
func TestPayout_PartlyPaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	w.paid(player, "30.00")
	second := w.paid(player, "30.00")
	var session struct {
		PaymentIntent string `json:"payment_intent"`
	}
	require.NoError(t, json.Unmarshal([]byte(w.stripeAPI("GET", "checkout/sessions/"+second.GetProviderRef(), nil)), &session))
	w.stripeAPI("POST", "refunds", url.Values{"payment_intent": {session.PaymentIntent}}) // by hand: the platform does not know
	require.Equal(t, []string{"MISSING_OURS"}, w.findings(1))

	x := w.withdraw(player, "60.00")
	w.findings(3) // refused, and nowhere to go
	got := w.withdrawal(player, x.GetWithdrawalId(), submitted)
	require.Equal(t, "SUCCEEDED FAILED", got.GetParts()[0].GetState()+" "+got.GetParts()[1].GetState())
	w.funds(player, "0.00", "60.00")

	w.paid(player, "30.00")
	_, err := w.operator("opr_1").SyncPayment(t.Context(), &cashierv1.SyncPaymentRequest{PaymentId: x.GetWithdrawalId()})
	require.NoError(t, err)
	got = w.withdrawal(player, x.GetWithdrawalId(), paidOut)
	require.Len(t, got.GetParts(), 3)
	w.funds(player, "30.00", "0.00")
	w.verify()
}

// TestPayout_NothingPaid: the only refund is refused; everything returns.
func TestPayout_NothingPaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	d := w.paid(player, "30.00")
	var session struct {
		PaymentIntent string `json:"payment_intent"`
	}
	require.NoError(t, json.Unmarshal([]byte(w.stripeAPI("GET", "checkout/sessions/"+d.GetProviderRef(), nil)), &session))
	w.stripeAPI("POST", "refunds", url.Values{"payment_intent": {session.PaymentIntent}})
	w.paid(player, "30.00")
	x := w.withdrawal(player, w.withdraw(player, "60.00").GetWithdrawalId(), failed)
	require.Equal(t, "charge_already_refunded", x.GetReason())
	w.funds(player, "60.00", "0.00")
	var claimed int64
	require.NoError(t, w.h.DB.QueryRow(t.Context(), "SELECT sum(refund_claimed_minor) FROM deposit WHERE player_id = $1", player).Scan(&claimed))
	require.Zero(t, claimed)
	w.verify()
}

// TestPayout_TheWalletsAnswersAreLost: each call of the wallet commits and loses its answer once.
func TestPayout_TheWalletsAnswersAreLost(t *testing.T) {
	t.Parallel()
	f := &failingWallet{}
	w := newWorld(t, options{failing: f})
	player := newPlayer()
	w.paid(player, "1000.00")
	f.failNext("ReserveWithdrawal", 1)
	f.failNext("CompleteWithdrawal", 1)
	f.failNext("CancelWithdrawal", 1)
	c := w.player(player)
	req := &cashierv1.CreateWithdrawalRequest{RequestId: "a", Amount: eur("100.00"), Destination: cashierv1.DestinationKind_DESTINATION_KIND_SOURCE}
	_, err := c.CreateWithdrawal(t.Context(), req)
	reason(t, "WALLET_UNAVAILABLE", err)
	res, err := c.CreateWithdrawal(t.Context(), req)
	require.NoError(t, err)
	require.True(t, res.GetReplayed())
	w.settle(player, res.GetWithdrawal().GetWithdrawalId(), paidOut)
	require.Equal(t, 1, f.effects("ReserveWithdrawal"))
	require.Equal(t, 1, f.effects("CompleteWithdrawal"))

	x := w.withdraw(player, "600.00")
	_, err = w.operator("opr_1").RejectWithdrawal(t.Context(), &cashierv1.RejectWithdrawalRequest{WithdrawalId: x.GetWithdrawalId(), Reason: "DOCUMENTS"})
	reason(t, "WALLET_UNAVAILABLE", err)
	got := w.settle(player, x.GetWithdrawalId(), rejected)
	require.Equal(t, "DOCUMENTS", got.GetReason())
	require.Equal(t, 1, f.effects("CancelWithdrawal"))
	require.Len(t, w.h.Events("payout.rejected.v1", 1), 1)
}

// settle pushes the clock on until a withdrawal is in a state.
func (w *world) settle(player, id string, state cashierv1.WithdrawalState) *cashierv1.Withdrawal {
	w.t.Helper()
	var x *cashierv1.Withdrawal
	w.until(func() bool {
		w.h.Clock.Advance(time.Second)
		res, err := w.player(player).GetWithdrawal(w.t.Context(), &cashierv1.GetWithdrawalRequest{WithdrawalId: id})
		require.NoError(w.t, err)
		x = res.GetWithdrawal()
		return x.GetState() == state
	}, func() string { return x.String() })
	return x
}

// TestPayout_TakenUpAfterACrash sets the states that a crash between any two steps leaves, and has the background go on.
func TestPayout_TakenUpAfterACrash(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	for name, sql := range map[string]string{
		"approved, not submitted":     `UPDATE withdrawal SET state = 3, approved_revision = revision, next_step_at = now() - interval '1 day' WHERE withdrawal_id = $1`,
		"submitted, nothing sent":     `UPDATE withdrawal SET state = 4, next_step_at = now() - interval '1 day' WHERE withdrawal_id = $1`,
		"marked as sending, not sent": `WITH p AS (UPDATE withdrawal_part SET state = 2, first_sent_at = now() WHERE withdrawal_id = $1) UPDATE withdrawal SET state = 4, next_step_at = now() - interval '1 day' WHERE withdrawal_id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			player := newPlayer()
			w.paid(player, "600.00")
			x := w.withdraw(player, "600.00")
			_, err := w.h.DB.Exec(t.Context(), sql, x.GetWithdrawalId())
			require.NoError(t, err)
			w.withdrawal(player, x.GetWithdrawalId(), paidOut)
			w.funds(player, "0.00", "0.00")
		})
	}
	require.Len(t, w.refunds(), 3)
	w.verify()
}
