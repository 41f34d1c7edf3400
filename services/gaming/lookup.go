package gaming

import (
	"context"
	"time"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/lookup"
)

// outage is how long games and integrations that are known are used while nobody tells more: a restart of catalog or operations stops no play.
const outage = 30 * time.Second

func (s *Server) wireLookups(catalog catalogv1.CatalogServiceClient, identity identityv1.IdentityServiceClient, operations operationsv1.OperationsServiceClient) {
	s.games = lookup.New(s.cfg.LookupTTL, s.now, func(ctx context.Context, key string) (*catalogv1.Game, error) {
		req := &catalogv1.ResolveGameRequest{GameId: key}
		if integration, code, ok := splitGameKey(key); ok {
			req = &catalogv1.ResolveGameRequest{IntegrationId: integration, Code: code}
		}
		r, err := catalog.ResolveGame(ctx, req)
		return r.GetGame(), err
	}).Patient(outage)
	s.players = lookup.New(s.cfg.LookupTTL, s.now, func(ctx context.Context, key string) (*identityv1.GetPlayerStatusResponse, error) {
		return identity.GetPlayerStatus(ctx, &identityv1.GetPlayerStatusRequest{PlayerId: key})
	})
	s.integrations = lookup.New(s.cfg.LookupTTL, s.now, func(ctx context.Context, key string) (*operationsv1.LookupIntegrationResponse, error) {
		return operations.LookupIntegration(ctx, &operationsv1.LookupIntegrationRequest{IntegrationId: key})
	}).Patient(outage)
}

// gameByCode finds the game that a provider names. Errors: GAME_NOT_FOUND.
func (s *Server) gameByCode(ctx context.Context, integrationID, code string) (*catalogv1.Game, error) {
	g, err := s.games.Get(ctx, gameKey(integrationID, code))
	if errs.Is(err, catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND) {
		return nil, errGameNotFound("code", code)
	}
	return g, err
}

// gameByID finds the game that a player names. Errors: GAME_NOT_FOUND.
func (s *Server) gameByID(ctx context.Context, gameID string) (*catalogv1.Game, error) {
	g, err := s.games.Get(ctx, gameID)
	if errs.Is(err, catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND) {
		return nil, errGameNotFound("game_id", gameID)
	}
	return g, err
}

// unplayable is the rule that forbids a game in a country; empty when it may be played. The catalogue decides it, certificates and kill switches included, for
// every country at once, so that an answer that is kept for a moment serves every player.
func unplayable(g *catalogv1.Game, country string) string {
	a := g.GetAdmin().GetAvailability()
	if rule, named := a.GetByCountry()[country]; named {
		return rule
	}
	return a.GetElsewhere()
}

// playable says why a stake on a game is refused in a country; nil when it is not. Who reports stakes knows the game, so that it is told the rule of one that players do not see, too.
func playable(g *catalogv1.Game, country string) error {
	if rule := unplayable(g, country); rule != "" {
		return errGameUnavailable(g.GetGameId(), rule)
	}
	return nil
}

// hidden are the rules by which a game does not exist for players, as the catalogue shows it to them (domain.md 7: invisible, not merely blocked).
var hidden = map[string]bool{"NOT_PUBLISHED": true, "NOT_OFFERED": true, "NO_CERTIFICATE": true}

// opens says why a player of a country may not open a game; nil when they may. Errors: GAME_NOT_FOUND, GAME_UNAVAILABLE.
func opens(g *catalogv1.Game, country string) error {
	if hidden[unplayable(g, country)] {
		return errGameNotFound("game_id", g.GetGameId())
	}
	return playable(g, country)
}

// gameIntegration finds an integration of games, on or off. Errors: INTEGRATION_NOT_FOUND.
func (s *Server) gameIntegration(ctx context.Context, id string) (*operationsv1.LookupIntegrationResponse, error) {
	in, err := s.integrations.Get(ctx, id)
	switch {
	case errs.Is(err, operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND):
		return nil, errIntegrationNotFound(id)
	case err != nil:
		return nil, err
	case in.GetKind() != operationsv1.IntegrationKind_INTEGRATION_KIND_GAME && in.GetKind() != operationsv1.IntegrationKind_INTEGRATION_KIND_SPORTSBOOK:
		return nil, errIntegrationNotFound(id)
	}
	return in, nil
}
