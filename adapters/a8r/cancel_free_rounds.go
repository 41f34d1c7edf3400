package a8r

import (
	"context"
	"encoding/json"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CancelFreeRounds cancels an issue. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
func (p provider) CancelFreeRounds(ctx context.Context, req *adapterv1.CancelFreeRoundsRequest) (*adapterv1.CancelFreeRoundsResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	body := map[string]string{"casino_id": in.casinoID, "issue_id": req.GetProviderRef()}
	if name, ok := readIssue(req.GetProviderRef()); ok && name.studio != "" {
		body["provider"] = name.studio
	}
	var out json.RawMessage
	if err = p.call(ctx, in, "Freespins/Cancel", adapter.MaxPage, body, &out); err != nil {
		return nil, err
	}
	return &adapterv1.CancelFreeRoundsResponse{}, nil
}
