package cashier

import (
	"context"
	"time"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/lookup"
)

// integrationPatience is how long an integration that is known is used while operations does not answer.
const integrationPatience = 30 * time.Second

// pageSize is how many integrations are read at once.
const pageSize = 200

func (s *Server) wireLookups(identity identityv1.IdentityServiceClient) {
	s.players = lookup.New(s.cfg.LookupTTL, s.now, func(ctx context.Context, key string) (*identityv1.GetPlayerStatusResponse, error) {
		return identity.GetPlayerStatus(ctx, &identityv1.GetPlayerStatusRequest{PlayerId: key})
	})
	s.integrations = lookup.New(s.cfg.LookupTTL, s.now, func(ctx context.Context, key string) (*operationsv1.LookupIntegrationResponse, error) {
		return s.ops.LookupIntegration(ctx, &operationsv1.LookupIntegrationRequest{IntegrationId: key})
	}).Patient(integrationPatience)
	s.methods = lookup.New(s.cfg.LookupTTL, s.now, func(ctx context.Context, _ string) ([]*operationsv1.Integration, error) {
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
	i, err := s.integrations.Get(ctx, id)
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
	i, err := s.integrations.Get(ctx, integrationID)
	if err != nil {
		return nil, err
	}
	return s.adapter(i.GetService())
}
