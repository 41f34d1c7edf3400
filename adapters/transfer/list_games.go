package transfer

import (
	"context"
	"net/http"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// ListGames asks the provider for its list of games. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
func (p provider) ListGames(ctx context.Context, req *adapterv1.ListGamesRequest) (*adapterv1.ListGamesResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	var list struct {
		Games []struct {
			Code     string `json:"code"`
			Name     string `json:"name"`
			Studio   string `json:"studio"`
			Category string `json:"category"`
			RTPBps   int32  `json:"rtp_bps"`
		} `json:"games"`
	}
	if err = p.call(ctx, in, http.MethodGet, "/games", adapter.MaxList, nil, &list); err != nil {
		return nil, err
	}
	if list.Games == nil { // without it every game would be withdrawn
		return nil, adapter.ProviderProtocol("the list of games is missing")
	}
	out := &adapterv1.ListGamesResponse{}
	for _, g := range list.Games {
		if g.Code == "" {
			return nil, adapter.ProviderProtocol("a game has no code")
		}
		out.Games = append(out.Games, &adapterv1.ProviderGame{Code: g.Code, Name: g.Name, Studio: g.Studio, Category: g.Category, RtpBps: g.RTPBps, Enabled: true})
	}
	return out, nil
}
