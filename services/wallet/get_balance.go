package wallet

import (
	"context"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// GetBalance answers one player's balance in one currency; zero, version 0, when the player never had any.
func (s *Server) GetBalance(ctx context.Context, req *walletv1.GetBalanceRequest) (*walletv1.GetBalanceResponse, error) {
	if _, ok := money.Exponent(req.GetCurrency()); !ok {
		return nil, unknownCurrency(req.GetCurrency())
	}
	b, err := s.queries.GetBalance(ctx, db.GetBalanceParams{PlayerID: req.GetPlayerId(), Currency: req.GetCurrency()})
	if err != nil {
		return nil, err
	}
	return &walletv1.GetBalanceResponse{
		Balance: balanceOf(req.GetPlayerId(), req.GetCurrency(), b.AvailableMinor, b.HeldMinor, b.Version),
	}, nil
}
