package psp

import (
	"net/http"
	"net/url"
	"time"
)

// Statuses of a payment intent.
const (
	needsMethod   = "requires_payment_method"
	needsConfirm  = "requires_confirmation"
	needsAction   = "requires_action"
	processing    = "processing"
	needsCapture  = "requires_capture"
	succeeded     = "succeeded"
	canceled      = "canceled"
	captureManual = "manual"
)

// authorisationTTL is how long an uncaptured authorisation lives before it is cancelled.
const authorisationTTL = 7 * 24 * time.Hour

// intentRow is an intent with what Stripe keeps to itself.
type intentRow struct {
	Wire    paymentIntent `json:"wire"`
	Session string        `json:"session,omitempty"`
	// Payment is the card of the running attempt; Challenged says that the payer has passed its confirmation.
	Payment    *payment `json:"payment,omitempty"`
	Challenged bool     `json:"challenged,omitempty"`
	ReturnURL  string   `json:"return_url,omitempty"`
}

// newIntent describes an intent to create.
type newIntent struct {
	Amount      int64
	Currency    string
	Description string
	Email       string
	Manual      bool
	Auto        *autoMethods
	Metadata    map[string]string
	Session     string
}

func intentFields() []field {
	return []field{
		{name: "amount", required: true, integer: true}, {name: "currency", required: true},
		{name: "description", max: 1000}, {name: "receipt_email", max: 800}, {name: "metadata[*]"},
		{name: "automatic_payment_methods[enabled]", oneOf: []string{"true", "false"}},
		{name: "automatic_payment_methods[allow_redirects]", oneOf: []string{"always", "never"}},
		{name: "payment_method_types[#]", oneOf: []string{"card"}}, {name: "payment_method_types[]", oneOf: []string{"card"}},
		{name: "capture_method", oneOf: []string{"automatic", "automatic_async", captureManual}},
		{name: "payment_method"}, {name: "confirm", oneOf: []string{"true", "false"}}, {name: "return_url"},
	}
}

func checkIntent(c *call) *apiError {
	if e := checkMoney(c.params.num("amount"), "amount", c.params["currency"], "currency"); e != nil {
		return e
	}
	if c.params["confirm"] != "true" && c.params.has("return_url") {
		return invalid("", "return_url", "The parameter return_url may only be used together with confirm=true.")
	}
	if c.params["automatic_payment_methods[enabled]"] == "true" && c.params.has("payment_method_types") {
		return invalid("", "payment_method_types", "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.")
	}
	if e := checkReturnURL(c); e != nil {
		return e
	}
	_, e := c.params.metadata("metadata")
	return e
}

func createIntent(p *PSP, c *call) (any, error) {
	n := newIntent{Amount: c.params.num("amount"), Currency: c.params["currency"], Description: c.params["description"],
		Email: c.params["receipt_email"], Manual: c.params["capture_method"] == captureManual, Metadata: c.params.dict("metadata")}
	if !c.params.has("payment_method_types") {
		n.Auto = &autoMethods{Enabled: c.params["automatic_payment_methods[enabled]"] != "false", AllowRedirects: "always"}
		if v := c.params["automatic_payment_methods[allow_redirects]"]; v != "" {
			n.Auto.AllowRedirects = v
		}
	}
	row := p.openIntent(c, n)
	if c.params["confirm"] == "true" {
		return p.confirm(c, row)
	}
	if method := c.params["payment_method"]; method != "" {
		pay, ok := methodPayment(method, c.now)
		if !ok {
			return nil, missing("PaymentMethod", "payment_method", method)
		}
		row.Payment, row.Wire.PaymentMethod, row.Wire.Status = &pay, ptr(p.id("pm_")), needsConfirm
		p.saveIntent(row)
	}
	return row.Wire, nil
}

// openIntent stages a new intent and its payment_intent.created event.
func (p *PSP) openIntent(c *call, n newIntent) intentRow {
	id := p.id("pi_")
	row := intentRow{Session: n.Session, Wire: paymentIntent{
		ID: id, Object: "payment_intent", Amount: n.Amount, Currency: n.Currency, CaptureMethod: "automatic",
		AutomaticPaymentMethods: n.Auto, ClientSecret: newID(p.cfg.Rand, id+"_secret_", 25), ConfirmationMethod: "automatic",
		Created: c.now.Unix(), Description: optional(n.Description), Metadata: n.Metadata,
		PaymentMethodOptions: map[string]any{}, PaymentMethodTypes: []string{"card"}, ReceiptEmail: optional(n.Email),
		Status: needsMethod,
	}}
	if n.Manual {
		row.Wire.CaptureMethod = captureManual
	}
	p.saveIntent(row)
	p.emit(c, "payment_intent.created", row.Wire)
	return row
}

func (p *PSP) saveIntent(row intentRow) { p.store.intents.put(row.Wire.ID, row) }

func (p *PSP) findIntent(id string) (intentRow, error) {
	row, ok := p.store.intents.get(id)
	if !ok {
		return row, missing("payment_intent", "intent", id)
	}
	return row, nil
}

func getIntent(p *PSP, c *call) (any, error) {
	row, err := p.findIntent(c.id)
	return row.Wire, err
}

func checkReturnURL(c *call) *apiError {
	v := c.params["return_url"]
	if v == "" || webURL(v) {
		return nil
	}
	return invalid("url_invalid", "return_url", "Not a valid URL")
}

func confirmIntent(p *PSP, c *call) (any, error) {
	row, err := p.findIntent(c.id)
	if err != nil {
		return nil, err
	}
	return p.confirm(c, row)
}

// confirm starts an attempt with one of Stripe's test payment methods.
func (p *PSP) confirm(c *call, row intentRow) (any, error) {
	if row.Session != "" || (row.Wire.Status != needsMethod && row.Wire.Status != needsConfirm) {
		return nil, unexpectedState(row.Wire, "confirm")
	}
	if method := c.params["payment_method"]; method != "" {
		pay, ok := methodPayment(method, c.now)
		if !ok {
			return nil, missing("PaymentMethod", "payment_method", method)
		}
		row.Payment = &pay
	}
	if row.Payment == nil {
		return nil, invalid("parameter_missing", "payment_method", "You cannot confirm this PaymentIntent because it's missing a payment method.")
	}
	if u := c.params["return_url"]; u != "" {
		row.ReturnURL = u
	}
	row, refusal := p.attempt(c, row, *row.Payment)
	if refusal != nil {
		refusal.Body.PaymentIntent = &row.Wire
		return nil, refusal
	}
	return row.Wire, nil
}

// attempt pays the intent with the card. The refusal, if any, is the issuer's, and the failed charge stays.
func (p *PSP) attempt(c *call, row intentRow, pay payment) (intentRow, *apiError) {
	row.Payment, row.Challenged = &pay, false
	row.Wire.PaymentMethod, row.Wire.LastPaymentError, row.Wire.NextAction = ptr(p.id("pm_")), nil, nil
	if scenarios[pay.Scenario].challenge {
		row.Wire.Status = needsAction
		row.Wire.NextAction = &nextAction{Type: "redirect_to_url", RedirectToURL: &redirectTo{
			ReturnURL: optional(row.ReturnURL), URL: p.challengeURL(row.Wire.ClientSecret)}}
		p.saveIntent(row)
		p.emit(c, "payment_intent.requires_action", row.Wire)
		return row, nil
	}
	return p.settle(c, row)
}

// answerChallenge goes on after the payer has confirmed or refused at the bank's page.
func (p *PSP) answerChallenge(c *call, row intentRow, passed bool) (intentRow, *apiError) {
	row.Wire.NextAction = nil
	if !passed {
		s := scenario{code: "payment_intent_authentication_failure",
			message: "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again."}
		return p.fail(c, row, s, "")
	}
	row.Challenged = true
	return p.settle(c, row)
}

// settle asks the issuer: decline, later, or now.
func (p *PSP) settle(c *call, row intentRow) (intentRow, *apiError) {
	s := scenarios[row.Payment.Scenario]
	switch {
	case s.settle != "":
		row.Wire.Status = processing
		p.saveIntent(row)
		p.emit(c, "payment_intent.processing", row.Wire)
		action := timerSettle
		if s.settle == "fail_later" {
			action = timerFail
		}
		p.schedule(action, row.Wire.ID, c.now.Add(p.cfg.AsyncDelay))
		return row, nil
	case s.code != "":
		return p.decline(c, row, s)
	}
	return p.approve(c, row), nil
}

// decline records a failed charge and puts the intent back to where another card can be tried.
func (p *PSP) decline(c *call, row intentRow, s scenario) (intentRow, *apiError) {
	ch := p.newCharge(c, row)
	ch.Wire.Status, ch.Wire.Paid = "failed", false
	ch.Wire.FailureCode, ch.Wire.FailureMessage = ptr(s.code), ptr(s.message)
	ch.Wire.Outcome = chargeOutcome{NetworkStatus: "declined_by_network", Reason: ptr(s.declineCode), RiskLevel: "normal",
		SellerMessage: "The bank did not accept the charge.", Type: "issuer_declined"}
	p.store.charges.put(ch.Wire.ID, ch)
	row.Wire.LatestCharge = ptr(ch.Wire.ID)
	p.emit(c, "charge.failed", ch.Wire)
	return p.fail(c, row, s, ch.Wire.ID)
}

func (p *PSP) fail(c *call, row intentRow, s scenario, chargeID string) (intentRow, *apiError) {
	refusal := declineError(s, chargeID)
	card := row.Payment.Card
	card.Network = "" // a field of charges only
	refusal.Body.PaymentMethod = &paymentMethodObject{ID: *row.Wire.PaymentMethod, Object: "payment_method",
		BillingDetails: billing(row.Payment.Name), Card: card, Created: c.now.Unix(), Type: "card"}
	if chargeID == "" { // no issuer was asked
		refusal.Body.Type = "invalid_request_error"
	}
	body := refusal.Body
	row.Wire.Status = needsMethod
	row.Wire.PaymentMethod, row.Wire.LastPaymentError, row.Payment = nil, &body, nil
	p.saveIntent(row)
	p.emit(c, "payment_intent.payment_failed", row.Wire)
	return row, refusal
}

// approve authorises the amount, and captures it unless the merchant does that himself.
func (p *PSP) approve(c *call, row intentRow) intentRow {
	ch := p.newCharge(c, row)
	row.Wire.LatestCharge = ptr(ch.Wire.ID)
	if row.Wire.CaptureMethod == captureManual {
		row.Wire.Status, row.Wire.AmountCapturable = needsCapture, row.Wire.Amount
		p.store.charges.put(ch.Wire.ID, ch)
		p.saveIntent(row)
		p.emit(c, "charge.succeeded", ch.Wire)
		p.emit(c, "payment_intent.amount_capturable_updated", row.Wire)
		p.schedule(timerVoid, row.Wire.ID, c.now.Add(authorisationTTL))
		return row
	}
	p.collect(c, &ch, &row, row.Wire.Amount)
	p.emit(c, "charge.succeeded", ch.Wire)
	p.emit(c, "payment_intent.succeeded", row.Wire)
	if scenarios[ch.Scenario].dispute {
		p.schedule(timerDispute, ch.Wire.ID, c.now.Add(p.cfg.AsyncDelay))
	}
	return row
}

// collect moves amount to the merchant's balance and marks both objects.
func (p *PSP) collect(c *call, ch *chargeRow, row *intentRow, amount int64) {
	ch.Wire.Captured, ch.Wire.AmountCaptured, ch.Wire.BalanceTransaction = true, amount, ptr(p.id("txn_"))
	row.Wire.Status, row.Wire.AmountReceived, row.Wire.AmountCapturable = succeeded, amount, 0
	p.store.charges.put(ch.Wire.ID, *ch)
	p.saveIntent(*row)
	p.credit(row.Wire.Currency, amount)
}

func captureIntent(p *PSP, c *call) (any, error) {
	row, err := p.findIntent(c.id)
	if err != nil {
		return nil, err
	}
	if row.Wire.Status != needsCapture {
		return nil, unexpectedState(row.Wire, "capture")
	}
	amount := row.Wire.AmountCapturable
	if c.params.has("amount_to_capture") {
		amount = c.params.num("amount_to_capture")
	}
	if amount < 1 || amount > row.Wire.AmountCapturable {
		return nil, invalid("amount_too_large", "amount_to_capture", "The remaining amount on the charge is %d, which is less than the requested amount of %d.",
			row.Wire.AmountCapturable, amount)
	}
	ch, _ := p.store.charges.get(*row.Wire.LatestCharge)
	p.collect(c, &ch, &row, amount)
	p.unschedule(timerVoid, row.Wire.ID)
	p.emit(c, "charge.captured", ch.Wire)
	p.emit(c, "payment_intent.succeeded", row.Wire)
	p.markSessionPaid(row)
	return row.Wire, nil
}

func cancelIntent(p *PSP, c *call) (any, error) {
	row, err := p.findIntent(c.id)
	if err != nil {
		return nil, err
	}
	if s, ok := p.store.sessions.get(row.Session); ok && s.Wire.Status == sessionOpen {
		return nil, invalid("payment_intent_unexpected_state", "", "You cannot cancel a PaymentIntent created by a Checkout Session that is open. Expire the Checkout Session instead.")
	}
	switch row.Wire.Status {
	case needsMethod, needsConfirm, needsAction, needsCapture:
		return p.cancel(c, row, c.params["cancellation_reason"]).Wire, nil
	}
	return nil, unexpectedState(row.Wire, "cancel")
}

// cancel ends an intent that has not taken money; an authorisation is released.
func (p *PSP) cancel(c *call, row intentRow, reason string) intentRow {
	if row.Wire.Status == needsCapture {
		ch, _ := p.store.charges.get(*row.Wire.LatestCharge)
		ch.Wire.AmountRefunded, ch.Wire.Refunded = ch.Wire.Amount, true
		p.store.charges.put(ch.Wire.ID, ch)
		p.emit(c, "charge.refunded", ch.Wire)
		p.unschedule(timerVoid, row.Wire.ID)
	}
	row.Wire.Status, row.Wire.CanceledAt, row.Wire.CancellationReason = canceled, ptr(c.now.Unix()), optional(reason)
	row.Wire.AmountCapturable, row.Wire.NextAction = 0, nil
	p.saveIntent(row)
	p.emit(c, "payment_intent.canceled", row.Wire)
	return row
}

// webURL says whether s is an absolute http(s) address with a plain host. Hosts with other characters are refused,
// since they end up in a Content-Security-Policy.
func webURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return false
	}
	for _, r := range u.Host {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == ':', r == '[', r == ']':
		default:
			return false
		}
	}
	return true
}

func intentOperations() []operation {
	reasons := []string{"abandoned", "duplicate", "fraudulent", "requested_by_customer"}
	const path = "/v1/payment_intents"
	return []operation{
		{name: "payment_intents.create", method: http.MethodPost, pattern: path, fields: intentFields(), check: checkIntent, run: createIntent},
		{name: "payment_intents.list", method: http.MethodGet, pattern: path, fields: listFields(), run: listIntents},
		{name: "payment_intents.retrieve", method: http.MethodGet, pattern: path + "/{id}", fields: []field{{name: "client_secret"}}, run: getIntent},
		{name: "payment_intents.confirm", method: http.MethodPost, pattern: path + "/{id}/confirm", check: checkReturnURL,
			fields: []field{{name: "payment_method"}, {name: "return_url"}}, run: confirmIntent},
		{name: "payment_intents.capture", method: http.MethodPost, pattern: path + "/{id}/capture",
			fields: []field{{name: "amount_to_capture", integer: true}}, run: captureIntent},
		{name: "payment_intents.cancel", method: http.MethodPost, pattern: path + "/{id}/cancel",
			fields: []field{{name: "cancellation_reason", oneOf: reasons}}, run: cancelIntent},
	}
}
