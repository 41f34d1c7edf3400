package gaming

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// mostSpan is the longest span that one run compares.
const mostSpan = 7 * 24 * time.Hour

// StartReconciliation writes a run down; a worker of any replica takes it up. Errors: see the proto.
func (s *Server) StartReconciliation(ctx context.Context, req *gamingv1.StartReconciliationRequest) (*gamingv1.StartReconciliationResponse, error) {
	if _, err := s.gameIntegration(ctx, req.GetIntegrationId()); err != nil {
		return nil, err
	}
	from, until := req.GetFrom().AsTime(), req.GetUntil().AsTime()
	if !from.Before(until) || until.Sub(from) > mostSpan || until.After(s.now()) {
		return nil, errSpanInvalid()
	}
	run, err := s.startRun(ctx, req.GetIntegrationId(), authn.From(ctx).ID, from, until)
	if err != nil {
		return nil, err
	}
	return &gamingv1.StartReconciliationResponse{Run: runProto(run)}, nil
}

// startRun writes a run down, or finds the one that goes on over the same span.
func (s *Server) startRun(ctx context.Context, integrationID, by string, from, until time.Time) (db.Reconciliation, error) {
	p := db.InsertReconciliationParams{
		RunID: ids.New("rec"), IntegrationID: integrationID, StartedBy: by, FromAt: from.Truncate(time.Microsecond), UntilAt: until.Truncate(time.Microsecond),
		Now: s.now(),
	}
	n, err := s.q.InsertReconciliation(ctx, p)
	if err != nil {
		return db.Reconciliation{}, err
	}
	if n == 1 {
		return s.q.GetReconciliation(ctx, p.RunID)
	}
	run, err := s.q.RunningReconciliation(ctx, db.RunningReconciliationParams{IntegrationID: integrationID, FromAt: p.FromAt, UntilAt: p.UntilAt})
	if errors.Is(err, pgx.ErrNoRows) { // it has ended between both statements
		return s.startRun(ctx, integrationID, by, from, until)
	}
	return run, err
}
