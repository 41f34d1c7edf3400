package pragmatic

import (
	"context"
	"net/url"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// CancelFreeRounds takes a bonus back; one whose answer was lost has the grant's id as its code. A refusal about a bonus that the player does not have any more is a repetition. Errors:
// INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
func (p provider) CancelFreeRounds(ctx context.Context, req *adapterv1.CancelFreeRoundsRequest) (*adapterv1.CancelFreeRoundsResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	code := req.GetProviderRef()
	if code == "" {
		code = req.GetGrantId()
	}
	err = p.call(ctx, in, request{path: freeRoundsPath + "bonus/cancel/", form: url.Values{"bonusCode": {code}}, limit: adapter.MaxPage}, nil)
	if errs.Is(err, adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED) && req.GetPlayerId() != "" {
		if has, asked := p.hasBonus(ctx, in, req.GetPlayerId(), code); asked == nil && !has {
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	return &adapterv1.CancelFreeRoundsResponse{}, nil
}
