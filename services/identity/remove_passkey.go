package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// RemovePasskey removes one of the caller's passkeys. With the last second factor the sessions lose theirs, as by DisableTotp. Another player's is not found.
// Error: PASSKEY_NOT_FOUND.
func (s *Server) RemovePasskey(ctx context.Context, req *identityv1.RemovePasskeyRequest) (*identityv1.RemovePasskeyResponse, error) {
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		p, err := s.callingPlayer(ctx, q)
		if err != nil {
			return err
		}
		row, err := q.DeletePasskey(ctx, db.DeletePasskeyParams{PasskeyID: req.GetPasskeyId(), PlayerID: p.PlayerID})
		if err != nil {
			return notFound(err, errPasskeyNotFound())
		}
		protected, err := s.hasSecondFactor(ctx, q, p.PlayerID)
		if err != nil {
			return err
		}
		if !protected {
			if err := q.LowerSessions(ctx, p.PlayerID); err != nil {
				return err
			}
		}
		return s.mailAboutPasskey(ctx, q, p, row, "passkey_removed")
	})
	if err != nil {
		return nil, err
	}
	s.nudge()
	return &identityv1.RemovePasskeyResponse{}, nil
}
