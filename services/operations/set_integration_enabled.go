package operations

import (
	"context"

	"github.com/jackc/pgx/v5"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/operations/internal/db"
)

// SetIntegrationEnabled switches an integration; switching to what it is already changes nothing.
func (s *Server) SetIntegrationEnabled(ctx context.Context, q *operationsv1.SetIntegrationEnabledRequest) (*operationsv1.SetIntegrationEnabledResponse, error) {
	var row db.Integration
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		queries := db.New(tx)
		var err error
		if row, err = lock(ctx, queries, q.GetIntegrationId()); err != nil || row.Enabled == q.GetEnabled() {
			return err
		}
		row, err = queries.SetIntegrationEnabled(ctx, db.SetIntegrationEnabledParams{IntegrationID: q.GetIntegrationId(), Enabled: q.GetEnabled(), Now: s.clock()})
		if err != nil {
			return err
		}
		if _, err := queries.LockPlayRevision(ctx); err != nil {
			return err
		}
		return s.changed(ctx, tx, row)
	})
	if err != nil {
		return nil, err
	}
	s.felt(ctx, row.UpdatedAt)
	return &operationsv1.SetIntegrationEnabledResponse{Integration: s.toProto(row)}, nil
}
