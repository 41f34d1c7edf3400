package gaming

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

// GetReconciliation answers how far a run is. Errors: RUN_NOT_FOUND.
func (s *Server) GetReconciliation(ctx context.Context, req *gamingv1.GetReconciliationRequest) (*gamingv1.GetReconciliationResponse, error) {
	run, err := s.q.GetReconciliation(ctx, req.GetRunId())
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errRunNotFound(req.GetRunId())
	}
	if err != nil {
		return nil, err
	}
	return &gamingv1.GetReconciliationResponse{Run: runProto(run)}, nil
}
