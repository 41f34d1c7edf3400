package gaming

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/authz"
)

// GetRound answers a round with its bets. Errors: ROUND_NOT_FOUND, also for another player's round, so that ids tell nothing.
func (s *Server) GetRound(ctx context.Context, req *gamingv1.GetRoundRequest) (*gamingv1.GetRoundResponse, error) {
	r, err := s.q.GetRound(ctx, req.GetRoundId())
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, err
	}
	foreign := authn.From(ctx).Kind == authn.KindPlayer && r.PlayerID != authz.Own(ctx)
	if err != nil || foreign {
		return nil, errRoundNotFound()
	}
	if err = authz.Discharge(ctx, r.PlayerID); err != nil {
		return nil, err
	}
	bets, err := s.q.RoundBets(ctx, r.RoundID)
	if err != nil {
		return nil, err
	}
	return &gamingv1.GetRoundResponse{Round: roundProto(r, bets)}, nil
}
