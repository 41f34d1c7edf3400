package wallet

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// GetOperation answers one operation with all its entries, the house's side included.
func (s *Server) GetOperation(ctx context.Context, req *walletv1.GetOperationRequest) (*walletv1.GetOperationResponse, error) {
	row, err := s.queries.GetOperation(ctx, req.GetOperationId())
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, operationNotFound(req.GetOperationId())
	}
	if err != nil {
		return nil, err
	}
	op, err := s.withEntries(ctx, row)
	if err != nil {
		return nil, err
	}
	return &walletv1.GetOperationResponse{Operation: op}, nil
}

func (s *Server) withEntries(ctx context.Context, row db.Operation) (*walletv1.Operation, error) {
	entries, err := s.queries.EntriesOfOperation(ctx, db.EntriesOfOperationParams{
		Accounts: row.Accounts, First: row.Number, Behind: row.Number + int64(row.EntryCount), CreatedAt: row.CreatedAt,
	})
	if err != nil {
		return nil, err
	}
	return operationOf(row, entries)
}
