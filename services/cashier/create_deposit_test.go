package cashier_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
	"github.com/pitboss-gaming/pitboss/sandbox/fault"
)

func TestCreateDeposit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	c := w.player(player)
	req := func(change func(*cashierv1.CreateDepositRequest)) *cashierv1.CreateDepositRequest {
		r := &cashierv1.CreateDepositRequest{RequestId: "k1", MethodId: card, Amount: eur("20.00"), ReturnUrl: "https://casino.example/cashier?tab=in"}
		change(r)
		return r
	}
	same := func(*cashierv1.CreateDepositRequest) {}

	first, err := c.CreateDeposit(t.Context(), req(same))
	require.NoError(t, err)
	d := first.GetDeposit()
	require.Equal(t, cashierv1.DepositState_DEPOSIT_STATE_PENDING, d.GetState())
	require.False(t, first.GetReplayed())
	require.Contains(t, d.GetRedirectUrl(), w.web.URL)
	require.Equal(t, "PAY_AT_PROVIDER", d.GetTimeline()[1].GetNextStep())
	require.Equal(t, 30*time.Minute, d.GetExpiresAt().AsTime().Sub(d.GetCreatedAt().AsTime()))

	again, err := c.CreateDeposit(t.Context(), req(same))
	require.NoError(t, err)
	require.True(t, again.GetReplayed())
	require.Equal(t, d.GetDepositId(), again.GetDeposit().GetDepositId())
	require.Equal(t, d.GetRedirectUrl(), again.GetDeposit().GetRedirectUrl())
	byHeader, err := c.CreateDeposit(withKey(t.Context(), "k1"), req(func(r *cashierv1.CreateDepositRequest) { r.RequestId = "" }))
	require.NoError(t, err)
	require.Equal(t, d.GetDepositId(), byHeader.GetDeposit().GetDepositId())
	other, err := w.player(newPlayer()).CreateDeposit(t.Context(), req(same))
	require.NoError(t, err)
	require.NotEqual(t, d.GetDepositId(), other.GetDeposit().GetDepositId(), "keys are the player's own")

	for want, change := range map[string]func(*cashierv1.CreateDepositRequest){
		"IDEMPOTENCY_CONFLICT":    func(r *cashierv1.CreateDepositRequest) { r.Amount = eur("20.01") },
		"IDEMPOTENCY_KEY_MISSING": func(r *cashierv1.CreateDepositRequest) { r.RequestId = "" },
		"METHOD_NOT_FOUND":        func(r *cashierv1.CreateDepositRequest) { r.RequestId, r.MethodId = "k2", "nothing" },
		"AMOUNT_OUT_OF_RANGE":     func(r *cashierv1.CreateDepositRequest) { r.RequestId, r.Amount = "k2", eur("4.99") },
		"INVALID_AMOUNT":          func(r *cashierv1.CreateDepositRequest) { r.RequestId, r.Amount = "k2", eur("20.001") },
		"CURRENCY_NOT_SUPPORTED":  func(r *cashierv1.CreateDepositRequest) { r.Amount = &commonv1.Money{Amount: "20.00", Currency: "SEK"} },
		"RETURN_URL_FOREIGN":      func(r *cashierv1.CreateDepositRequest) { r.ReturnUrl = "https://casino.example@evil.example/" },
		"VALIDATION":              func(r *cashierv1.CreateDepositRequest) { r.Amount = eur("1e3") },
	} {
		_, err := c.CreateDeposit(t.Context(), req(change))
		reason(t, want, err)
	}
	for _, method := range []string{"off", "games"} {
		_, err := c.CreateDeposit(t.Context(), req(func(r *cashierv1.CreateDepositRequest) { r.RequestId, r.MethodId = "k2", method }))
		reason(t, "METHOD_NOT_FOUND", err)
	}
	_, err = c.CreateDeposit(t.Context(), req(func(r *cashierv1.CreateDepositRequest) { r.RequestId, r.Amount = "k2", eur("-20.00") }))
	reason(t, "INVALID_AMOUNT", err)
	for want, who := range map[string]testkit.Caller{
		"PERMISSION_DENIED": testkit.Operator("admin"), "UNAUTHENTICATED": testkit.Anonymous(),
	} {
		_, err := w.as(who).CreateDeposit(t.Context(), req(same))
		reason(t, want, err)
	}
	_, err = w.as(testkit.Peer("gaming")).CreateDeposit(t.Context(), req(same))
	reason(t, "PERMISSION_DENIED", err)
	require.Len(t, w.h.Events("payment.intent.v1", 2), 2)
}

func TestCreateDeposit_LockedPlayersPayNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	w.identity.locked = map[string]bool{player: true}
	req := &cashierv1.CreateDepositRequest{RequestId: "k", MethodId: card, Amount: eur("20.00")}
	_, err := w.player(player).CreateDeposit(t.Context(), req)
	reason(t, "PLAYER_BLOCKED", err)
	require.Equal(t, "LOCKED", errs.Metadata(err)["rule"])
	w.identity.broken = true
	_, err = w.player(newPlayer()).CreateDeposit(t.Context(), req)
	reason(t, "UNAVAILABLE", err)
	require.Empty(t, w.h.Published("payment.intent.v1"))
}

// TestCreateDeposit_GoesOnAfterALostAnswer: the provider opened the page and its answer was lost.
func TestCreateDeposit_GoesOnAfterALostAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{vars: map[string]string{"PITBOSS_CASHIER_PROVIDER_TIMEOUT": "600ms"}})
	player := newPlayer()
	w.fault(fault.Rule{Operation: "api.checkout_sessions.create", Kind: fault.Drop, Count: 50})
	req := &cashierv1.CreateDepositRequest{RequestId: "k", MethodId: card, Amount: eur("20.00")}
	_, err := w.player(player).CreateDeposit(t.Context(), req)
	reason(t, "PROVIDER_UNAVAILABLE", err)
	list, err := w.player(player).ListDeposits(t.Context(), &cashierv1.ListDepositsRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetDeposits(), 1)
	require.Equal(t, cashierv1.DepositState_DEPOSIT_STATE_CREATED, list.GetDeposits()[0].GetState())
	w.fault()
	res, err := w.player(player).CreateDeposit(t.Context(), req)
	require.NoError(t, err)
	require.True(t, res.GetReplayed())
	require.Equal(t, list.GetDeposits()[0].GetDepositId(), res.GetDeposit().GetDepositId())
	require.Equal(t, 303, w.pay(res.GetDeposit().GetRedirectUrl(), goodCard))
	w.deposit(player, res.GetDeposit().GetDepositId(), cashierv1.DepositState_DEPOSIT_STATE_CAPTURED)
	require.Len(t, w.h.Events("payment.intent.v1", 1), 1)
}

// TestCreateDeposit_Refused: Stripe takes no page that ends within half an hour.
func TestCreateDeposit_Refused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{vars: map[string]string{"PITBOSS_CASHIER_DEPOSIT_TTL": "1m"}})
	req := &cashierv1.CreateDepositRequest{RequestId: "k", MethodId: card, Amount: eur("20.00")}
	for range 2 {
		_, err := w.player("ply_1").CreateDeposit(t.Context(), req)
		reason(t, "PROVIDER_REFUSED", err)
	}
	require.Len(t, w.h.Events("payment.failed.v1", 1), 1)
}

// TestApplyDeposit_WebhookBeforeTheAnswer: the payment is known by our reference alone, because the answer with the provider's never came.
func TestApplyDeposit_WebhookBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{vars: map[string]string{"PITBOSS_CASHIER_PROVIDER_TIMEOUT": "600ms"}})
	w.fault(fault.Rule{Operation: "api.checkout_sessions.create", Kind: fault.Drop, Count: 50})
	for amount, want := range map[string]cashierv1.DepositState{
		"2000": cashierv1.DepositState_DEPOSIT_STATE_CAPTURED, "1999": cashierv1.DepositState_DEPOSIT_STATE_DISPUTED,
	} {
		player := newPlayer()
		_, err := w.player(player).CreateDeposit(t.Context(), &cashierv1.CreateDepositRequest{RequestId: "k", MethodId: card, Amount: eur("20.00")})
		reason(t, "PROVIDER_UNAVAILABLE", err)
		list, err := w.player(player).ListDeposits(t.Context(), &cashierv1.ListDepositsRequest{})
		require.NoError(t, err)
		id := list.GetDeposits()[0].GetDepositId()
		w.stripeAPI("POST", "payment_intents", url.Values{
			"amount": {amount}, "currency": {"eur"}, "metadata[our_ref]": {id}, "payment_method": {"pm_card_visa"}, "confirm": {"true"},
			"automatic_payment_methods[enabled]": {"true"}, "automatic_payment_methods[allow_redirects]": {"never"},
		})
		w.deposit(player, id, want)
		available, _ := w.balance(player)
		require.Equal(t, map[string]string{"2000": "20.00", "1999": "0.00"}[amount], available)
	}
	require.Equal(t, []string{"AMOUNT_DIFF"}, w.findings(1))
	w.verify()
}
