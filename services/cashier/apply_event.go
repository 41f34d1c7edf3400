package cashier

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// eventTries is how often an event is tried, over more than a day with the pauses of backoff; polling is the second source of the same facts.
const eventTries = 400

// applied is what became of an event.
type applied struct{ state, detail, paymentID string }

// applyDueEvents applies stored events. What an event says is only a hint which object to ask the provider about.
func (s *Server) applyDueEvents(ctx context.Context) (int, error) {
	now := s.now()
	due, err := s.q.ClaimDueEvents(ctx, db.ClaimDueEventsParams{Now: &now, LeaseUntil: at(now.Add(leaseTime)), MaxRows: claimMax})
	if err != nil {
		return 0, err
	}
	each(ctx, due, func(ctx context.Context, e db.ProviderEvent) {
		a, err := s.applyEvent(ctx, e)
		done := s.now()
		p := db.FinishEventParams{IntegrationID: e.IntegrationID, EventID: e.EventID, State: a.state, Detail: a.detail, PaymentID: a.paymentID, AppliedAt: &done}
		if err != nil {
			s.log.Warn("provider event not applied yet", "integration", e.IntegrationID, "event", e.EventID, "type", e.Type, "error", err)
			p.State, p.Detail, p.AppliedAt = eventReceived, "waits for another try: "+reasonOr(err, "INTERNAL"), nil
			p.NextTryAt = at(done.Add(backoff(int(e.Tries))))
			if e.Tries >= eventTries {
				p.State, p.NextTryAt = eventFailed, nil
			}
		}
		if err := s.q.FinishEvent(context.WithoutCancel(ctx), p); err != nil {
			s.log.Error("provider event not finished; it is applied again when its lease ends", "event", e.EventID, "error", err)
		}
	})
	return len(due), nil
}

func (s *Server) applyEvent(ctx context.Context, e db.ProviderEvent) (applied, error) {
	switch cashierv1.ProviderEventSubject(e.Subject) {
	case cashierv1.ProviderEventSubject_PROVIDER_EVENT_SUBJECT_PAYMENT:
		return s.applyPaymentEvent(ctx, e)
	case cashierv1.ProviderEventSubject_PROVIDER_EVENT_SUBJECT_REFUND:
		return s.applyRefundEvent(ctx, e)
	case cashierv1.ProviderEventSubject_PROVIDER_EVENT_SUBJECT_DISPUTE:
		return s.applyDisputeEvent(ctx, e)
	default:
		return applied{state: eventIgnored, detail: "nothing the cashier acts on"}, nil
	}
}

func (s *Server) applyPaymentEvent(ctx context.Context, e db.ProviderEvent) (applied, error) {
	d, found, err := s.depositOfEvent(ctx, e)
	if err != nil {
		return applied{}, err
	}
	if !found {
		if reportStatus(e.Reported) == reportSucceeded {
			err = s.reconcileAlone(ctx, e.OurRef, "", e.IntegrationID, finding{kindMissingOurs, "no deposit", e.ProviderRef + " SUCCEEDED"})
		}
		return applied{state: eventIgnored, detail: "no deposit of this integration"}, err
	}
	after, err := s.askDeposit(ctx, d, e.ProviderRef)
	if err != nil {
		return applied{paymentID: d.DepositID}, err
	}
	return applied{eventApplied, fmt.Sprintf("deposit was %s, is %s", depositState(d.State), depositState(after.State)), d.DepositID}, nil
}

// depositOfEvent finds the deposit by our reference, else by the provider's, else by what the provider says when asked about its own.
func (s *Server) depositOfEvent(ctx context.Context, e db.ProviderEvent) (db.Deposit, bool, error) {
	d, err := s.q.GetDeposit(ctx, e.OurRef)
	if errors.Is(err, pgx.ErrNoRows) && e.ProviderRef != "" {
		d, err = s.q.FindDepositByRef(ctx, db.FindDepositByRefParams{IntegrationID: e.IntegrationID, ProviderRef: e.ProviderRef})
	}
	if errors.Is(err, pgx.ErrNoRows) && e.ProviderRef != "" && e.OurRef == "" {
		var r report
		if r, err = s.askPayment(ctx, e.IntegrationID, e.ProviderRef); err != nil {
			if errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED) {
				return d, false, nil // the provider itself does not know it
			}
			return d, false, err
		}
		d, err = s.q.GetDeposit(ctx, r.ourRef)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return d, false, nil
	}
	return d, err == nil && d.IntegrationID == e.IntegrationID, err
}

// applyDisputeEvent tells operators that a payer contests a deposit. No money moves: what to take from the player is theirs to decide.
func (s *Server) applyDisputeEvent(ctx context.Context, e db.ProviderEvent) (applied, error) {
	d, found, err := s.depositOfEvent(ctx, e)
	if err != nil {
		return applied{}, err
	}
	f := finding{kindLateReversal, depositState(d.State).String(), e.Type + " " + e.ProviderRef}
	if !found {
		f.ours = "no deposit"
	}
	if err := s.reconcileAlone(ctx, d.DepositID, d.PlayerID, e.IntegrationID, f); err != nil {
		return applied{}, err
	}
	return applied{eventApplied, "operators were told", d.DepositID}, nil
}

// reasonOr is an error's reason, or the given word when it has none.
func reasonOr(err error, word string) string {
	if r := errs.ReasonOf(err); r != "" {
		return r
	}
	return word
}
