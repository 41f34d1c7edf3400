package pragmatic

import (
	"context"
	"net/url"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// studio is who makes the games of this protocol.
const studio = "Pragmatic Play"

// ListGames asks the provider for its whole list, unless the operator has entered the games; what is not in it is not offered. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those
// of call.
func (p provider) ListGames(ctx context.Context, req *adapterv1.ListGamesRequest) (*adapterv1.ListGamesResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	if len(in.games) > 0 {
		return adapter.Entered(in.games, func(string) string { return studio }), nil
	}
	var out struct {
		Games []struct {
			ID       string `json:"gameID"`
			Name     string `json:"gameName"`
			Category string `json:"typeDescription"`
		} `json:"gameList"`
	}
	err = p.call(ctx, in, request{path: gamesPath + "getCasinoGames/", form: url.Values{"options": {"GetFrbDetails"}}, limit: adapter.MaxList}, &out)
	if err != nil {
		return nil, err
	}
	if out.Games == nil { // without it every game would be withdrawn
		return nil, adapter.ProviderProtocol("the list of games is missing")
	}
	resp := &adapterv1.ListGamesResponse{Games: make([]*adapterv1.ProviderGame, 0, len(out.Games))}
	for _, g := range out.Games {
		if g.ID == "" {
			return nil, adapter.ProviderProtocol("a game has no gameID")
		}
		resp.Games = append(resp.Games, &adapterv1.ProviderGame{Code: g.ID, Name: g.Name, Studio: studio, Category: g.Category, Enabled: true})
	}
	return resp, nil
}
