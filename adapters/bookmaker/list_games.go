package bookmaker

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
)

// ListGames answers the one game that the bookmaker is in the catalogue: bets need a game to be published, limited and reported by. Errors:
// INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED.
func (p provider) ListGames(ctx context.Context, req *adapterv1.ListGamesRequest) (*adapterv1.ListGamesResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	return &adapterv1.ListGamesResponse{Games: []*adapterv1.ProviderGame{{
		Code: in.gameCode, Name: in.gameName, Studio: in.gameName, Category: "sportsbook", Enabled: true,
	}}}, nil
}
