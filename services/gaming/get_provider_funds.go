package gaming

import (
	"context"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// GetProviderFunds sums what players have in wallets at providers: their money that the ledger's accounts of players do not show.
func (s *Server) GetProviderFunds(ctx context.Context, req *gamingv1.GetProviderFundsRequest) (*gamingv1.GetProviderFundsResponse, error) {
	rows, err := s.q.FundsAtProviders(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	resp := &gamingv1.GetProviderFundsResponse{}
	for _, r := range rows {
		resp.Funds = append(resp.Funds, &gamingv1.ProviderFunds{
			IntegrationId: r.IntegrationID, Wallets: r.Wallets, Funds: money.Amount{Minor: r.Minor, Currency: r.Currency}.Proto(),
			OnTheWay: money.Amount{Minor: r.WayMinor, Currency: r.Currency}.Proto(),
		})
	}
	return resp, nil
}
