package operations

import (
	"context"
	"maps"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/services/operations/internal/db"
)

// GetIntegrationSecrets answers an integration with its secrets to the service that implements its protocol. To every other one the
// integration does not exist.
func (s *Server) GetIntegrationSecrets(ctx context.Context, q *operationsv1.GetIntegrationSecretsRequest) (*operationsv1.GetIntegrationSecretsResponse, error) {
	row, err := s.forAdapter(ctx, authn.From(ctx).Peer, q.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	has := s.read(row)
	if err := has.whole(row.IntegrationID); err != nil {
		return nil, err
	}
	i := s.toProto(row)
	i.Settings = ofProtocol(i.GetSettings())
	former := has.previous.valid(s.clock())
	for _, name := range row.SecretNames {
		if value, kept := former[name]; kept {
			has.secrets[name+previousSuffix] = value
		}
	}
	return &operationsv1.GetIntegrationSecretsResponse{Integration: i, Secrets: has.secrets, Previous: former}, nil
}

func (s *Server) forAdapter(ctx context.Context, service, id string) (db.Integration, error) {
	if id != "" {
		row, err := s.load(ctx, id)
		if err == nil && protocols[row.Protocol].service != service {
			return row, integrationNotFound(id)
		}
		return row, err
	}
	for name := range maps.Keys(protocols) {
		if protocols[name].service != service {
			continue
		}
		rows, err := s.queries.ListIntegrationsOfProtocol(ctx, name)
		if err != nil {
			return db.Integration{}, err
		}
		if len(rows) == 1 {
			return rows[0], nil
		}
	}
	return db.Integration{}, integrationNotFound("")
}
