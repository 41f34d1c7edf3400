package operations

import (
	"context"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
)

// GetIntegrationHealth answers how an integration's callbacks went lately. Errors: INTEGRATION_NOT_FOUND.
func (s *Server) GetIntegrationHealth(ctx context.Context, q *operationsv1.GetIntegrationHealthRequest) (*operationsv1.GetIntegrationHealthResponse, error) {
	if _, err := s.load(ctx, q.GetIntegrationId()); err != nil {
		return nil, err
	}
	rows, err := s.queries.ListHealth(ctx, []string{q.GetIntegrationId()})
	if err != nil {
		return nil, err
	}
	return &operationsv1.GetIntegrationHealthResponse{Health: sumHealth(rows, s.clock())}, nil
}
