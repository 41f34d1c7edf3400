package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// RevokeSession ends one of the caller's live sessions. Somebody else's session and one that is over are answered like one that never
// was.
func (s *Server) RevokeSession(ctx context.Context, req *identityv1.RevokeSessionRequest) (*identityv1.RevokeSessionResponse, error) {
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		p, err := s.callingPlayer(ctx, q)
		if err != nil {
			return err
		}
		row, err := q.GetSession(ctx, req.GetSessionId())
		if err != nil {
			return notFound(err, errSessionNotFound())
		}
		if row.SubjectID != p.PlayerID {
			return errSessionNotFound()
		}
		if err := authz.Discharge(ctx, row.SubjectID); err != nil {
			return err
		}
		ended, err := s.endSessions(ctx, tx, subject{kind: kindPlayer, id: p.PlayerID}, []string{row.SessionID}, endRevoked)
		if err == nil && len(ended) == 0 {
			err = errSessionNotFound()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &identityv1.RevokeSessionResponse{}, nil
}
