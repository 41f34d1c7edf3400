package pam

import (
	"context"
	"strings"

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
		return nil, adapter.NotSupported("list of games; enter them in the setting " + settingGames)
	}
	resp := &adapterv1.ListGamesResponse{}
	for _, g := range in.games {
		studio, code := split(g.Code)
		name := g.Name
		if name == g.Code {
			name = code
		}
		resp.Games = append(resp.Games, &adapterv1.ProviderGame{Code: code, Name: name, Studio: studio, Enabled: true})
	}
	return resp, nil
}

// split takes a game that was entered as provider/code apart.
func split(entered string) (studio, code string) {
	if studio, code, ok := strings.Cut(entered, "/"); ok && studio != "" && code != "" {
		return studio, code
	}
	return "", entered
}

// providerOf is the provider that a game was entered with; empty when with none.
func (in *integration) providerOf(game string) string {
	for _, g := range in.games {
		if studio, code := split(g.Code); code == game {
			return studio
		}
	}
	return ""
}
