package gaming

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
)

// ResettleRound corrects what bets of a round have paid, by an operator's decision. Idempotent by (operator, request_id). Errors: see the proto.
func (s *Server) ResettleRound(ctx context.Context, req *gamingv1.ResettleRoundRequest) (*gamingv1.ResettleRoundResponse, error) {
	c := correcting{roundID: req.GetRoundId(), id: operatorTx(ctx, req.GetRequestId()), bets: req.GetBets(), reason: req.GetReason(), now: s.now()}
	if err := c.read(); err != nil {
		return nil, err
	}
	out, err := s.correct(ctx, &c)
	if err != nil {
		return nil, err
	}
	bets, err := correctedBets(out.txs[0])
	return &gamingv1.ResettleRoundResponse{Bets: bets, Replayed: out.replayed[0]}, err
}

// operatorTx is the name of an operator's transaction among those of a provider.
func operatorTx(ctx context.Context, requestID string) string {
	return "operator:" + authn.From(ctx).ID + ":" + requestID
}

// correct carries out an operator's correction of a round.
func (s *Server) correct(ctx context.Context, c *correcting) (outcome, error) {
	sit, err := batched(ctx, s.reads, needs{roundIDs: []string{c.roundID}})
	if err != nil {
		return outcome{}, err
	}
	r, err := c.find(sit)
	if err != nil {
		return outcome{}, err
	}
	c.w = who{integrationID: r.IntegrationID}
	return s.transact(ctx, needs{who: c.w, roundIDs: []string{c.roundID}, txIDs: []string{c.id}}, c.plan)
}
