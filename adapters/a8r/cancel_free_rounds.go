package a8r

import (
	"context"
	"encoding/json"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CancelFreeRounds cancels an issue; one whose answer was lost has the name that was made for it. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
func (p provider) CancelFreeRounds(ctx context.Context, req *adapterv1.CancelFreeRoundsRequest) (*adapterv1.CancelFreeRoundsResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	id := req.GetProviderRef()
	if id == "" {
		name := issue{grant: req.GetGrantId(), player: req.GetPlayerId(), currency: req.GetCurrency()}
		if codes := req.GetGameCodes(); len(codes) > 0 {
			name.studio = studioOf(codes[0])
		}
		id = name.String()
	}
	body := map[string]string{"casino_id": in.casinoID, "issue_id": id}
	if name, ok := readIssue(id); ok && name.studio != "" {
		body["provider"] = name.studio
	}
	var out json.RawMessage
	if err = p.call(ctx, in, "Freespins/Cancel", adapter.MaxPage, body, &out); err != nil {
		return nil, err
	}
	return &adapterv1.CancelFreeRoundsResponse{}, nil
}
