package cashier

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// applyRefundEvent asks the provider about the refund that an event names and applies the answer to its part.
func (s *Server) applyRefundEvent(ctx context.Context, e db.ProviderEvent) (applied, error) {
	p, err := s.q.GetPart(ctx, e.OurRef)
	if errors.Is(err, pgx.ErrNoRows) {
		p, err = s.q.FindPartByRef(ctx, db.FindPartByRefParams{IntegrationID: e.IntegrationID, ProviderRef: e.ProviderRef})
	}
	if errors.Is(err, pgx.ErrNoRows) || err == nil && p.IntegrationID != e.IntegrationID {
		err = nil
		if r := reportStatus(e.Reported); r == reportSucceeded || r == reportPending {
			err = s.reconcileAlone(ctx, e.OurRef, "", e.IntegrationID, finding{kindMissingOurs, "no refund", e.ProviderRef})
		}
		return applied{state: eventIgnored, detail: "no refund of this integration"}, err
	}
	if err != nil {
		return applied{}, err
	}
	r, err := s.askRefund(ctx, e.IntegrationID, e.ProviderRef)
	if err != nil {
		return applied{paymentID: p.WithdrawalID}, err
	}
	if err := s.applyPart(ctx, p.PartID, r); err != nil {
		return applied{paymentID: p.WithdrawalID}, err
	}
	after, err := s.q.GetPart(ctx, p.PartID)
	if err != nil {
		return applied{paymentID: p.WithdrawalID}, err
	}
	if after.State != p.State {
		if err := s.q.WakeWithdrawal(ctx, db.WakeWithdrawalParams{WithdrawalID: p.WithdrawalID, NextStepAt: at(s.now())}); err != nil {
			return applied{paymentID: p.WithdrawalID}, err
		}
		hint(s.payoutsWaiting)
	}
	return applied{eventApplied, fmt.Sprintf("refund was %s, is %s", partState(p.State), partState(after.State)), p.WithdrawalID}, nil
}
