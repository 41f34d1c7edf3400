package psp

import (
	"net/http"
	"slices"
)

// Refund modes an administrator can set for refunds of ordinary cards.
const (
	refundSucceeds  = "succeed"
	refundStays     = "pending"
	refundFailLater = "fail_later"
	refundModeKey   = "refund_mode"
)

var refundModes = []string{refundSucceeds, refundStays, refundFailLater}

var refundFailures = []string{"lost_or_stolen_card", "expired_or_canceled_card", "charge_for_pending_refund_disputed",
	"insufficient_funds", "declined", "merchant_request", "unknown"}

func checkRefund(c *call) *apiError {
	if c.params.has("payment_intent") == c.params.has("charge") {
		return invalid("parameter_missing", "payment_intent", "One of the following params should be provided for this request: payment_intent or charge.")
	}
	if c.params.has("amount") && c.params.num("amount") < 1 {
		return invalid("parameter_invalid_integer", "amount", "This value must be greater than or equal to 1.")
	}
	_, e := c.params.metadata("metadata")
	return e
}

func createRefund(p *PSP, c *call) (any, error) {
	ch, err := p.refundable(c)
	if err != nil {
		return nil, err
	}
	left := ch.Wire.AmountCaptured - ch.Wire.AmountRefunded
	amount := left
	if c.params.has("amount") {
		amount = c.params.num("amount")
	}
	switch {
	case ch.Wire.Disputed:
		return nil, invalid("charge_disputed", "", "Charge %s has been charged back; cannot issue a refund.", ch.Wire.ID)
	case left == 0:
		return nil, invalid("charge_already_refunded", "", "Charge %s has already been refunded.", ch.Wire.ID)
	case amount > left:
		return nil, invalid("", "amount", "Refund amount (%s) is greater than unrefunded amount on charge (%s)",
			display(amount, ch.Wire.Currency), display(left, ch.Wire.Currency))
	}
	r := refundObject{
		ID: p.id("re_"), Object: "refund", Amount: amount, BalanceTransaction: ptr(p.id("txn_")), Charge: ch.Wire.ID,
		Created: c.now.Unix(), Currency: ch.Wire.Currency, Metadata: c.params.dict("metadata"),
		PaymentIntent: ch.Wire.PaymentIntent, Reason: optional(c.params["reason"]), Status: "succeeded",
		DestinationDetails: map[string]any{"type": "card", "card": map[string]any{"type": "refund"}},
	}
	p.applyRefundMode(c, ch, &r)
	p.store.refunds.put(r.ID, r)
	p.credit(r.Currency, -amount)
	ch.Wire.AmountRefunded += amount
	ch.Wire.Refunded = ch.Wire.AmountRefunded == ch.Wire.AmountCaptured
	p.store.charges.put(ch.Wire.ID, ch)
	p.emit(c, "refund.created", r)
	p.emit(c, "charge.refunded", ch.Wire)
	return r, nil
}

// applyRefundMode decides what becomes of the refund: by the card it goes to, or as the administrator said.
func (p *PSP) applyRefundMode(c *call, ch chargeRow, r *refundObject) {
	mode, _ := p.store.settings.get(refundModeKey)
	switch {
	case scenarios[ch.Scenario].refund == "pending":
		r.Status, r.PendingReason = "pending", ptr("processing")
		p.schedule(timerRefund, r.ID, c.now.Add(p.cfg.AsyncDelay))
	case mode == refundStays: // until the administrator decides
		r.Status, r.PendingReason = "pending", ptr("processing")
	case scenarios[ch.Scenario].refund == "fail_later" || mode == refundFailLater:
		p.schedule(timerRefundFail, r.ID, c.now.Add(p.cfg.AsyncDelay))
	}
}

// refundable finds the captured charge that the request names directly or through its intent.
func (p *PSP) refundable(c *call) (chargeRow, error) {
	id := c.params["charge"]
	if intentID := c.params["payment_intent"]; intentID != "" {
		row, ok := p.store.intents.get(intentID)
		if !ok {
			return chargeRow{}, missing("payment_intent", "payment_intent", intentID)
		}
		if row.Wire.Status != succeeded {
			e := invalid("", "payment_intent", "This PaymentIntent (%s) does not have a successful charge to refund.", intentID)
			e.Body.PaymentIntent = &row.Wire
			return chargeRow{}, e
		}
		id = *row.Wire.LatestCharge
	}
	ch, ok := p.store.charges.get(id)
	if !ok {
		return ch, missing("charge", "charge", id)
	}
	if !ch.Wire.Captured {
		return ch, invalid("", "charge", "Charge %s has no captured amount to refund.", id)
	}
	return ch, nil
}

// finishRefund ends a pending refund well.
func (p *PSP) finishRefund(c *call, id string) (refundObject, error) {
	r, ok := p.store.refunds.get(id)
	if !ok {
		return r, missing("refund", "id", id)
	}
	if r.Status != "pending" {
		return r, invalid("", "", "Refund %s is %s.", id, r.Status)
	}
	r.Status, r.PendingReason = "succeeded", nil
	p.store.refunds.put(id, r)
	p.unschedule(timerRefund, id)
	p.emit(c, "refund.updated", r)
	return r, nil
}

// failRefund takes a pending or succeeded refund back: the money is on the merchant's balance again.
func (p *PSP) failRefund(c *call, id, reason string) (refundObject, error) {
	r, ok := p.store.refunds.get(id)
	switch {
	case !ok:
		return r, missing("refund", "id", id)
	case r.Status != "pending" && r.Status != "succeeded":
		return r, invalid("", "", "Refund %s is %s.", id, r.Status)
	case !slices.Contains(refundFailures, reason):
		return r, invalid("", "reason", "Unknown refund failure reason.")
	}
	r.Status, r.PendingReason = "failed", nil
	r.FailureReason, r.FailureBalanceTransaction = ptr(reason), ptr(p.id("txn_"))
	p.store.refunds.put(id, r)
	p.unschedule(timerRefund, id)
	p.unschedule(timerRefundFail, id)
	p.credit(r.Currency, r.Amount)
	ch, _ := p.store.charges.get(r.Charge)
	ch.Wire.AmountRefunded -= r.Amount
	ch.Wire.Refunded = false
	p.store.charges.put(ch.Wire.ID, ch)
	p.emit(c, "refund.updated", r)
	p.emit(c, "refund.failed", r)
	return r, nil
}

func getRefund(p *PSP, c *call) (any, error) {
	r, ok := p.store.refunds.get(c.id)
	if !ok {
		return nil, missing("refund", "refund", c.id)
	}
	return r, nil
}

func refundOperations() []operation {
	fields := []field{{name: "payment_intent"}, {name: "charge"}, {name: "amount", integer: true}, {name: "metadata[*]"},
		{name: "reason", oneOf: []string{"duplicate", "fraudulent", "requested_by_customer"}}}
	const path = "/v1/refunds"
	return []operation{
		{name: "refunds.create", method: http.MethodPost, pattern: path, fields: fields, check: checkRefund, run: createRefund},
		{name: "refunds.list", method: http.MethodGet, pattern: path, run: listRefunds,
			fields: append(listFields(), field{name: "payment_intent"}, field{name: "charge"})},
		{name: "refunds.retrieve", method: http.MethodGet, pattern: path + "/{id}", run: getRefund},
	}
}
