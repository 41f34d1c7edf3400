package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// SetPlayerLocked locks or unlocks. Locking ends every session, every refresh family and every half-done login in the same
// transaction (CVE-2023-22492 is what happens otherwise). Repeating it changes nothing. Whoever is excluded stays excluded.
func (s *Server) SetPlayerLocked(ctx context.Context, req *identityv1.SetPlayerLockedRequest) (*identityv1.SetPlayerLockedResponse, error) {
	res := &identityv1.SetPlayerLockedResponse{}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		p, err := q.LockPlayer(ctx, req.GetPlayerId())
		if err != nil {
			return notFound(err, errPlayerNotFound(req.GetPlayerId()))
		}
		next := p.Status
		switch {
		case p.Status == playerExcluded: // refuses as much, and is not for this RPC to lift
		case req.GetLocked():
			next = playerLocked
		case p.Status == playerLocked && p.EmailIndex != nil && p.EmailVerifiedAt == nil:
			next = playerUnverified
		case p.Status == playerLocked:
			next = playerActive
		}
		if next != p.Status {
			if p, err = q.SetPlayerStatus(ctx, db.SetPlayerStatusParams{PlayerID: p.PlayerID, Status: next, Now: s.clock()}); err != nil {
				return err
			}
			if err := s.publishUpdated(ctx, tx, p); err != nil {
				return err
			}
		}
		if next == playerLocked {
			if err := q.DeletePlayerChallenges(ctx, p.PlayerID); err != nil {
				return err
			}
			if _, err := s.endAllSessions(ctx, tx, subject{kind: kindPlayer, id: p.PlayerID}, "", endLocked); err != nil {
				return err
			}
		}
		res.Player, err = s.player(ctx, q, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}
