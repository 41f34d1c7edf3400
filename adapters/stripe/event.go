package stripe

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
)

// Bounds of what the cashier stores.
const (
	maxEventID   = 255
	maxEventType = 128
	maxRef       = 255
)

var errMalformed = errors.New("stripe: not an event")

// parseEvent reads a webhook's body. What the cashier acts on follows from the type; everything else is stored and ignored.
func parseEvent(integrationID string, body []byte) (*cashierv1.RecordProviderEventRequest, error) {
	var e struct {
		ID      string `json:"id"`
		Object  string `json:"object"`
		Type    string `json:"type"`
		Created int64  `json:"created"`
		Data    struct {
			Object object `json:"object"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, errMalformed
	}
	if e.Object != "event" || e.ID == "" || len(e.ID) > maxEventID || e.Type == "" || len(e.Type) > maxEventType {
		return nil, errMalformed
	}
	req := &cashierv1.RecordProviderEventRequest{IntegrationId: integrationID, EventId: e.ID, Type: e.Type, Subject: subjectOf(e.Type), RawBody: body}
	if t := time.Unix(e.Created, 0); e.Created > 0 && t.Year() < 10000 {
		req.OccurredAt = timestamppb.New(t)
	}
	if req.Subject == cashierv1.ProviderEventSubject_PROVIDER_EVENT_SUBJECT_UNSPECIFIED {
		return req, nil
	}
	req.Payment = e.Data.Object.payment()
	if ref := req.Payment.GetProviderRef(); ref == "" || len(ref) > maxRef || len(req.Payment.GetOurRef()) > maxRef {
		return nil, errMalformed
	}
	return req, nil
}

// subjectOf sorts event types. payment_intent.created says nothing that opening the page has not said; charges repeat their intents.
func subjectOf(kind string) cashierv1.ProviderEventSubject {
	switch {
	case kind == "payment_intent.created":
		return cashierv1.ProviderEventSubject_PROVIDER_EVENT_SUBJECT_UNSPECIFIED
	case strings.HasPrefix(kind, "payment_intent."), strings.HasPrefix(kind, "checkout.session."):
		return cashierv1.ProviderEventSubject_PROVIDER_EVENT_SUBJECT_PAYMENT
	case strings.HasPrefix(kind, "refund."), kind == "charge.refund.updated":
		return cashierv1.ProviderEventSubject_PROVIDER_EVENT_SUBJECT_REFUND
	case strings.HasPrefix(kind, "charge.dispute."):
		return cashierv1.ProviderEventSubject_PROVIDER_EVENT_SUBJECT_DISPUTE
	}
	return cashierv1.ProviderEventSubject_PROVIDER_EVENT_SUBJECT_UNSPECIFIED
}
