package gaming

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

const (
	lookupTimeout = 3 * time.Second
	lookupMax     = 10_000 // entries kept at most; providers cannot make it grow, because only answers that exist are kept
)

// lookup keeps another service's answers for a short time, and asks once for many callers.
type lookup[V any] struct {
	ttl   time.Duration
	now   func() time.Time
	fetch func(ctx context.Context, key string) (V, error)

	group singleflight.Group
	mu    sync.Mutex
	known map[string]kept[V]
}

type kept[V any] struct {
	value V
	until time.Time
}

func newLookup[V any](ttl time.Duration, now func() time.Time, fetch func(context.Context, string) (V, error)) *lookup[V] {
	return &lookup[V]{ttl: ttl, now: now, fetch: fetch, known: map[string]kept[V]{}}
}

// get answers from memory or asks. Errors are not kept.
func (l *lookup[V]) get(ctx context.Context, key string) (V, error) {
	l.mu.Lock()
	k, ok := l.known[key]
	l.mu.Unlock()
	if ok && l.now().Before(k.until) {
		return k.value, nil
	}
	v, err, _ := l.group.Do(key, func() (any, error) {
		// The caller who happens to ask may leave; the others still wait for the answer.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupTimeout)
		defer cancel()
		v, err := l.fetch(ctx, key)
		if err != nil {
			return nil, err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.known) >= lookupMax {
			clear(l.known)
		}
		l.known[key] = kept[V]{value: v, until: l.now().Add(l.ttl)}
		return v, nil
	})
	if err != nil {
		var zero V
		return zero, err
	}
	return v.(V), nil
}

func (s *Server) wireLookups(catalog catalogv1.CatalogServiceClient, identity identityv1.IdentityServiceClient, operations operationsv1.OperationsServiceClient) {
	s.games = newLookup(s.cfg.LookupTTL, s.now, func(ctx context.Context, key string) (*catalogv1.Game, error) {
		req := &catalogv1.ResolveGameRequest{GameId: key}
		if integration, code, ok := splitGameKey(key); ok {
			req = &catalogv1.ResolveGameRequest{IntegrationId: integration, Code: code}
		}
		r, err := catalog.ResolveGame(ctx, req)
		return r.GetGame(), err
	})
	s.players = newLookup(s.cfg.LookupTTL, s.now, func(ctx context.Context, key string) (*identityv1.GetPlayerStatusResponse, error) {
		return identity.GetPlayerStatus(ctx, &identityv1.GetPlayerStatusRequest{PlayerId: key})
	})
	s.integrations = newLookup(s.cfg.LookupTTL, s.now, func(ctx context.Context, key string) (*operationsv1.LookupIntegrationResponse, error) {
		return operations.LookupIntegration(ctx, &operationsv1.LookupIntegrationRequest{IntegrationId: key})
	})
}

// gameByCode finds the game that a provider names. Errors: GAME_NOT_FOUND.
func (s *Server) gameByCode(ctx context.Context, integrationID, code string) (*catalogv1.Game, error) {
	g, err := s.games.get(ctx, gameKey(integrationID, code))
	if errs.Is(err, catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND) {
		return nil, errGameNotFound("code", code)
	}
	return g, err
}

// gameByID finds the game that a player names. Errors: GAME_NOT_FOUND.
func (s *Server) gameByID(ctx context.Context, gameID string) (*catalogv1.Game, error) {
	g, err := s.games.get(ctx, gameID)
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
