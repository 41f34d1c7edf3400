package transfer

import (
	"context"
	"net/http"
	"net/url"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// funds is what a wallet at the provider holds.
type funds struct {
	PlayerID string `json:"player_id"`
	Currency string `json:"currency"`
	Balance  string `json:"balance"`
}

// GetFunds asks what a player's wallet at the provider holds. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
func (b bank) GetFunds(ctx context.Context, req *adapterv1.GetFundsRequest) (*adapterv1.GetFundsResponse, error) {
	in, err := b.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	var f funds
	path := "/players/" + url.PathEscape(req.GetPlayerId()) + "/balance?currency=" + url.QueryEscape(req.GetCurrency())
	if err = b.call(ctx, in, http.MethodGet, path, adapter.MaxPage, nil, &f); err != nil {
		return nil, err
	}
	if f.PlayerID != req.GetPlayerId() || f.Currency != req.GetCurrency() {
		return nil, adapter.ProviderProtocol("the balance is of another wallet")
	}
	a, err := amount(f.Balance, f.Currency)
	if err != nil {
		return nil, err
	}
	return &adapterv1.GetFundsResponse{Funds: a.Proto()}, nil
}
