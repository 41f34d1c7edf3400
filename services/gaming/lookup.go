package gaming

import (
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/lookup"
)

func (s *Server) wireLookups(catalog catalogv1.CatalogServiceClient, identity identityv1.IdentityServiceClient, operations operationsv1.OperationsServiceClient) {
	s.games = lookup.New(s.cfg.LookupTTL, s.now, func(ctx context.Context, key string) (*catalogv1.Game, error) {
		req := &catalogv1.ResolveGameRequest{GameId: key}
		if integration, code, ok := splitGameKey(key); ok {
			req = &catalogv1.ResolveGameRequest{IntegrationId: integration, Code: code}
		}
		r, err := catalog.ResolveGame(ctx, req)
		return r.GetGame(), err
	})
	s.players = lookup.New(s.cfg.LookupTTL, s.now, func(ctx context.Context, key string) (*identityv1.GetPlayerStatusResponse, error) {
		return identity.GetPlayerStatus(ctx, &identityv1.GetPlayerStatusRequest{PlayerId: key})
	})
	s.integrations = lookup.New(s.cfg.LookupTTL, s.now, func(ctx context.Context, key string) (*operationsv1.LookupIntegrationResponse, error) {
		return operations.LookupIntegration(ctx, &operationsv1.LookupIntegrationRequest{IntegrationId: key})
	})
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

// playable says why a stake on a game is refused in a country; nil when it is not.
func playable(g *catalogv1.Game, country string) error {
	if !g.GetPublished() || !g.GetOffered() {
		return errGameUnavailable(g.GetGameId())
	}
	for _, c := range g.GetBlockedCountries() {
		if c == country {
			return errGameUnavailable(g.GetGameId())
		}
	}
	return nil
}
