package gaming

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// ReturnProviderFunds brings everything of a player's wallet at a provider back; what is won there meanwhile follows by itself. Idempotent by (operator, request_id). Errors:
// see the proto.
func (s *Server) ReturnProviderFunds(ctx context.Context, req *gamingv1.ReturnProviderFundsRequest) (*gamingv1.ReturnProviderFundsResponse, error) {
	if _, known := money.Exponent(req.GetCurrency()); !known {
		return nil, errUnknownCurrency(req.GetCurrency())
	}
	t, replayed, err := s.transfer(ctx, transferRequest{
		direction: fromProvider, integrationID: req.GetIntegrationId(), playerID: req.GetPlayerId(), currency: req.GetCurrency(), everything: true, cause: causeOperator,
		by: "operator:" + authn.From(ctx).ID, requestID: req.GetRequestId(),
	}, s.returns(req.GetIntegrationId()))
	if err != nil {
		return nil, err
	}
	if !replayed {
		err = s.q.AskReturn(ctx, db.AskReturnParams{
			IntegrationID: req.GetIntegrationId(), PlayerID: req.GetPlayerId(), Currency: req.GetCurrency(), At: s.now(), Cause: causeOperator,
		})
		if err != nil {
			return nil, err
		}
	}
	return &gamingv1.ReturnProviderFundsResponse{Transfer: transferProto(t), Replayed: replayed}, nil
}
