package evolution

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
)

// ListGames answers the provider's lobby and the tables that the operator has entered: the protocol has no list of them. The provider is not
// called. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED.
func (p provider) ListGames(ctx context.Context, req *adapterv1.ListGamesRequest) (*adapterv1.ListGamesResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	resp := &adapterv1.ListGamesResponse{Games: []*adapterv1.ProviderGame{game(lobby, "Live casino lobby")}}
	for _, t := range in.tables {
		resp.Games = append(resp.Games, game(t.Code, t.Name))
	}
	return resp, nil
}

func game(code, name string) *adapterv1.ProviderGame {
	return &adapterv1.ProviderGame{Code: code, Name: name, Studio: "Evolution", Category: "live", Enabled: true}
}
