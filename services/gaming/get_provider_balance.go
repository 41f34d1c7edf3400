package gaming

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// GetProviderBalance asks the provider what the caller's wallet there holds. Errors: see the proto.
func (s *Server) GetProviderBalance(ctx context.Context, req *gamingv1.GetProviderBalanceRequest) (*gamingv1.GetProviderBalanceResponse, error) {
	if _, known := money.Exponent(req.GetCurrency()); !known {
		return nil, errUnknownCurrency(req.GetCurrency())
	}
	player := authz.Own(ctx)
	has, err := s.fundsThere(ctx, req.GetIntegrationId(), player, req.GetCurrency())
	if err != nil {
		return nil, err
	}
	way, err := s.q.OpenTransfers(ctx, db.OpenTransfersParams{PlayerID: player, IntegrationID: req.GetIntegrationId(), Currency: req.GetCurrency()})
	if err != nil {
		return nil, err
	}
	return &gamingv1.GetProviderBalanceResponse{Balance: has.Proto(), OnTheWay: money.Amount{Minor: way.ToMinor, Currency: has.Currency}.Proto()}, nil
}
