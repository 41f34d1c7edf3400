package psp

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Statuses of a checkout session and of its payment.
const (
	sessionOpen     = "open"
	sessionComplete = "complete"
	sessionExpired  = "expired"
	unpaid          = "unpaid"
	paid            = "paid"
)

// A session may be open this long.
const (
	minSessionTTL = 30 * time.Minute
	maxSessionTTL = 24 * time.Hour
)

// sessionRow is a session with what its intent will be made of: as at Stripe, the intent does not exist before the
// payer's first try.
type sessionRow struct {
	Wire        checkoutSession   `json:"wire"`
	Items       []lineItem        `json:"items"`
	Description string            `json:"description,omitempty"`
	Email       string            `json:"email,omitempty"`
	Manual      bool              `json:"manual,omitempty"`
	Metadata    map[string]string `json:"intent_metadata"`
}

type lineItem struct {
	Name     string `json:"name"`
	Amount   int64  `json:"amount"` // of all pieces together
	Quantity int64  `json:"quantity"`
}

func sessionFields() []field {
	return []field{
		{name: "mode", required: true, oneOf: []string{"payment"}}, {name: "success_url", required: true}, {name: "cancel_url"},
		{name: "client_reference_id", max: 200}, {name: "customer_email", max: 800}, {name: "metadata[*]"},
		{name: "locale", max: 10}, {name: "submit_type", oneOf: []string{"auto", "pay", "book", "donate"}},
		{name: "ui_mode", oneOf: []string{"hosted_page"}}, {name: "expires_at", integer: true}, {name: "currency"},
		{name: "payment_method_types[#]", oneOf: []string{"card"}}, {name: "payment_method_types[]", oneOf: []string{"card"}},
		{name: "line_items[#][quantity]", required: true, integer: true},
		{name: "line_items[#][price_data][currency]", required: true},
		{name: "line_items[#][price_data][unit_amount]", required: true, integer: true},
		{name: "line_items[#][price_data][product_data][name]", required: true, max: 250},
		{name: "line_items[#][price_data][product_data][description]", max: 1000},
		{name: "payment_intent_data[metadata][*]"}, {name: "payment_intent_data[description]", max: 1000},
		{name: "payment_intent_data[receipt_email]", max: 800},
		{name: "payment_intent_data[capture_method]", oneOf: []string{"automatic", "automatic_async", captureManual}},
	}
}

func checkSession(c *call) *apiError {
	for _, name := range []string{"success_url", "cancel_url"} {
		// The placeholder is replaced later; its braces are no part of an address.
		v := strings.ReplaceAll(c.params[name], "{CHECKOUT_SESSION_ID}", "x")
		if c.params.has(name) && !webURL(v) {
			return invalid("url_invalid", name, "Not a valid URL")
		}
	}
	if at := c.params.num("expires_at"); c.params.has("expires_at") {
		ttl := time.Unix(at, 0).Sub(c.now)
		if ttl < minSessionTTL-time.Minute || ttl > maxSessionTTL+time.Minute {
			return invalid("", "expires_at", "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.")
		}
	}
	items, e := readItems(c.params)
	if e != nil {
		return e
	}
	total := int64(0)
	for _, it := range items {
		total += it.Amount
	}
	currency := "line_items[0][price_data][currency]"
	if e := checkMoney(total, "line_items[0][price_data][unit_amount]", c.params[currency], currency); e != nil {
		return e
	}
	if _, e := c.params.metadata("payment_intent_data[metadata]"); e != nil {
		return e
	}
	_, e = c.params.metadata("metadata")
	return e
}

func readItems(q params) ([]lineItem, *apiError) {
	var items []lineItem
	for i := 0; q.has("line_items[" + strconv.Itoa(i) + "]"); i++ {
		at := fmt.Sprintf("line_items[%d]", i)
		for _, name := range []string{"[quantity]", "[price_data][currency]", "[price_data][unit_amount]", "[price_data][product_data][name]"} {
			if !q.has(at + name) {
				return nil, invalid("parameter_missing", at+name, "Missing required param: %s.", at+name)
			}
		}
		quantity, unit := q.num(at+"[quantity]"), q.num(at+"[price_data][unit_amount]")
		if quantity < 1 || quantity > 999_999 || unit < 0 || unit > maxAmount {
			return nil, invalid("parameter_invalid_integer", at, "Invalid quantity or unit_amount.")
		}
		if q[at+"[price_data][currency]"] != q["line_items[0][price_data][currency]"] {
			return nil, invalid("", at+"[price_data][currency]", "All line items must have the same currency.")
		}
		items = append(items, lineItem{Name: q[at+"[price_data][product_data][name]"], Amount: unit * quantity, Quantity: quantity})
		if len(items) > maxListed {
			return nil, invalid("", "line_items", "There can be at most 100 line items.")
		}
	}
	return items, nil
}

func createSession(p *PSP, c *call) (any, error) {
	items, refusal := readItems(c.params)
	if refusal != nil {
		return nil, refusal
	}
	total := int64(0)
	for _, it := range items {
		total += it.Amount
	}
	expires := c.params.num("expires_at")
	if expires == 0 {
		expires = c.now.Add(maxSessionTTL).Unix()
	}
	id := newID(p.cfg.Rand, "cs_test_a1", 56)
	row := sessionRow{
		Items: items, Metadata: c.params.dict("payment_intent_data[metadata]"),
		Description: c.params["payment_intent_data[description]"], Email: c.params["payment_intent_data[receipt_email]"],
		Manual: c.params["payment_intent_data[capture_method]"] == captureManual,
		Wire: checkoutSession{
			ID: id, Object: "checkout.session", AmountSubtotal: total, AmountTotal: total,
			AutomaticTax: map[string]any{"enabled": false, "liability": nil, "provider": nil, "status": nil},
			CancelURL:    optional(c.params["cancel_url"]), ClientReferenceID: optional(c.params["client_reference_id"]),
			Created: c.now.Unix(), Currency: c.params["line_items[0][price_data][currency]"], CustomFields: []any{},
			CustomText: map[string]any{}, CustomerEmail: optional(c.params["customer_email"]), ExpiresAt: expires,
			Metadata: c.params.dict("metadata"), Mode: "payment", PaymentMethodTypes: []string{"card"},
			PaymentStatus: unpaid, ShippingOptions: []any{}, Status: sessionOpen, SuccessURL: c.params["success_url"],
			TotalDetails: map[string]int64{"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
			UIMode:       "hosted_page", URL: ptr(p.cfg.PublicURL + "/pay/" + id),
		},
	}
	p.saveSession(row)
	p.schedule(timerExpire, id, time.Unix(expires, 0))
	return row.Wire, nil
}

func (p *PSP) saveSession(row sessionRow) { p.store.sessions.put(row.Wire.ID, row) }

func (p *PSP) findSession(id string) (sessionRow, error) {
	row, ok := p.store.sessions.get(id)
	if !ok {
		return row, missing("checkout.session", "session", id)
	}
	return row, nil
}

func getSession(p *PSP, c *call) (any, error) {
	row, err := p.findSession(c.id)
	return row.Wire, err
}

func expireSession(p *PSP, c *call) (any, error) {
	row, err := p.findSession(c.id)
	if err != nil {
		return nil, err
	}
	if row.Wire.Status != sessionOpen {
		return nil, invalid("", "", "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of %s.", row.Wire.Status)
	}
	return p.expire(c, row).Wire, nil
}

// expire closes an open session and cancels its unpaid intent.
func (p *PSP) expire(c *call, row sessionRow) sessionRow {
	if row.Wire.PaymentIntent != nil {
		if intent, ok := p.store.intents.get(*row.Wire.PaymentIntent); ok {
			p.cancel(c, intent, "expired")
		}
	}
	row.Wire.Status, row.Wire.URL = sessionExpired, nil
	p.saveSession(row)
	p.unschedule(timerExpire, row.Wire.ID)
	p.emit(c, "checkout.session.expired", row.Wire)
	return row
}

// paySession tries a card for an open session. The refusal, if any, is the issuer's and the session stays open.
func (p *PSP) paySession(c *call, row sessionRow, pay payment) (sessionRow, intentRow, *apiError) {
	var intent intentRow
	if row.Wire.PaymentIntent == nil {
		intent = p.openIntent(c, newIntent{Amount: row.Wire.AmountTotal, Currency: row.Wire.Currency, Description: row.Description,
			Email: row.Email, Manual: row.Manual, Metadata: row.Metadata, Session: row.Wire.ID})
		row.Wire.PaymentIntent = ptr(intent.Wire.ID)
	} else {
		intent, _ = p.store.intents.get(*row.Wire.PaymentIntent)
	}
	intent, refusal := p.attempt(c, intent, pay)
	return p.followIntent(c, row, intent), intent, refusal
}

// followIntent completes the session once its intent has got as far as the payer can bring it.
func (p *PSP) followIntent(c *call, row sessionRow, intent intentRow) sessionRow {
	switch intent.Wire.Status {
	case succeeded:
		row.Wire.PaymentStatus = paid
		fallthrough
	case needsCapture, processing:
		row.Wire.Status, row.Wire.URL = sessionComplete, nil
		row.Wire.CustomerDetails = map[string]any{"email": row.Wire.CustomerEmail, "name": optional(intent.payerName()),
			"phone": nil, "address": nil, "tax_exempt": "none", "tax_ids": []any{}}
		p.unschedule(timerExpire, row.Wire.ID)
		p.saveSession(row)
		p.emit(c, "checkout.session.completed", row.Wire)
	default:
		p.saveSession(row)
	}
	return row
}

func (row intentRow) payerName() string {
	if row.Payment == nil {
		return ""
	}
	return row.Payment.Name
}

// markSessionPaid follows a capture or a late success; it reports whether the intent belongs to a session.
func (p *PSP) markSessionPaid(intent intentRow) (sessionRow, bool) {
	row, ok := p.store.sessions.get(intent.Session)
	if ok {
		row.Wire.PaymentStatus = paid
		p.saveSession(row)
	}
	return row, ok
}

// successURL is where the payer goes after paying.
func (row sessionRow) successURL() string {
	return strings.ReplaceAll(row.Wire.SuccessURL, "{CHECKOUT_SESSION_ID}", row.Wire.ID)
}

func sessionOperations() []operation {
	const path = "/v1/checkout/sessions"
	return []operation{
		{name: "checkout_sessions.create", method: http.MethodPost, pattern: path, fields: sessionFields(), check: checkSession, run: createSession},
		{name: "checkout_sessions.retrieve", method: http.MethodGet, pattern: path + "/{id}", run: getSession},
		{name: "checkout_sessions.expire", method: http.MethodPost, pattern: path + "/{id}/expire", run: expireSession},
	}
}
