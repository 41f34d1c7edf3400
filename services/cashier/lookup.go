package cashier

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

const (
	lookupTimeout = 3 * time.Second
	lookupMax     = 10_000
	pageSize      = 200
)

// lookup keeps another service's answers for a short time, and asks once for many callers. Errors are not kept.
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

func newLookup[V any](s *Server, fetch func(context.Context, string) (V, error)) *lookup[V] {
	return &lookup[V]{ttl: s.cfg.LookupTTL, now: s.now, fetch: fetch, known: map[string]kept[V]{}}
}

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

func (s *Server) wireLookups(identity identityv1.IdentityServiceClient) {
	s.players = newLookup(s, func(ctx context.Context, key string) (*identityv1.GetPlayerStatusResponse, error) {
		return identity.GetPlayerStatus(ctx, &identityv1.GetPlayerStatusRequest{PlayerId: key})
	})
	s.integrations = newLookup(s, func(ctx context.Context, key string) (*operationsv1.LookupIntegrationResponse, error) {
		return s.ops.LookupIntegration(ctx, &operationsv1.LookupIntegrationRequest{IntegrationId: key})
	})
	s.methods = newLookup(s, func(ctx context.Context, _ string) ([]*operationsv1.Integration, error) {
		var all []*operationsv1.Integration
		token := ""
		for {
			r, err := s.ops.ListIntegrations(ctx, &operationsv1.ListIntegrationsRequest{
				Kind: operationsv1.IntegrationKind_INTEGRATION_KIND_PAYMENT, Page: &commonv1.PageRequest{Size: pageSize, Token: token},
			})
			if err != nil {
				return nil, err
			}
			for _, i := range r.GetIntegrations() {
				if i.GetEnabled() {
					all = append(all, i)
				}
			}
			if token = r.GetPage().GetNextToken(); token == "" {
				return all, nil
			}
		}
	})
}

// paymentMethod finds the integration that takes deposits. Errors: METHOD_NOT_FOUND, also for one that is off.
func (s *Server) paymentMethod(ctx context.Context, id string) (*operationsv1.LookupIntegrationResponse, error) {
	i, err := s.integrations.get(ctx, id)
	switch {
	case errs.Is(err, operationsv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND):
		return nil, errMethodNotFound(id)
	case err != nil:
		return nil, errUnavailable(err)
	case i.GetKind() != operationsv1.IntegrationKind_INTEGRATION_KIND_PAYMENT || !i.GetEnabled():
		return nil, errMethodNotFound(id)
	}
	return i, nil
}

// provider is the adapter of an integration, also of one that is switched off, because money under way must still arrive.
func (s *Server) provider(ctx context.Context, integrationID string) (adapterv1.PaymentProviderServiceClient, error) {
	i, err := s.integrations.get(ctx, integrationID)
	if err != nil {
		return nil, err
	}
	return s.adapter(i.GetService())
}
