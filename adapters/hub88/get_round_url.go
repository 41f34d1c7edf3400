package hub88

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// GetRoundUrl asks the provider for the page that shows a round (providers.md 2.7). Errors: INTEGRATION_NOT_FOUND,
// INTEGRATION_DISABLED, those of call.
func (p provider) GetRoundUrl(ctx context.Context, req *adapterv1.GetRoundUrlRequest) (*adapterv1.GetRoundUrlResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	var out page
	err = p.call(ctx, in, in.dialect.gameAPI+"round", adapter.MaxPage, map[string]any{
		"user": req.GetPlayerId(), "transaction_uuid": req.GetTransactionId(), "round": req.GetRoundRef(), "operator_id": in.operatorID,
	}, &out)
	if err != nil {
		return nil, err
	}
	address, err := adapter.Page(out.URL)
	if err != nil {
		return nil, err
	}
	return &adapterv1.GetRoundUrlResponse{Url: address}, nil
}
