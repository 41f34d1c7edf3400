package a8r

import (
	"cmp"
	"context"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// gameList is the answer of Game/List. Studios are listed with their games; both are named differently in different releases.
type gameList struct {
	Providers []struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Title string `json:"title"`
		Games []struct {
			ID         string `json:"id"`
			Identifier string `json:"identifier"`
			Name       string `json:"name"`
			Title      string `json:"title"`
			Category   string `json:"category"`
			Type       string `json:"type"`
		} `json:"games"`
	} `json:"providers"`
}

// ListGames asks the aggregator for its whole list, unless the operator has entered the games. Errors: INTEGRATION_NOT_FOUND, INTEGRATION_DISABLED, those of call.
func (p provider) ListGames(ctx context.Context, req *adapterv1.ListGamesRequest) (*adapterv1.ListGamesResponse, error) {
	in, err := p.integrations.Live(ctx, req.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	if len(in.games) > 0 {
		return adapter.Entered(in.games, studioOf), nil
	}
	var list gameList
	if err = p.call(ctx, in, "Game/List", adapter.MaxList, map[string]string{"casino_id": in.casinoID}, &list); err != nil {
		return nil, err
	}
	if list.Providers == nil { // without it every game would be withdrawn
		return nil, adapter.ProviderProtocol("the list of games is missing")
	}
	resp := &adapterv1.ListGamesResponse{}
	for _, studio := range list.Providers {
		if studio.Games == nil {
			return nil, adapter.ProviderProtocol("the games of a studio are missing")
		}
		for _, g := range studio.Games {
			code := cmp.Or(g.ID, g.Identifier)
			if code == "" {
				return nil, adapter.ProviderProtocol("a game has no id")
			}
			resp.Games = append(resp.Games, &adapterv1.ProviderGame{
				Code: code, Name: cmp.Or(g.Title, g.Name, code), Studio: cmp.Or(studio.Title, studio.Name, studio.ID), Category: cmp.Or(g.Category, g.Type), Enabled: true,
			})
		}
	}
	return resp, nil
}
