package hub88

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
)

// GetRoundUrl asks the provider for the page that shows a round (providers.md 2.7). Errors: INTEGRATION_NOT_FOUND,
// INTEGRATION_DISABLED, those of call.
func (p provider) GetRoundUrl(ctx context.Context, req *adapterv1.GetRoundUrlRequest) (*adapterv1.GetRoundUrlResponse, error) {
	in, err := p.integrations.live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	var out page
	err = p.call(ctx, in, "round", maxPage, map[string]any{
		"user": req.GetPlayerId(), "transaction_uuid": req.GetTransactionId(), "round": req.GetRoundRef(), "operator_id": in.operatorID,
	}, &out)
	if err != nil {
		return nil, err
	}
	if err = out.check(); err != nil {
		return nil, errProviderProtocol("url: " + err.Error())
	}
	return &adapterv1.GetRoundUrlResponse{Url: out.URL}, nil
}
