package gaming

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// TransferFromProvider moves money of the calling player's wallet at a provider back to cash. Idempotent by (player, request_id). Errors: see the proto.
func (s *Server) TransferFromProvider(ctx context.Context, req *gamingv1.TransferFromProviderRequest) (*gamingv1.TransferFromProviderResponse, error) {
	player := authz.Own(ctx)
	r := transferRequest{
		direction: fromProvider, integrationID: req.GetIntegrationId(), playerID: player, currency: req.GetEverythingIn(), everything: req.GetAmount() == nil, cause: causePlayer,
		by: player, requestID: req.GetRequestId(),
	}
	if r.everything {
		if _, known := money.Exponent(r.currency); !known {
			return nil, errUnknownCurrency(r.currency)
		}
	} else {
		amount, err := positiveAmount(req.GetAmount())
		if err != nil {
			return nil, err
		}
		r.currency, r.minor = amount.Currency, amount.Minor
	}
	t, replayed, err := s.transfer(ctx, r, s.returns(r.integrationID))
	if err != nil {
		return nil, err
	}
	return &gamingv1.TransferFromProviderResponse{Transfer: transferProto(t), Replayed: replayed}, nil
}

// returns admits every transfer back from a provider that keeps players' money: it is the player's.
func (s *Server) returns(integrationID string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, _, err := s.transferWallet(ctx, integrationID)
		return err
	}
}
