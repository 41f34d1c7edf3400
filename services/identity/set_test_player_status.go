package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/lookup"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// SetTestPlayerStatus makes a test player active, locked or excluded, so that a suite can see a stake refused and a win paid for each. Others learn of
// it as of any player's, by player.updated.v1; the answer waits for them, because the suite goes on with it. Errors: PLAYER_NOT_FOUND, NOT_A_TEST_PLAYER.
func (s *Server) SetTestPlayerStatus(ctx context.Context, req *identityv1.SetTestPlayerStatusRequest) (*identityv1.SetTestPlayerStatusResponse, error) {
	res := &identityv1.SetTestPlayerStatusResponse{}
	var changedAt time.Time
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		p, t, err := lockTestPlayer(ctx, q, req.GetPlayerId())
		if err != nil {
			return err
		}
		if next := rowStatus(req.GetStatus()); next != p.Status {
			changedAt = s.clock()
			if p, err = q.SetPlayerStatus(ctx, db.SetPlayerStatusParams{PlayerID: p.PlayerID, Status: next, Now: changedAt}); err != nil {
				return err
			}
			if err := s.publishUpdated(ctx, tx, p); err != nil {
				return err
			}
		}
		res.Player = testPlayer(p, t)
		return nil
	})
	if err != nil {
		return nil, err
	}
	lookup.Felt(ctx, s.clock, changedAt, s.cfg.TestStatusFeltAfter)
	return res, nil
}
