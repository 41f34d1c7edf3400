package transfer

import (
	"context"
	"net/http"
	"net/url"
	"time"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// CloseSessions ends a player's sessions at the provider. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
func (b bank) CloseSessions(ctx context.Context, req *adapterv1.CloseSessionsRequest) (*adapterv1.CloseSessionsResponse, error) {
	in, err := b.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	body := struct {
		OpenedUntil time.Time `json:"opened_until"`
	}{req.GetOpenedUntil().AsTime()}
	var out struct {
		PlayerID string `json:"player_id"`
		Closed   int32  `json:"closed"`
	}
	if err = b.call(ctx, in, http.MethodPost, "/players/"+url.PathEscape(req.GetPlayerId())+"/sessions/close", adapter.MaxPage, body, &out); err != nil {
		return nil, err
	}
	if out.PlayerID != req.GetPlayerId() || out.Closed < 0 {
		return nil, adapter.ProviderProtocol("the answer is about other sessions")
	}
	return &adapterv1.CloseSessionsResponse{Closed: out.Closed}, nil
}
