package operations

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/operations/internal/db"
)

// UpdateIntegration changes name, settings or secrets. The adapter checks outside of the transaction, so the revision that it saw must still
// be there when the result is stored. What cannot be read any more must be named anew.
func (s *Server) UpdateIntegration(ctx context.Context, q *operationsv1.UpdateIntegrationRequest) (*operationsv1.UpdateIntegrationResponse, error) {
	seen, err := s.load(ctx, q.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	if want := q.GetExpectedRevision(); want != 0 && want != seen.Revision {
		return nil, staleRevision(want, seen.Revision)
	}
	if err := ownNames(q.GetSecrets()); err != nil {
		return nil, err
	}
	was := s.read(seen)
	if err := was.named(seen, values{q.GetSettings(), q.GetSecrets()}); err != nil {
		return nil, err
	}
	p, ok := protocols[seen.Protocol]
	if !ok {
		return nil, protocolUnknown(seen.Protocol)
	}
	changed := merge(was.settings, q.GetSettings())
	has := was.secrets
	if moves(was.settings, changed) {
		has = nil
	}
	c, err := s.check(ctx, p, seen.Protocol, seen.IntegrationID, changed, withoutFormer(merge(has, q.GetSecrets()), q.GetSecrets()))
	if err != nil {
		return nil, err
	}
	kept, err := s.keep(seen.IntegrationID, was, c.plain, values{q.GetSettings(), q.GetSecrets()}, time.Duration(q.GetKeepPreviousSeconds())*time.Second)
	if err != nil {
		return nil, err
	}
	var row db.Integration
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		queries := db.New(tx)
		now, err := lock(ctx, queries, q.GetIntegrationId())
		if err != nil {
			return err
		}
		if now.Revision != seen.Revision {
			return staleRevision(seen.Revision, now.Revision)
		}
		row, err = queries.UpdateIntegration(ctx, db.UpdateIntegrationParams{
			IntegrationID: now.IntegrationID, Name: cmp.Or(q.GetName(), now.Name), Settings: c.settings, Secrets: c.secrets, SecretNames: c.names, Previous: kept, Now: s.clock(),
		})
		if err != nil {
			return err
		}
		return s.changed(ctx, tx, row)
	})
	if err != nil {
		return nil, err
	}
	s.felt(ctx, row.UpdatedAt)
	return &operationsv1.UpdateIntegrationResponse{Integration: s.toProto(row)}, nil
}
