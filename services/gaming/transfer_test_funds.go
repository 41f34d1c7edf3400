package gaming

import (
	"context"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// TransferTestFunds moves a test player's money to or from its wallet at a provider, for a studio's test run: test players have no credentials to ask themselves. Idempotent by
// (operator, request_id). Errors: see the proto.
func (s *Server) TransferTestFunds(ctx context.Context, req *gamingv1.TransferTestFundsRequest) (*gamingv1.TransferTestFundsResponse, error) {
	if _, err := s.testPlayer(ctx, req.GetPlayerId()); err != nil {
		return nil, err
	}
	r := transferRequest{
		direction: fromProvider, integrationID: req.GetIntegrationId(), playerID: req.GetPlayerId(), cause: causeOperator, by: "operator:" + authn.From(ctx).ID,
		requestID: req.GetRequestId(),
	}
	admit := s.returns(r.integrationID)
	var m *commonv1.Money
	switch w := req.GetWhat().(type) {
	case *gamingv1.TransferTestFundsRequest_ToProvider:
		m, r.direction, admit = w.ToProvider, toProvider, s.sends(r.integrationID, r.playerID)
	case *gamingv1.TransferTestFundsRequest_FromProvider:
		m = w.FromProvider
	default:
		r.everything, r.currency = true, req.GetEverythingIn()
		if _, known := money.Exponent(r.currency); !known {
			return nil, errUnknownCurrency(r.currency)
		}
	}
	if !r.everything {
		amount, err := positiveAmount(m)
		if err != nil {
			return nil, err
		}
		r.currency, r.minor = amount.Currency, amount.Minor
	}
	t, replayed, err := s.transfer(ctx, r, admit)
	if err != nil {
		return nil, err
	}
	return &gamingv1.TransferTestFundsResponse{Transfer: transferProto(t), Replayed: replayed}, nil
}
