package psp

import "net/http"

// chargeRow is a charge with the behaviour of the card it was made with.
type chargeRow struct {
	Wire     charge `json:"wire"`
	Scenario string `json:"scenario"`
}

// newCharge prepares a successful, uncaptured charge for the intent's running attempt; it is not stored yet.
func (p *PSP) newCharge(c *call, row intentRow) chargeRow {
	card := row.Payment.Card
	card.Checks = map[string]any{"address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": "pass"}
	if row.Challenged {
		card.ThreeDSecure = map[string]any{"authentication_flow": "challenge", "result": "authenticated", "version": "2.2.0"}
	}
	return chargeRow{Scenario: row.Payment.Scenario, Wire: charge{
		ID: p.id("ch_"), Object: "charge", Amount: row.Wire.Amount, Currency: row.Wire.Currency, Created: c.now.Unix(),
		BillingDetails: billing(row.Payment.Name), Description: row.Wire.Description, FraudDetails: map[string]string{},
		Metadata: row.Wire.Metadata, Paid: true, PaymentIntent: row.Wire.ID, PaymentMethod: *row.Wire.PaymentMethod,
		PaymentMethodDetails: methodDetails{Card: card, Type: "card"}, Status: "succeeded",
		Outcome: chargeOutcome{NetworkStatus: "approved_by_network", RiskLevel: "normal",
			SellerMessage: "Payment complete.", Type: "authorized"},
	}}
}

func billing(name string) billingDetails {
	return billingDetails{Name: optional(name), Address: map[string]any{
		"city": nil, "country": nil, "line1": nil, "line2": nil, "postal_code": nil, "state": nil}}
}

func getCharge(p *PSP, c *call) (any, error) {
	ch, ok := p.store.charges.get(c.id)
	if !ok {
		return nil, missing("charge", "charge", c.id)
	}
	return ch.Wire, nil
}

// credit changes the merchant's balance; a negative amount takes money away. Everything is available at once and
// without fees, which is simpler than Stripe.
func (p *PSP) credit(currency string, amount int64) {
	balance, _ := p.store.balances.get(currency)
	p.store.balances.put(currency, balance+amount)
}

func getBalance(p *PSP, _ *call) (any, error) {
	available, pending := []any{}, []any{}
	entry := func(currency string, amount int64) map[string]any {
		return map[string]any{"amount": amount, "currency": currency, "source_types": map[string]int64{"card": amount}}
	}
	for _, currency := range currencies {
		if amount, ok := p.store.balances.get(currency); ok {
			available, pending = append(available, entry(currency, amount)), append(pending, entry(currency, 0))
		}
	}
	return map[string]any{"object": "balance", "available": available, "pending": pending, "livemode": false}, nil
}

func chargeOperations() []operation {
	return []operation{
		{name: "charges.retrieve", method: http.MethodGet, pattern: "/v1/charges/{id}", run: getCharge},
		{name: "balance.retrieve", method: http.MethodGet, pattern: "/v1/balance", run: getBalance},
	}
}
