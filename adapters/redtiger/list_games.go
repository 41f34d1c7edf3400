package redtiger

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// ListGames answers the games that the operator has entered: the protocol has no list of them. Errors: INTEGRATION_NOT_FOUND,
// INTEGRATION_DISABLED, NOT_SUPPORTED when none is entered, so that games that were imported in another way are not withdrawn.
func (p provider) ListGames(ctx context.Context, req *adapterv1.ListGamesRequest) (*adapterv1.ListGamesResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	if len(in.games) == 0 {
		return nil, adapter.NotSupported("list of games; enter them in the setting games")
	}
	resp := &adapterv1.ListGamesResponse{}
	for _, g := range in.games {
		resp.Games = append(resp.Games, &adapterv1.ProviderGame{Code: g.Code, Name: g.Name, Studio: "Red Tiger", Category: "slots", Enabled: true})
	}
	return resp, nil
}
