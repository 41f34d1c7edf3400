package gaming

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// ResolveFinding closes a finding with a word on what was done; the first word stays. Errors: FINDING_NOT_FOUND.
func (s *Server) ResolveFinding(ctx context.Context, req *gamingv1.ResolveFindingRequest) (*gamingv1.ResolveFindingResponse, error) {
	f, err := s.q.ResolveFinding(ctx, db.ResolveFindingParams{
		FindingID: req.GetFindingId(), ResolvedBy: authn.From(ctx).ID, Resolution: req.GetResolution(), Now: s.now(),
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errFindingNotFound(req.GetFindingId())
	}
	if err != nil {
		return nil, err
	}
	return &gamingv1.ResolveFindingResponse{Finding: findingProto(f)}, nil
}
