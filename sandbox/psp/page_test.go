package psp

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPaymentPage(t *testing.T) {
	b := start(t)
	s := b.session("")
	require.Nil(t, s.object["payment_intent"]) // as at Stripe: made by the first try
	require.Equal(t, "open", s.str("status"))
	require.Equal(t, float64(2500), s.object["amount_total"])
	require.True(t, strings.HasPrefix(s.str("url"), b.srv.URL+"/psp/pay/cs_test_"))

	page := b.send("GET", strings.TrimPrefix(s.str("url"), b.srv.URL+"/psp"), "", "Authorization", "")
	require.Equal(t, 200, page.status)
	for _, want := range []string{"25.00 EUR", "Pitboss demo", `name="card_number"`, `name="exp"`, `name="cvc"`, "https://shop.example/cancel", `href="/psp/assets/pay.css"`, `action="/psp/pay/`} {
		require.Contains(t, page.raw, want)
	}
	csp := page.header.Get("Content-Security-Policy")
	require.Contains(t, csp, "default-src 'none'")
	require.Contains(t, csp, "form-action 'self' https://shop.example")
	require.NotContains(t, csp, "unsafe")
	for _, asset := range []string{"/assets/pay.css", "/assets/pay.js"} {
		require.Equal(t, 200, b.send("GET", asset, "").status)
	}

	done := b.pay(s.str("url"), "4242 4242 4242 4242")
	require.Equal(t, http.StatusSeeOther, done.status, done.raw)
	require.Equal(t, "https://shop.example/ok?s="+s.str("id"), done.header.Get("Location"))
	after := b.ok("GET", "/v1/checkout/sessions/"+s.str("id"), "")
	require.Equal(t, "complete", after.str("status"))
	require.Equal(t, "paid", after.str("payment_status"))
	require.Equal(t, "dep_1", after.str("client_reference_id"))
	intent := b.ok("GET", "/v1/payment_intents/"+after.str("payment_intent"), "")
	require.Equal(t, "succeeded", intent.str("status"))
	require.Equal(t, "dep_1", intent.str("metadata", "deposit"))

	// A second click or a reload pays nothing more.
	again := b.pay(s.str("url"), "4242424242424242")
	require.Equal(t, http.StatusSeeOther, again.status)
	require.Len(t, b.ok("GET", "/v1/payment_intents", "").object["data"], 1)
	require.Contains(t, b.send("GET", strings.TrimPrefix(s.str("url"), b.srv.URL+"/psp"), "").raw, "This payment is complete.")
	require.Equal(t, 404, b.send("GET", "/pay/cs_test_none", "").status)
	require.Equal(t, 404, b.pay(b.srv.URL+"/psp/pay/cs_test_none", "4242424242424242").status)
}

func TestPaymentPageRefusals(t *testing.T) {
	b := start(t)
	s := b.session("")
	form := func(number, exp, cvc string) url.Values {
		return url.Values{"card_number": {number}, "exp": {exp}, "cvc": {cvc}}
	}
	for _, c := range []struct {
		form   url.Values
		status int
		code   string
	}{
		{form("4242424242424241", "12/39", "123"), 422, "incorrect_number"},
		{form("", "12/39", "123"), 422, "incorrect_number"},
		{form("<script>", "12/39", "123"), 422, "incorrect_number"},
		{form("4242424242424242", "13/39", "123"), 422, "invalid_expiry_month"},
		{form("4242424242424242", "12/20", "123"), 422, "invalid_expiry_year"},
		{form("4242424242424242", "12/39", "12"), 422, "invalid_cvc"},
		{form("378282246310005", "12/39", "123"), 422, "invalid_cvc"},
		{form("4000000000000002", "12/39", "123"), 402, "card_declined"},
		{form("4000000000009995", "1239", "123"), 402, "card_declined"},
		{form("4000000000000069", "12/2039", "123"), 402, "expired_card"},
		{form("4111111111111111", "12/39", "123"), 402, "card_declined"}, // no test card
	} {
		r := b.submit(s.str("url"), c.form)
		require.Equal(t, c.status, r.status, "%v", c.form)
		require.Contains(t, r.raw, `data-error-code="`+c.code+`"`)
		require.NotContains(t, r.raw, "<script>")
	}
	// All tries were on one intent, and the last word is on the intent.
	intents := b.ok("GET", "/v1/payment_intents", "").object["data"].([]any)
	require.Len(t, intents, 1)
	require.Equal(t, "requires_payment_method", object(intents[0].(map[string]any)).str("status"))
	require.Equal(t, "test_mode_live_card", object(intents[0].(map[string]any)).str("last_payment_error", "decline_code"))
	require.Equal(t, 303, b.pay(s.str("url"), "5555 5555 5555 4444").status)
	require.Equal(t, "succeeded", b.ok("GET", "/v1/payment_intents/"+object(intents[0].(map[string]any)).str("id"), "").str("status"))
}

func TestConfirmationStep(t *testing.T) {
	b := start(t)
	s := b.session("")
	answer := func(outcome string) reply {
		to := b.pay(s.str("url"), "4000 0025 0000 3155")
		require.Equal(t, 303, to.status)
		at := to.header.Get("Location")
		require.Contains(t, at, "/psp/challenge/pi_")
		page := b.send("GET", strings.TrimPrefix(at, b.srv.URL+"/psp"), "")
		require.Contains(t, page.raw, `value="complete"`)
		require.Equal(t, 400, b.submit(at, url.Values{"outcome": {"maybe"}}).status)
		require.Equal(t, 404, b.submit(at+"x", url.Values{"outcome": {"complete"}}).status)
		return b.submit(at, url.Values{"outcome": {outcome}})
	}
	r := answer("fail")
	require.Equal(t, s.str("url"), r.header.Get("Location"))
	page := b.send("GET", strings.TrimPrefix(s.str("url"), b.srv.URL+"/psp"), "")
	require.Contains(t, page.raw, `data-error-code="payment_intent_authentication_failure"`)
	r = answer("complete")
	require.Equal(t, "https://shop.example/ok?s="+s.str("id"), r.header.Get("Location"))
	require.Equal(t, "paid", b.ok("GET", "/v1/checkout/sessions/"+s.str("id"), "").str("payment_status"))

	// An intent confirmed over the API goes to the same page and returns to return_url.
	i := b.ok("POST", "/v1/payment_intents", intentForm+"&confirm=true&payment_method=pm_card_authenticationRequired&return_url=https://shop.example/back")
	require.Equal(t, "requires_action", i.str("status"))
	at := i.str("next_action", "redirect_to_url", "url")
	r = b.submit(at, url.Values{"outcome": {"complete"}})
	require.Contains(t, r.header.Get("Location"), "https://shop.example/back?payment_intent="+i.str("id"))
	require.Contains(t, r.header.Get("Location"), "redirect_status=succeeded")
	require.Equal(t, "succeeded", b.ok("GET", "/v1/payment_intents/"+i.str("id"), "").str("status"))
}

func TestLateOutcomes(t *testing.T) {
	b := start(t)
	b.subscribe()
	s := b.session("")
	require.Equal(t, 303, b.pay(s.str("url"), "4000000000000077").status)
	b.hook.wait(t, "payment_intent.processing", "checkout.session.completed", "payment_intent.succeeded",
		"charge.succeeded", "checkout.session.async_payment_succeeded")
	for _, d := range b.hook.all() {
		if d.kind == "checkout.session.completed" {
			require.Equal(t, "unpaid", d.event.str("data", "object", "payment_status"))
		}
	}
	require.Equal(t, "paid", b.ok("GET", "/v1/checkout/sessions/"+s.str("id"), "").str("payment_status"))

	s = b.session("")
	require.Equal(t, 303, b.pay(s.str("url"), "4000000000000341").status)
	b.hook.wait(t, "payment_intent.payment_failed", "checkout.session.async_payment_failed")
	require.Equal(t, "unpaid", b.ok("GET", "/v1/checkout/sessions/"+s.str("id"), "").str("payment_status"))
}

func TestSessionExpiry(t *testing.T) {
	b := start(t)
	b.subscribe()
	s := b.session("")
	require.Equal(t, 402, b.pay(s.str("url"), "4000000000000002").status)
	intent := b.ok("GET", "/v1/checkout/sessions/"+s.str("id"), "").str("payment_intent")
	require.Equal(t, 400, b.send("POST", "/v1/payment_intents/"+intent+"/cancel", "").status)
	r := b.ok("POST", "/v1/checkout/sessions/"+s.str("id")+"/expire", "")
	require.Equal(t, "expired", r.str("status"))
	require.Equal(t, "canceled", b.ok("GET", "/v1/payment_intents/"+intent, "").str("status"))
	require.Equal(t, 400, b.send("POST", "/v1/checkout/sessions/"+s.str("id")+"/expire", "").status)
	require.Equal(t, 410, b.pay(s.str("url"), "4242424242424242").status)
	b.hook.wait(t, "payment_intent.canceled", "checkout.session.expired")

	s = b.session("")
	b.mu.Lock()
	b.ahead = maxSessionTTL + time.Minute
	b.mu.Unlock()
	eventually(t, func() bool {
		return b.ok("GET", "/v1/checkout/sessions/"+s.str("id"), "").str("status") == "expired"
	})
}

func TestManualCaptureThroughThePage(t *testing.T) {
	b := start(t)
	b.subscribe()
	s := b.session("&payment_intent_data[capture_method]=manual")
	require.Equal(t, 303, b.pay(s.str("url"), "4242424242424242").status)
	b.hook.wait(t, "payment_intent.amount_capturable_updated", "charge.succeeded", "checkout.session.completed")
	now := b.ok("GET", "/v1/checkout/sessions/"+s.str("id"), "")
	require.Equal(t, "unpaid", now.str("payment_status"))
	b.ok("POST", "/v1/payment_intents/"+now.str("payment_intent")+"/capture", "")
	b.hook.wait(t, "charge.captured", "payment_intent.succeeded")
	require.Equal(t, "paid", b.ok("GET", "/v1/checkout/sessions/"+s.str("id"), "").str("payment_status"))
}

func TestCardNumbersAreNeverStored(t *testing.T) {
	b := start(t)
	b.subscribe()
	numbers := []string{"4242424242424242", "4000000000000002", "4000002500003155", "4111111111111111"}
	for _, n := range numbers {
		b.pay(b.session("").str("url"), n)
	}
	b.hook.wait(t, "payment_intent.succeeded")
	b.close()
	raw, err := os.ReadFile(filepath.Join(b.dir, "journal.jsonl"))
	require.NoError(t, err)
	for _, n := range numbers {
		require.NotContains(t, string(raw), n)
		for _, d := range b.hook.all() {
			require.NotContains(t, string(d.body), n)
		}
	}
	b.open()
}

func TestDashboardIsForThisMachineOnly(t *testing.T) {
	b := start(t)
	b.paidIntent("4242424242424242")
	r := b.send("GET", "/dashboard", "", "Authorization", "")
	require.Equal(t, 200, r.status)
	require.Contains(t, r.raw, "25.00 EUR")
	require.NotContains(t, r.raw, b.psp.APIKey())
	req, err := http.NewRequest("GET", b.srv.URL+"/psp/dashboard", nil)
	require.NoError(t, err)
	req.Host = "rebound.example"
	res, err := b.http.Do(req)
	require.NoError(t, err)
	res.Body.Close()
	require.Equal(t, 403, res.StatusCode)
}

func TestLuhnAndBrands(t *testing.T) {
	for number := range testCards {
		require.True(t, luhn(number), number)
		require.NotEmpty(t, brandOf(number), number)
		require.Contains(t, scenarios, testCards[number])
	}
	for name, number := range testMethods {
		require.Contains(t, testCards, number, name)
	}
	require.False(t, luhn("4242424242424243"))
	require.False(t, luhn("42424242424242a2"))
}
