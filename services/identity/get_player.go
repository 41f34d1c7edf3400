package identity

import (
	"context"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// GetPlayer answers one player with live sessions.
func (s *Server) GetPlayer(ctx context.Context, req *identityv1.GetPlayerRequest) (*identityv1.GetPlayerResponse, error) {
	p, err := s.q.GetPlayer(ctx, req.GetPlayerId())
	if err != nil {
		return nil, notFound(err, errPlayerNotFound(req.GetPlayerId()))
	}
	res := &identityv1.GetPlayerResponse{}
	if res.Player, err = s.player(ctx, s.q, p); err != nil {
		return nil, err
	}
	rows, err := s.q.ListLiveSessions(ctx, db.ListLiveSessionsParams{SubjectID: p.PlayerID, Now: s.clock()})
	if err != nil {
		return nil, err
	}
	res.Sessions, err = s.sessions(rows, "")
	return res, err
}
