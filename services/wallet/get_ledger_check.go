package wallet

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// GetLedgerCheck answers one check with the violations that were kept.
func (s *Server) GetLedgerCheck(ctx context.Context, req *walletv1.GetLedgerCheckRequest) (*walletv1.GetLedgerCheckResponse, error) {
	row, err := s.queries.GetLedgerCheck(ctx, req.GetCheckId())
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, ledgerCheckNotFound(req.GetCheckId())
	}
	if err != nil {
		return nil, err
	}
	c, err := ledgerCheckOf(row, keptViolations)
	if err != nil {
		return nil, err
	}
	return &walletv1.GetLedgerCheckResponse{Check: c}, nil
}
