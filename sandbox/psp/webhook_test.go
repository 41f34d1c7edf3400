package psp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
)

// TestSignatureVector compares with a value computed by OpenSSL:
// printf '1767225600.{"id":"evt_1",...}\n' | openssl dgst -sha256 -hmac whsec_test_secret_0123456789
func TestSignatureVector(t *testing.T) {
	body := []byte("{\"id\":\"evt_1\",\"object\":\"event\",\"note\":\"\u00e9 <&>\"}\n")
	require.Equal(t, "t=1767225600,v1=b793c7a9edcd4fe29fefd5d6746874c20ff02eb6436e5dcdc90b74e33802c8dc",
		Sign("whsec_test_secret_0123456789", time.Unix(1767225600, 0), body))
}

// verify is the merchant's check, written from Stripe's description rather than with Sign.
func verify(t *testing.T, secret string, d delivered) (at int64) {
	t.Helper()
	stamp, sig, ok := strings.Cut(d.signature, ",v1=")
	require.True(t, ok, d.signature)
	at, err := strconv.ParseInt(strings.TrimPrefix(stamp, "t="), 10, 64)
	require.NoError(t, err)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(strconv.FormatInt(at, 10) + "." + string(d.body)))
	require.Equal(t, hex.EncodeToString(mac.Sum(nil)), sig)
	return at
}

func TestWebhooksOfAPayment(t *testing.T) {
	b := start(t)
	b.subscribe()
	own := b.ok("POST", "/v1/webhook_endpoints", "url="+b.hook.srv.URL+"/own&enabled_events[]=charge.succeeded", "Idempotency-Key", "we")
	require.True(t, strings.HasPrefix(own.str("secret"), "whsec_"))
	require.Empty(t, b.ok("GET", "/v1/webhook_endpoints/"+own.str("id"), "").str("secret"))
	require.NotContains(t, b.ok("GET", "/v1/webhook_endpoints", "").raw, "whsec_")

	id := b.paidIntent("4242424242424242")
	b.hook.wait(t, "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed")
	eventually(t, func() bool { return b.hook.count("charge.succeeded") == 2 })
	for _, d := range b.hook.all() {
		if d.kind == "charge.succeeded" {
			continue // went to two endpoints with two secrets
		}
		verify(t, b.psp.WebhookSecret(), d)
		require.Equal(t, "event", d.event.str("object"))
		require.Equal(t, apiVersion, d.event.str("api_version"))
		require.Equal(t, false, d.event["livemode"])
		require.Equal(t, float64(1), d.event["pending_webhooks"])
		require.JSONEq(t, string(d.body), b.ok("GET", "/v1/events/"+d.event.str("id"), "").raw)
	}
	b.ok("POST", "/v1/refunds", "payment_intent="+id, "Idempotency-Key", "ref-1")
	b.hook.wait(t, "refund.created", "charge.refunded")
	for _, d := range b.hook.all() {
		if d.kind == "refund.created" {
			require.Equal(t, "ref-1", d.event.str("request", "idempotency_key"))
			require.True(t, strings.HasPrefix(d.event.str("request", "id"), "req_"))
		}
	}
	require.Equal(t, true, b.ok("DELETE", "/v1/webhook_endpoints/"+own.str("id"), "").object["deleted"])
	require.Equal(t, 404, b.send("GET", "/v1/webhook_endpoints/"+own.str("id"), "").status)
}

func TestWebhooksAreRetriedWithAFreshSignature(t *testing.T) {
	b := start(t)
	b.hook.answerWith(func(d delivered, _ int) int {
		if b.hook.countLocked(d.event.str("id")) < 2 {
			return 500
		}
		return 204
	})
	b.subscribe()
	b.ok("POST", "/v1/payment_intents", intentForm)
	eventually(t, func() bool { return b.hook.count("payment_intent.created") == 3 })
	got := b.hook.all()
	require.Equal(t, got[0].body, got[2].body)
	for _, d := range got {
		verify(t, b.psp.WebhookSecret(), d)
	}
	eventually(t, func() bool { return len(b.deliveries("delivered")) == 1 })
	d := b.deliveries("delivered")[0].(map[string]any)
	require.Len(t, d["attempts"], 3)
}

// countLocked counts what came of one event so far; answer functions run under the lock.
func (r *receiver) countLocked(eventID string) int {
	n := 0
	for _, d := range r.got {
		if d.event.str("id") == eventID {
			n++
		}
	}
	return n
}

func (b *bench) deliveries(status string) []any {
	b.t.Helper()
	list, _ := b.admin("GET", "/deliveries?limit=500&status="+status, "").object["deliveries"].([]any)
	return list
}

func TestUnsentWebhooksOutliveARestart(t *testing.T) {
	b := start(t)
	b.hook.answerWith(func(delivered, int) int { return 503 })
	b.subscribe()
	b.ok("POST", "/v1/payment_intents", intentForm)
	eventually(t, func() bool { return b.hook.count("payment_intent.created") >= 2 })
	b.close()
	seen := b.hook.count("payment_intent.created")
	b.hook.answerWith(nil)
	b.open()
	eventually(t, func() bool { return len(b.deliveries("delivered")) == 1 })
	require.Greater(t, b.hook.count("payment_intent.created"), seen)
	require.Empty(t, b.deliveries("pending"))
}

func TestRetriesEnd(t *testing.T) {
	b := start(t)
	b.hook.answerWith(func(delivered, int) int { return 400 })
	b.subscribe()
	b.ok("POST", "/v1/payment_intents", intentForm)
	eventually(t, func() bool { return b.hook.count("payment_intent.created") > 0 })
	b.mu.Lock()
	b.ahead = maxDeliveryAge + time.Hour
	b.mu.Unlock()
	eventually(t, func() bool { return len(b.deliveries("failed")) == 1 })
	require.Equal(t, "answered 400", b.deliveries("failed")[0].(map[string]any)["last_error"])
	require.Equal(t, 10*time.Minute, b.psp.retryGap(24))
	require.Equal(t, 40*time.Millisecond, b.psp.retryGap(2))
}

func TestARedirectIsAFailure(t *testing.T) {
	b := start(t)
	b.hook.answerWith(func(delivered, int) int { return http.StatusFound })
	b.subscribe()
	b.ok("POST", "/v1/payment_intents", intentForm)
	eventually(t, func() bool { return b.hook.count("payment_intent.created") >= 2 })
	require.Empty(t, b.deliveries("delivered"))
}

func TestWebhookFaults(t *testing.T) {
	rule := func(b *bench, event string, k fault.Kind, delay int) {
		body := `{"rules":[{"operation":"webhook.` + event + `","kind":"` + string(k) + `","count":1`
		if delay > 0 {
			body += `,"delay_ms":` + strconv.Itoa(delay)
		}
		require.Equal(b.t, 200, b.admin("PUT", "/faults", body+`}]}`).status)
	}
	t.Run("duplicate", func(t *testing.T) {
		b := start(t)
		b.subscribe()
		rule(b, "payment_intent.created", fault.Duplicate, 0)
		b.ok("POST", "/v1/payment_intents", intentForm)
		eventually(t, func() bool { return b.hook.count("payment_intent.created") == 2 })
		got := b.hook.all()
		require.Equal(t, got[0].event.str("id"), got[1].event.str("id"))
	})
	t.Run("drop the answer", func(t *testing.T) {
		b := start(t)
		b.subscribe()
		rule(b, "payment_intent.created", fault.Drop, 0)
		b.ok("POST", "/v1/payment_intents", intentForm)
		eventually(t, func() bool { return b.hook.count("payment_intent.created") == 2 && len(b.deliveries("delivered")) == 1 })
	})
	t.Run("reorder", func(t *testing.T) {
		b := start(t)
		b.subscribe()
		rule(b, "payment_intent.created", fault.Reorder, 30_000)
		b.ok("POST", "/v1/payment_intents", intentForm+"&confirm=true&payment_method=pm_card_visa")
		b.hook.wait(t, "payment_intent.created", "payment_intent.succeeded", "charge.succeeded")
		require.NotEqual(t, "payment_intent.created", b.hook.kinds()[0])
	})
	t.Run("delay", func(t *testing.T) {
		b := start(t)
		b.subscribe()
		rule(b, "charge.succeeded", fault.Delay, 300)
		b.ok("POST", "/v1/payment_intents", intentForm+"&confirm=true&payment_method=pm_card_visa")
		b.hook.wait(t, "charge.succeeded")
		require.Equal(t, "charge.succeeded", b.hook.kinds()[2])
	})
	t.Run("lose, and send again by hand", func(t *testing.T) {
		b := start(t)
		b.subscribe()
		rule(b, "payment_intent.created", FaultLose, 0)
		b.ok("POST", "/v1/payment_intents", intentForm)
		eventually(t, func() bool { return len(b.deliveries("lost")) == 1 })
		require.Zero(t, b.hook.count("payment_intent.created"))
		event := b.deliveries("lost")[0].(map[string]any)["event_id"].(string)
		require.Equal(t, 200, b.admin("POST", "/events/"+event+"/resend", "").status)
		b.hook.wait(t, "payment_intent.created")
		require.Equal(t, 404, b.admin("POST", "/events/evt_none/resend", "").status)
	})
}

func TestRefunds(t *testing.T) {
	b := start(t)
	b.subscribe()
	id := b.paidIntent("4242424242424242")
	part := b.ok("POST", "/v1/refunds", "payment_intent="+id+"&amount=1000&reason=requested_by_customer&metadata[w]=1")
	require.Equal(t, "succeeded", part.str("status"))
	over := b.send("POST", "/v1/refunds", "payment_intent="+id+"&amount=1501")
	require.Equal(t, 400, over.status)
	require.Equal(t, "amount", over.str("error", "param"))
	b.ok("POST", "/v1/refunds", "payment_intent="+id)
	require.Equal(t, "charge_already_refunded", b.send("POST", "/v1/refunds", "payment_intent="+id).str("error", "code"))
	require.Len(t, b.ok("GET", "/v1/refunds?payment_intent="+id, "").object["data"], 2)
	require.Empty(t, b.ok("GET", "/v1/refunds?payment_intent=pi_other", "").object["data"])

	failed := b.admin("POST", "/refunds/"+part.str("id")+"/fail", `{"reason":"lost_or_stolen_card"}`)
	require.Equal(t, "failed", failed.str("status"))
	b.hook.wait(t, "refund.updated", "refund.failed")
	ch := b.ok("GET", "/v1/payment_intents/"+id+"?expand[]=latest_charge", "").object["latest_charge"].(map[string]any)
	require.Equal(t, float64(1500), ch["amount_refunded"])
	require.Equal(t, false, ch["refunded"])
	require.Equal(t, float64(1000), b.ok("GET", "/v1/balance", "").object["available"].([]any)[0].(map[string]any)["amount"])
	require.Equal(t, 400, b.admin("POST", "/refunds/"+part.str("id")+"/fail", "").status)
	require.Equal(t, 400, b.send("POST", "/v1/refunds", "payment_intent="+b.ok("POST", "/v1/payment_intents", intentForm).str("id")).status)
}

func TestRefundModes(t *testing.T) {
	b := start(t)
	b.subscribe()
	status := func(id string) string { return b.ok("GET", "/v1/refunds/"+id, "").str("status") }
	refund := func(number string) string {
		return b.ok("POST", "/v1/refunds", "payment_intent="+b.paidIntent(number)).str("id")
	}
	later := refund("4000000000007726")
	eventually(t, func() bool { return status(later) == "succeeded" })
	b.hook.wait(t, "refund.updated")
	fails := refund("4000000000005126")
	eventually(t, func() bool { return status(fails) == "failed" })

	require.Equal(t, 200, b.admin("PUT", "/refund-mode", `{"mode":"pending"}`).status)
	stays := refund("4242424242424242")
	require.Equal(t, "pending", status(stays))
	require.Equal(t, 200, b.admin("POST", "/refunds/"+stays+"/succeed", "").status)
	require.Equal(t, "succeeded", status(stays))
	require.Equal(t, 200, b.admin("PUT", "/refund-mode", `{"mode":"fail_later"}`).status)
	fails = refund("4242424242424242")
	eventually(t, func() bool { return status(fails) == "failed" })
	require.Equal(t, 400, b.admin("PUT", "/refund-mode", `{"mode":"never"}`).status)
}

func TestDisputes(t *testing.T) {
	b := start(t)
	b.subscribe()
	id := b.paidIntent("4242424242424242")
	d := b.admin("POST", "/disputes", `{"payment_intent":"`+id+`","reason":"fraudulent"}`)
	require.Equal(t, "needs_response", d.str("status"), d.raw)
	b.hook.wait(t, "charge.dispute.created", "charge.dispute.funds_withdrawn")
	require.Equal(t, "charge_disputed", b.send("POST", "/v1/refunds", "payment_intent="+id).str("error", "code"))
	require.Equal(t, 400, b.admin("POST", "/disputes", `{"payment_intent":"`+id+`"}`).status)
	require.Equal(t, 200, b.admin("POST", "/disputes/"+d.str("id")+"/close", `{"status":"won"}`).status)
	b.hook.wait(t, "charge.dispute.funds_reinstated", "charge.dispute.closed")
	require.Equal(t, "won", b.ok("GET", "/v1/disputes/"+d.str("id"), "").str("status"))

	b.paidIntent("4000000000000259") // disputed by its card
	eventually(t, func() bool { return b.hook.count("charge.dispute.created") == 2 })
}

func TestAdministrationNeedsItsToken(t *testing.T) {
	b := start(t)
	for _, path := range []string{"/admin/payments", "/admin/deliveries", "/admin/faults"} {
		require.Equal(t, 401, b.send("GET", path, "").status) // the API key is not enough
		require.Equal(t, 200, b.admin("GET", strings.TrimPrefix(path, "/admin"), "").status)
	}
	require.Equal(t, 401, b.send("POST", "/admin/disputes", "{}", "Authorization", "").status)
	require.Equal(t, 400, b.admin("POST", "/disputes", `{"unknown":1}`).status)
	b.paidIntent("4242424242424242")
	require.Contains(t, b.admin("GET", "/payments", "").raw, `"last4": "4242"`)
}
