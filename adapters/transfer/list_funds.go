package transfer

import (
	"context"
	"net/http"
	"time"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// ListFunds reads a page of what wallets at the provider hold. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
func (b bank) ListFunds(ctx context.Context, req *adapterv1.ListFundsRequest) (*adapterv1.ListFundsResponse, error) {
	in, err := b.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	var page struct {
		Balances   []funds `json:"balances"`
		NextCursor string  `json:"next_cursor"`
	}
	if err = b.call(ctx, in, http.MethodGet, "/balances"+pageQuery(time.Time{}, time.Time{}, req.GetCursor()), adapter.MaxList, nil, &page); err != nil {
		return nil, err
	}
	out := &adapterv1.ListFundsResponse{NextCursor: page.NextCursor}
	for _, f := range page.Balances {
		a, err := amount(f.Balance, f.Currency)
		if err != nil {
			return nil, err
		}
		out.Wallets = append(out.Wallets, &adapterv1.PlayerFunds{PlayerId: f.PlayerID, Funds: a.Proto()})
	}
	return out, nil
}
