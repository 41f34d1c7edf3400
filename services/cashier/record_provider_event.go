package cashier

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// States of a stored event.
const (
	eventReceived = "RECEIVED"
	eventApplied  = "APPLIED"
	eventIgnored  = "IGNORED"
	eventFailed   = "FAILED"
)

// RecordProviderEvent stores a verified webhook and returns once that is committed; a background task applies it at once and again until it
// succeeds. A repeated delivery is only counted.
func (s *Server) RecordProviderEvent(ctx context.Context, req *cashierv1.RecordProviderEventRequest) (*cashierv1.RecordProviderEventResponse, error) {
	now := s.now()
	p := db.RecordEventParams{
		IntegrationID: req.GetIntegrationId(), EventID: req.GetEventId(), Type: req.GetType(), Subject: int16(req.GetSubject()),
		ProviderRef: req.GetPayment().GetProviderRef(), OurRef: req.GetPayment().GetOurRef(), Reported: int16(req.GetPayment().GetStatus()),
		RawSealed: s.box.Seal(req.GetRawBody(), sealedFor(req.GetIntegrationId()+"/"+req.GetEventId(), "raw")),
		State:     eventReceived, ReceivedAt: now, NextTryAt: &now,
	}
	if req.GetOccurredAt() != nil {
		p.OccurredAt = at(req.GetOccurredAt().AsTime().Truncate(time.Microsecond))
	}
	if req.GetSubject() == cashierv1.ProviderEventSubject_PROVIDER_EVENT_SUBJECT_UNSPECIFIED {
		p.State, p.Detail, p.AppliedAt, p.NextTryAt = eventIgnored, "nothing the cashier acts on", &now, nil
	}
	var deliveries int32
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		var err error
		if deliveries, err = s.q.WithTx(tx).RecordEvent(ctx, p); err != nil || deliveries > 1 {
			return err
		}
		return bus.Publish(ctx, tx, bus.Event{
			Subject: "cashier.webhook.received.v1", AggregateID: p.IntegrationID + "/" + p.EventID, Version: 1, OccurredAt: now,
			Message: &cashierv1.WebhookReceived{IntegrationId: p.IntegrationID, EventId: p.EventID, Type: p.Type},
		})
	})
	if err != nil {
		return nil, err
	}
	if deliveries == 1 {
		hint(s.eventsWaiting)
	}
	return &cashierv1.RecordProviderEventResponse{Duplicate: deliveries > 1}, nil
}
