package gaming

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

// VoidRound takes back every bet of a round with what it has paid, by an operator's decision. Idempotent by (operator, request_id). Errors: see the proto.
func (s *Server) VoidRound(ctx context.Context, req *gamingv1.VoidRoundRequest) (*gamingv1.VoidRoundResponse, error) {
	c := correcting{roundID: req.GetRoundId(), id: operatorTx(ctx, req.GetRequestId()), voidAll: true, reason: req.GetReason(), now: s.now()}
	out, err := s.correct(ctx, &c)
	if err != nil {
		return nil, err
	}
	bets, err := correctedBets(out.txs[0])
	return &gamingv1.VoidRoundResponse{Bets: bets, Replayed: out.replayed[0]}, err
}
