package gaming

import (
	"context"
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

// FindRound answers a round by its provider's id. Errors: ROUND_NOT_FOUND, PLAYER_MISMATCH.
func (s *Server) FindRound(ctx context.Context, req *gamingv1.FindRoundRequest) (*gamingv1.FindRoundResponse, error) {
	w := whoIs(req.GetCaller())
	sit, err := batched(ctx, s.reads, needs{who: w, providerRounds: []string{req.GetProviderRoundId()}})
	if err != nil {
		return nil, err
	}
	player, _, err := sit.player(w)
	if err != nil {
		return nil, err
	}
	r := sit.round(w.integrationID, player, req.GetProviderRoundId())
	if r == nil {
		return nil, errRoundNotFound()
	}
	out := &gamingv1.FindRoundResponse{
		RoundId: r.RoundID, OpenedAt: timestamppb.New(r.OpenedAt), Staked: r.taken(), Voided: r.State == roundVoided,
		Decided: slices.ContainsFunc(r.bets, func(b *bet) bool { return b.Decided || b.OperatorMinor != 0 }),
	}
	if r.Closing {
		out.ClosedAt = timeProto(r.ClosedAt)
	}
	if len(r.bets) > 0 {
		out.GameCode = r.bets[0].GameCode
	}
	return out, nil
}
