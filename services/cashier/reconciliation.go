package cashier

import (
	"context"

	"github.com/jackc/pgx/v5"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/cashier/internal/db"
)

// reconcile records a disagreement in the caller's transaction and tells operators, once however often it is seen.
func (s *Server) reconcile(ctx context.Context, tx pgx.Tx, paymentID, player, integrationID string, f finding) error {
	n, err := s.q.WithTx(tx).RecordFinding(ctx, db.RecordFindingParams{
		PaymentID: paymentID, IntegrationID: integrationID, Kind: f.kind, Ours: f.ours, Theirs: f.theirs, FoundAt: s.now(),
	})
	if err != nil || n == 0 {
		return err
	}
	s.log.Warn("provider and platform disagree", "payment", paymentID, "integration", integrationID, "kind", f.kind, "ours", f.ours, "theirs", f.theirs)
	return bus.Publish(ctx, tx, bus.Event{
		Subject: "payment.reconciliation.v1", PlayerID: player, AggregateID: paymentID, OccurredAt: s.now(),
		Message: &cashierv1.ReconciliationNeeded{PaymentId: paymentID, IntegrationId: integrationID, Kind: f.kind, Ours: f.ours, Theirs: f.theirs},
	})
}

// reconcileAlone is reconcile in a transaction of its own.
func (s *Server) reconcileAlone(ctx context.Context, paymentID, player, integrationID string, f finding) error {
	return pg.InTx(ctx, s.pool, func(tx pgx.Tx) error { return s.reconcile(ctx, tx, paymentID, player, integrationID, f) })
}
