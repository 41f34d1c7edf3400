package identity

import (
	"context"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// ListSessions answers the caller's live sessions, the newest first.
func (s *Server) ListSessions(ctx context.Context, _ *identityv1.ListSessionsRequest) (*identityv1.ListSessionsResponse, error) {
	current, err := s.liveSession(ctx, s.q)
	if err != nil {
		return nil, err
	}
	rows, err := s.q.ListLiveSessions(ctx, db.ListLiveSessionsParams{SubjectID: authz.Own(ctx), Now: s.clock()})
	if err != nil {
		return nil, err
	}
	list, err := s.sessions(rows, current.SessionID)
	return &identityv1.ListSessionsResponse{Sessions: list}, err
}
