package psp

import (
	"net/http"
	"slices"
	"time"
)

var disputeReasons = []string{"fraudulent", "unrecognized", "duplicate", "product_not_received", "credit_not_processed",
	"subscription_canceled", "general", "noncompliant"}

// openDispute takes the disputed amount (0: all that was not refunded) from the merchant's balance.
func (p *PSP) openDispute(c *call, chargeID string, amount int64, reason string) (disputeObject, error) {
	ch, ok := p.store.charges.get(chargeID)
	if !ok {
		return disputeObject{}, missing("charge", "charge", chargeID)
	}
	left := ch.Wire.AmountCaptured - ch.Wire.AmountRefunded
	if amount == 0 {
		amount = left
	}
	switch {
	case ch.Wire.Disputed:
		return disputeObject{}, invalid("charge_disputed", "", "Charge %s is disputed already.", chargeID)
	case amount < 1 || amount > left:
		return disputeObject{}, invalid("", "amount", "The dispute's amount must be within 1 and %d.", left)
	case !slices.Contains(disputeReasons, reason):
		return disputeObject{}, invalid("", "reason", "Unknown dispute reason.")
	}
	d := disputeObject{
		ID: p.id("du_"), Object: "dispute", Amount: amount, BalanceTransactions: []any{}, Charge: chargeID,
		Created: c.now.Unix(), Currency: ch.Wire.Currency, EnhancedEligibilityTypes: []string{}, Evidence: map[string]any{"enhanced_evidence": map[string]any{}},
		EvidenceDetails: evidenceDetails{DueBy: c.now.Add(7 * 24 * time.Hour).Unix(), EnhancedEligibility: map[string]any{}}, Metadata: map[string]string{},
		PaymentIntent: ch.Wire.PaymentIntent, Reason: reason, Status: "needs_response",
	}
	ch.Wire.Disputed = true
	p.store.charges.put(chargeID, ch)
	p.emit(c, "charge.dispute.created", d)
	d.BalanceTransactions = []any{p.balanceEntry(c, d, -amount)}
	p.store.disputes.put(d.ID, d)
	p.credit(d.Currency, -amount)
	p.emit(c, "charge.dispute.funds_withdrawn", d)
	return d, nil
}

// closeDispute ends a dispute as won, which returns the money, or lost.
func (p *PSP) closeDispute(c *call, id, outcome string) (disputeObject, error) {
	d, ok := p.store.disputes.get(id)
	switch {
	case !ok:
		return d, missing("dispute", "id", id)
	case d.Status != "needs_response":
		return d, invalid("", "", "Dispute %s is %s.", id, d.Status)
	case outcome != "won" && outcome != "lost":
		return d, invalid("", "status", "A dispute is won or lost.")
	}
	d.Status = outcome
	if outcome == "won" {
		d.BalanceTransactions = append(slices.Clone(d.BalanceTransactions), p.balanceEntry(c, d, d.Amount))
		p.credit(d.Currency, d.Amount)
		p.emit(c, "charge.dispute.funds_reinstated", d)
	}
	p.store.disputes.put(id, d)
	p.emit(c, "charge.dispute.closed", d)
	return d, nil
}

func (p *PSP) balanceEntry(c *call, d disputeObject, amount int64) map[string]any {
	return map[string]any{"id": p.id("txn_"), "object": "balance_transaction", "amount": amount, "net": amount, "fee": 0,
		"currency": d.Currency, "created": c.now.Unix(), "source": d.ID, "type": "adjustment", "status": "available", "available_on": c.now.Unix(),
		"balance_type": "payments", "fee_details": []any{}, "reporting_category": "dispute", "description": nil, "exchange_rate": nil}
}

func getDispute(p *PSP, c *call) (any, error) {
	d, ok := p.store.disputes.get(c.id)
	if !ok {
		return nil, missing("dispute", "dispute", c.id)
	}
	return d, nil
}

func disputeOperations() []operation {
	return []operation{{name: "disputes.retrieve", method: http.MethodGet, pattern: "/v1/disputes/{id}", run: getDispute}}
}
