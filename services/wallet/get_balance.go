package wallet

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

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
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, err
	}
	return &walletv1.GetBalanceResponse{Balance: balanceOf(req.GetPlayerId(), req.GetCurrency(), balances{
		available: b.BalanceMinor, held: b.HeldMinor, bonus: b.BonusMinor, heldBonus: b.HeldBonusMinor, owed: b.OwedMinor, version: b.Version,
	})}, nil
}
