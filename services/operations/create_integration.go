package operations

import (
	"context"
	"errors"
	"maps"

	"github.com/jackc/pgx/v5"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/operations/internal/db"
)

// CreateIntegration stores a new integration after its adapter has checked and completed it.
func (s *Server) CreateIntegration(ctx context.Context, q *operationsv1.CreateIntegrationRequest) (*operationsv1.CreateIntegrationResponse, error) {
	p, ok := protocols[q.GetProtocol()]
	if !ok {
		return nil, protocolUnknown(q.GetProtocol())
	}
	if row, err := s.queries.GetIntegration(ctx, q.GetIntegrationId()); err == nil {
		return s.createdBefore(row, q)
	} else if !errors.Is(err, pgx.ErrNoRows) {
		return nil, err
	}
	if err := ownNames(q.GetSecrets()); err != nil {
		return nil, err
	}
	c, err := s.check(ctx, p, q.GetProtocol(), q.GetIntegrationId(), q.GetSettings(), q.GetSecrets())
	if err != nil {
		return nil, err
	}
	var row db.Integration
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		var err error
		row, err = db.New(tx).InsertIntegration(ctx, db.InsertIntegrationParams{
			IntegrationID: q.GetIntegrationId(), Protocol: q.GetProtocol(), Kind: int16(p.kind), Name: q.GetName(),
			Settings: c.settings, Secrets: c.secrets, SecretNames: c.names, Now: s.clock(),
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return integrationExists(q.GetIntegrationId()) // somebody was faster; a repetition compares the content
		}
		if err != nil {
			return err
		}
		return s.changed(ctx, tx, row)
	})
	if err != nil {
		return nil, err
	}
	return &operationsv1.CreateIntegrationResponse{Integration: s.toProto(row)}, nil
}

// createdBefore answers a repetition: what was asked for must be what is stored, as far as the asker said it.
func (s *Server) createdBefore(row db.Integration, q *operationsv1.CreateIntegrationRequest) (*operationsv1.CreateIntegrationResponse, error) {
	has := s.read(row)
	if row.Protocol != q.GetProtocol() || row.Name != q.GetName() || has.whole(row.IntegrationID) != nil ||
		!maps.Equal(has.settings, merge(has.settings, q.GetSettings())) || !maps.Equal(has.secrets, merge(has.secrets, q.GetSecrets())) {
		return nil, integrationExists(row.IntegrationID)
	}
	return &operationsv1.CreateIntegrationResponse{Integration: s.toProto(row)}, nil
}
