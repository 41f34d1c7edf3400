package hub88

import (
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// ListGames asks the provider for its whole list (providers.md 2.7), unless the operator has entered the games. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED,
// those of call.
func (p provider) ListGames(ctx context.Context, req *adapterv1.ListGamesRequest) (*adapterv1.ListGamesResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	if len(in.games) > 0 {
		return adapter.Entered(in.games, func(string) string { return "" }), nil
	}
	var list []struct {
		Code      string   `json:"game_code"`
		Name      string   `json:"name"`
		Product   string   `json:"product"`
		Category  string   `json:"category"`
		Thumbnail string   `json:"url_thumb"`
		Enabled   bool     `json:"enabled"`
		Blocked   []string `json:"blocked_countries"`
	}
	if err = p.call(ctx, in, in.dialect.gameAPI+"list", adapter.MaxList, map[string]any{"operator_id": in.operatorID}, &list); err != nil {
		return nil, err
	}
	if list == nil { // null; it would withdraw every game
		return nil, adapter.ProviderProtocol("the list of games is null")
	}
	resp := &adapterv1.ListGamesResponse{Games: make([]*adapterv1.ProviderGame, 0, len(list))}
	for _, g := range list {
		if g.Code == "" {
			return nil, adapter.ProviderProtocol("a game has no code")
		}
		resp.Games = append(resp.Games, &adapterv1.ProviderGame{
			Code: g.Code, Name: g.Name, Studio: g.Product, Category: g.Category, ThumbnailUrl: g.Thumbnail, Enabled: g.Enabled, BlockedCountries: g.Blocked,
		})
	}
	return resp, nil
}
