package cashier

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
)

// GetDeposit answers one deposit to its player and to operators. Another player's is not there.
func (s *Server) GetDeposit(ctx context.Context, req *cashierv1.GetDepositRequest) (*cashierv1.GetDepositResponse, error) {
	d, err := s.q.GetDeposit(ctx, req.GetDepositId())
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errDepositNotFound()
	}
	if err != nil {
		return nil, err
	}
	if authz.Discharge(ctx, d.PlayerID) != nil {
		return nil, errDepositNotFound()
	}
	shown, err := s.showDeposits(ctx, d)
	if err != nil {
		return nil, err
	}
	return &cashierv1.GetDepositResponse{Deposit: shown[0]}, nil
}
