package hub88

import (
	"context"
	"encoding/json"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CancelFreeRounds cancels a reward that is not claimed; one whose answer was lost has the id that was made for it. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
func (p provider) CancelFreeRounds(ctx context.Context, req *adapterv1.CancelFreeRoundsRequest) (*adapterv1.CancelFreeRoundsResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	reward := req.GetProviderRef()
	if reward == "" {
		reward = rewardID(in.id, req.GetGrantId())
	}
	var out json.RawMessage // the answer says nothing that is needed
	err = p.call(ctx, in, in.dialect.freebetAPI+"rewards/cancel", adapter.MaxPage, map[string]any{"operator_id": in.operatorID, "reward_uuid": reward}, &out)
	if err != nil {
		return nil, err
	}
	return &adapterv1.CancelFreeRoundsResponse{}, nil
}
