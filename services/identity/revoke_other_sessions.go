package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// RevokeOtherSessions ends every live session of the caller but the calling one.
func (s *Server) RevokeOtherSessions(ctx context.Context, _ *identityv1.RevokeOtherSessionsRequest) (*identityv1.RevokeOtherSessionsResponse, error) {
	res := &identityv1.RevokeOtherSessionsResponse{}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		p, err := s.callingPlayer(ctx, s.q.WithTx(tx))
		if err != nil {
			return err
		}
		ended, err := s.endAllSessions(ctx, tx, subject{kind: kindPlayer, id: p.PlayerID}, authn.From(ctx).SessionID, endRevoked)
		res.SessionsEnded = int32(len(ended))
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}
