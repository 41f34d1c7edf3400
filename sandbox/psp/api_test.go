package psp

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
)

const intentForm = "amount=1999&currency=eur&automatic_payment_methods[enabled]=true&metadata[order]=42&description=Deposit"

func TestCreateAndRetrieveIntent(t *testing.T) {
	b := start(t)
	r := b.ok("POST", "/v1/payment_intents", intentForm, "Stripe-Version", "2025-01-27.acacia")
	require.Equal(t, "2025-01-27.acacia", r.header.Get("Stripe-Version"))
	require.True(t, strings.HasPrefix(r.header.Get("Request-Id"), "req_"))
	require.Equal(t, "payment_intent", r.str("object"))
	require.Equal(t, "requires_payment_method", r.str("status"))
	require.Equal(t, float64(1999), r.object["amount"])
	require.Equal(t, "42", r.str("metadata", "order"))
	require.Equal(t, true, r.object["automatic_payment_methods"].(map[string]any)["enabled"])
	require.Contains(t, r.str("client_secret"), r.str("id")+"_secret_")
	require.Contains(t, r.object, "latest_charge")

	again := b.ok("GET", "/v1/payment_intents/"+r.str("id"), "")
	require.Equal(t, r.raw, again.raw)
	require.Equal(t, apiVersion, again.header.Get("Stripe-Version"))
}

func TestAuthentication(t *testing.T) {
	b := start(t)
	for _, header := range []string{"", "Bearer ", "Bearer sk_test_wrong", "Token " + b.psp.APIKey()} {
		r := b.send("GET", "/v1/balance", "", "Authorization", header)
		require.Equal(t, 401, r.status)
		require.Equal(t, "invalid_request_error", r.str("error", "type"))
	}
	req, err := http.NewRequest("GET", b.srv.URL+"/psp/v1/balance", nil)
	require.NoError(t, err)
	req.SetBasicAuth(b.psp.APIKey(), "")
	res, err := b.http.Do(req)
	require.NoError(t, err)
	res.Body.Close()
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, 401, b.send("GET", "/v1/nothing", "", "Authorization", "").status)
	require.Equal(t, 404, b.send("GET", "/v1/nothing", "").status)
}

func TestParametersAreValidated(t *testing.T) {
	b := start(t)
	for _, c := range []struct{ path, body, param, code string }{
		{"/v1/payment_intents", "currency=eur", "amount", "parameter_missing"},
		{"/v1/payment_intents", "amount=1000", "currency", "parameter_missing"},
		{"/v1/payment_intents", "amount=10.5&currency=eur", "amount", "parameter_invalid_integer"},
		{"/v1/payment_intents", "amount=&currency=eur", "amount", "parameter_invalid_empty"},
		{"/v1/payment_intents", "amount=-5&currency=eur", "amount", "parameter_invalid_integer"},
		{"/v1/payment_intents", "amount=49&currency=eur", "amount", "amount_too_small"},
		{"/v1/payment_intents", "amount=100000000&currency=eur", "amount", "amount_too_large"},
		{"/v1/payment_intents", "amount=9999999999999999999999&currency=eur", "amount", "parameter_invalid_integer"},
		{"/v1/payment_intents", "amount=1000&currency=EUR", "currency", ""},
		{"/v1/payment_intents", "amount=1000&currency=zzz", "currency", ""},
		{"/v1/payment_intents", "amount=1001&currency=kwd", "amount", ""},
		{"/v1/payment_intents", "amount=1000&currency=eur&colour=red", "colour", "parameter_unknown"},
		{"/v1/payment_intents", "amount=1000&currency=eur&metadata[a][b]=1", "metadata[a][b]", "parameter_unknown"},
		{"/v1/payment_intents", "amount=1000&currency=eur&capture_method=later", "capture_method", ""},
		{"/v1/payment_intents", "amount=1000&currency=eur&metadata[k]=" + strings.Repeat("x", 501), "metadata[k]", ""},
		{"/v1/payment_intents/pi_x/capture", "amount_to_capture=x", "amount_to_capture", "parameter_invalid_integer"},
		{"/v1/checkout/sessions", strings.Replace(sessionForm, "mode=payment", "mode=setup", 1), "mode", ""},
		{"/v1/checkout/sessions", strings.Replace(sessionForm, "https%3A%2F%2Fshop.example%2Fok", "javascript%3Ax", 1), "success_url", "url_invalid"},
		{"/v1/checkout/sessions", sessionForm + "&line_items[1][quantity]=1", "line_items[1][price_data][currency]", "parameter_missing"},
		{"/v1/checkout/sessions", sessionForm + "&expires_at=5", "expires_at", ""},
		{"/v1/checkout/sessions", "mode=payment&success_url=https://x.example", "line_items[#][quantity]", "parameter_missing"},
		{"/v1/refunds", "amount=100", "payment_intent", "parameter_missing"},
		{"/v1/refunds", "payment_intent=pi_1&reason=mood", "reason", ""},
		{"/v1/webhook_endpoints", "url=nowhere&enabled_events[]=*", "url", "url_invalid"},
		{"/v1/webhook_endpoints", "url=http://127.0.0.1/x&enabled_events[]=no.such", "enabled_events", ""},
		{"/v1/webhook_endpoints", "url=http://127.0.0.1/x", "enabled_events", "parameter_missing"},
	} {
		r := b.send("POST", c.path, c.body, "Idempotency-Key", "same")
		require.Equal(t, 400, r.status, "%s %s: %s", c.path, c.body, r.raw)
		require.Equal(t, "invalid_request_error", r.str("error", "type"), c.body)
		require.Equal(t, c.param, r.str("error", "param"), c.body)
		require.Equal(t, c.code, r.str("error", "code"), c.body)
	}
	// None of the refusals was stored: the key is still free.
	r := b.ok("POST", "/v1/payment_intents", intentForm, "Idempotency-Key", "same")
	require.Empty(t, r.header.Get("Idempotent-Replayed"))
	require.Equal(t, 400, b.send("POST", "/v1/payment_intents", `{"amount":1000}`, "Content-Type", "application/json").status)
	require.Equal(t, 413, b.send("POST", "/v1/payment_intents", "amount="+strings.Repeat("1", maxAPIBody)).status)
	require.Equal(t, 400, b.send("GET", "/v1/balance", "", "Stripe-Version", "tomorrow").status)
	for _, path := range []string{"payment_intents/pi_x", "refunds/re_x", "checkout/sessions/cs_x", "events/evt_x", "charges/ch_x", "disputes/du_x", "webhook_endpoints/we_x"} {
		r := b.send("GET", "/v1/"+path, "")
		require.Equal(t, 404, r.status)
		require.Equal(t, "resource_missing", r.str("error", "code"))
	}
}

func TestIdempotency(t *testing.T) {
	b := start(t)
	first := b.ok("POST", "/v1/payment_intents", intentForm, "Idempotency-Key", "k1")
	require.Equal(t, "k1", first.header.Get("Idempotency-Key"))
	require.Empty(t, first.header.Get("Idempotent-Replayed"))

	b.restart() // keys outlive the process
	again := b.ok("POST", "/v1/payment_intents", intentForm, "Idempotency-Key", "k1")
	require.Equal(t, first.raw, again.raw)
	require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
	require.Equal(t, first.header.Get("Request-Id"), again.header.Get("Original-Request"))

	other := b.send("POST", "/v1/payment_intents", strings.Replace(intentForm, "1999", "2999", 1), "Idempotency-Key", "k1")
	require.Equal(t, 400, other.status)
	require.Equal(t, "idempotency_error", other.str("error", "type"))
	path := b.send("POST", "/v1/refunds", "payment_intent="+first.str("id"), "Idempotency-Key", "k1")
	require.Equal(t, 400, path.status)
	require.Equal(t, "idempotency_error", path.str("error", "type"))
	require.Equal(t, 400, b.send("POST", "/v1/payment_intents", intentForm, "Idempotency-Key", strings.Repeat("k", 256)).status)

	list := b.ok("GET", "/v1/payment_intents", "")
	require.Len(t, list.object["data"], 1)

	// Refusals made by the endpoint itself are stored with their status.
	declined := b.send("POST", "/v1/payment_intents", intentForm+"&confirm=true&payment_method=pm_card_chargeDeclined", "Idempotency-Key", "k2")
	require.Equal(t, 402, declined.status)
	require.Equal(t, "card_error", declined.str("error", "type"))
	require.Equal(t, "generic_decline", declined.str("error", "decline_code"))
	replayed := b.send("POST", "/v1/payment_intents", intentForm+"&confirm=true&payment_method=pm_card_chargeDeclined", "Idempotency-Key", "k2")
	require.Equal(t, declined.raw, replayed.raw)
	require.Equal(t, "true", replayed.header.Get("Idempotent-Replayed"))

	b.mu.Lock()
	b.ahead = 25 * time.Hour
	b.mu.Unlock()
	require.NotEqual(t, first.str("id"), b.ok("POST", "/v1/payment_intents", intentForm, "Idempotency-Key", "k1").str("id"))
}

func TestConcurrentUseOfAKey(t *testing.T) {
	b := start(t)
	require.NoError(t, b.psp.Faults().Set(1, fault.Rule{Operation: "api.payment_intents.create", Kind: fault.Delay, DelayMS: 1500, Count: 1}))
	slow := make(chan reply, 1)
	go func() {
		r, _ := b.try("POST", "/v1/payment_intents", intentForm, "Idempotency-Key", "k")
		slow <- r
	}()
	eventually(t, func() bool { return b.psp.Faults().Rules()[0].Struck == 1 })
	busy := b.send("POST", "/v1/payment_intents", intentForm, "Idempotency-Key", "k")
	require.Equal(t, 409, busy.status)
	require.Equal(t, "idempotency_key_in_use", busy.str("error", "code"))
	r := <-slow
	require.Equal(t, 200, r.status)
	require.Equal(t, r.raw, b.ok("POST", "/v1/payment_intents", intentForm, "Idempotency-Key", "k").raw)
}

func TestAPIFaults(t *testing.T) {
	b := start(t)
	rule := func(k fault.Kind) {
		require.NoError(t, b.psp.Faults().Set(1, fault.Rule{Operation: "api.payment_intents.create", Kind: k, Count: 1}))
	}
	count := func() int { return len(b.ok("GET", "/v1/payment_intents", "").object["data"].([]any)) }

	rule(fault.Drop) // done, and the connection breaks before the answer
	_, err := b.try("POST", "/v1/payment_intents", intentForm, "Idempotency-Key", "lost")
	require.Error(t, err)
	require.Equal(t, 1, count())
	r := b.ok("POST", "/v1/payment_intents", intentForm, "Idempotency-Key", "lost")
	require.Equal(t, "true", r.header.Get("Idempotent-Replayed"))
	require.Equal(t, 1, count())

	rule(FaultFail)
	require.Equal(t, 500, b.send("POST", "/v1/payment_intents", intentForm, "Idempotency-Key", "f").status)
	require.Equal(t, 1, count())
	require.Equal(t, 200, b.send("POST", "/v1/payment_intents", intentForm, "Idempotency-Key", "f").status)
	require.Equal(t, 2, count())

	rule(FaultFailStored)
	require.Equal(t, 500, b.send("POST", "/v1/payment_intents", intentForm, "Idempotency-Key", "s").status)
	again := b.send("POST", "/v1/payment_intents", intentForm, "Idempotency-Key", "s")
	require.Equal(t, 500, again.status)
	require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
	require.Equal(t, 2, count())

	rule(fault.Duplicate) // the same request arrives twice
	b.ok("POST", "/v1/payment_intents", intentForm, "Idempotency-Key", "d")
	require.Equal(t, 3, count())
	rule(fault.Duplicate)
	b.ok("POST", "/v1/payment_intents", intentForm) // without a key it is done twice
	require.Equal(t, 5, count())
}

func TestConfirmCaptureCancel(t *testing.T) {
	b := start(t)
	create := func(extra string) string { return b.ok("POST", "/v1/payment_intents", intentForm+extra).str("id") }
	post := func(id, verb, body string) reply { return b.send("POST", "/v1/payment_intents/"+id+"/"+verb, body) }

	id := create("")
	require.Equal(t, 400, post(id, "confirm", "").status)
	require.Equal(t, 404, post(id, "confirm", "payment_method=pm_nope").status)
	require.Equal(t, 402, post(id, "confirm", "payment_method=pm_card_chargeDeclined").status)
	require.Equal(t, "card_declined", b.ok("GET", "/v1/payment_intents/"+id, "").str("last_payment_error", "code"))
	done := post(id, "confirm", "payment_method=pm_card_visa")
	require.Equal(t, "succeeded", done.str("status"))
	require.Equal(t, float64(1999), done.object["amount_received"])
	for _, verb := range []string{"confirm", "capture", "cancel"} {
		r := post(id, verb, "")
		require.Equal(t, 400, r.status)
		require.Equal(t, "payment_intent_unexpected_state", r.str("error", "code"))
		require.Equal(t, id, r.str("error", "payment_intent", "id"))
	}

	id = create("&capture_method=manual&confirm=true&payment_method=pm_card_visa")
	held := b.ok("GET", "/v1/payment_intents/"+id, "")
	require.Equal(t, "requires_capture", held.str("status"))
	require.Equal(t, float64(1999), held.object["amount_capturable"])
	require.Equal(t, 400, b.send("POST", "/v1/refunds", "payment_intent="+id).status)
	require.Equal(t, 400, post(id, "capture", "amount_to_capture=2000").status)
	taken := post(id, "capture", "amount_to_capture=1500")
	require.Equal(t, "succeeded", taken.str("status"))
	require.Equal(t, float64(1500), taken.object["amount_received"])
	require.Equal(t, float64(0), taken.object["amount_capturable"])

	id = create("&capture_method=manual&confirm=true&payment_method=pm_card_visa")
	gone := post(id, "cancel", "cancellation_reason=requested_by_customer")
	require.Equal(t, "canceled", gone.str("status"))
	require.Equal(t, "requested_by_customer", gone.str("cancellation_reason"))

	balance := b.ok("GET", "/v1/balance", "").object["available"].([]any)[0].(map[string]any)
	require.Equal(t, float64(1999+1500), balance["amount"])
}

func TestAuthorisationEndsByItself(t *testing.T) {
	b := start(t)
	id := b.ok("POST", "/v1/payment_intents", intentForm+"&capture_method=manual&confirm=true&payment_method=pm_card_visa").str("id")
	b.mu.Lock()
	b.ahead = authorisationTTL + time.Minute
	b.mu.Unlock()
	eventually(t, func() bool {
		return b.ok("GET", "/v1/payment_intents/"+id, "").str("status") == "canceled"
	})
}

func TestListsAndExpansion(t *testing.T) {
	b := start(t)
	var ids []string
	for i := range 5 {
		ids = append(ids, b.ok("POST", "/v1/payment_intents", fmt.Sprintf("amount=%d&currency=eur", 1000+i)).str("id"))
	}
	get := func(query string) (out []string, more bool) {
		r := b.ok("GET", "/v1/payment_intents?"+query, "")
		for _, o := range r.object["data"].([]any) {
			out = append(out, o.(map[string]any)["id"].(string))
		}
		return out, r.object["has_more"].(bool)
	}
	page, more := get("limit=2")
	require.Equal(t, []string{ids[4], ids[3]}, page)
	require.True(t, more)
	page, more = get("limit=3&starting_after=" + ids[3])
	require.Equal(t, []string{ids[2], ids[1], ids[0]}, page)
	require.False(t, more)
	page, more = get("limit=2&ending_before=" + ids[0])
	require.Equal(t, []string{ids[2], ids[1]}, page)
	require.True(t, more)
	page, _ = get("created[lt]=5")
	require.Empty(t, page)
	require.Equal(t, 400, b.send("GET", "/v1/payment_intents?limit=0", "").status)
	require.Equal(t, 404, b.send("GET", "/v1/payment_intents?starting_after=pi_x", "").status)

	id := b.paidIntent("4242424242424242")
	r := b.ok("GET", "/v1/payment_intents/"+id+"?expand[]=latest_charge", "")
	require.Equal(t, "4242", r.str("latest_charge", "payment_method_details", "card", "last4"))
	require.Equal(t, 400, b.send("GET", "/v1/payment_intents/"+id+"?expand[]=status", "").status)

	types, _ := b.ok("GET", "/v1/events?types[]=charge.*", "").object["data"].([]any)
	require.Len(t, types, 1)
	evt := types[0].(map[string]any)["id"].(string)
	require.Equal(t, "charge.succeeded", b.ok("GET", "/v1/events/"+evt, "").str("type"))
}
