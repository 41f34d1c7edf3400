package operations

import (
	"context"

	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
)

// GetIntegration answers one integration without its secrets.
func (s *Server) GetIntegration(ctx context.Context, q *operationsv1.GetIntegrationRequest) (*operationsv1.GetIntegrationResponse, error) {
	row, err := s.load(ctx, q.GetIntegrationId())
	if err != nil {
		return nil, err
	}
	i := s.toProto(row)
	if err := s.addHealth(ctx, i); err != nil {
		return nil, err
	}
	return &operationsv1.GetIntegrationResponse{Integration: i}, nil
}
