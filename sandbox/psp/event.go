package psp

import (
	"encoding/json"
	"net/http"
	"slices"
)

// eventTypes is every event the sandbox can send; a fault rule names one as "webhook.<type>".
var eventTypes = []string{
	"payment_intent.created", "payment_intent.requires_action", "payment_intent.processing",
	"payment_intent.amount_capturable_updated", "payment_intent.succeeded", "payment_intent.payment_failed",
	"payment_intent.canceled", "charge.succeeded", "charge.failed", "charge.captured", "charge.refunded",
	"refund.created", "refund.updated", "refund.failed", "charge.dispute.created", "charge.dispute.funds_withdrawn",
	"charge.dispute.funds_reinstated", "charge.dispute.closed", "checkout.session.completed",
	"checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed", "checkout.session.expired",
}

// eventRow keeps an event exactly as it is sent: a resend has the same bytes.
type eventRow struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Created int64  `json:"created"`
	Body    string `json:"body"`
}

type event struct {
	ID              string       `json:"id"`
	Object          string       `json:"object"`
	APIVersion      string       `json:"api_version"`
	Created         int64        `json:"created"`
	Data            eventData    `json:"data"`
	Livemode        bool         `json:"livemode"`
	PendingWebhooks int          `json:"pending_webhooks"`
	Request         eventRequest `json:"request"`
	Type            string       `json:"type"`
}

type eventData struct {
	Object any `json:"object"`
}

type eventRequest struct {
	ID             *string `json:"id"`
	IdempotencyKey *string `json:"idempotency_key"`
}

// emit stages an event with the object as it is now, and one delivery for each endpoint that wants it.
func (p *PSP) emit(c *call, eventType string, object any) {
	targets := p.subscribers(eventType)
	e := event{ID: p.id("evt_"), Object: "event", APIVersion: apiVersion, Created: c.now.Unix(), Data: eventData{object},
		PendingWebhooks: len(targets), Request: eventRequest{optional(c.requestID), optional(c.idemKey)}, Type: eventType}
	p.store.events.put(e.ID, eventRow{ID: e.ID, Type: eventType, Created: e.Created, Body: string(encode(e))})
	for _, endpoint := range targets {
		p.enqueue(c, e.ID, eventType, endpoint.Wire.ID)
	}
}

func (p *PSP) subscribers(eventType string) []endpointRow {
	var out []endpointRow
	p.store.endpoints.newest(func(_ string, e endpointRow) bool {
		if slices.Contains(e.Wire.EnabledEvents, "*") || slices.Contains(e.Wire.EnabledEvents, eventType) {
			out = append(out, e)
		}
		return true
	})
	return out
}

func getEvent(p *PSP, c *call) (any, error) {
	e, ok := p.store.events.get(c.id)
	if !ok {
		return nil, missing("event", "id", c.id)
	}
	return json.RawMessage(e.Body), nil
}

func eventOperations() []operation {
	fields := append(listFields(), field{name: "type"}, field{name: "types[#]"}, field{name: "types[]"})
	return []operation{
		{name: "events.list", method: http.MethodGet, pattern: "/v1/events", fields: fields, run: listEvents},
		{name: "events.retrieve", method: http.MethodGet, pattern: "/v1/events/{id}", run: getEvent},
	}
}
