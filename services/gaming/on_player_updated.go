package gaming

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// onPlayerUpdated takes over what identity says of a player.
func (s *Server) onPlayerUpdated(ctx context.Context, tx pgx.Tx, m bus.Message) error {
	var e identityv1.PlayerUpdated
	if err := m.Decode(&e); err != nil {
		return err
	}
	version := m.Version
	if version == 0 {
		version = m.OccurredAt.UnixMicro()
	}
	return s.playerIs(ctx, tx, e.GetPlayerId(), e.GetStatus(), version)
}

// playerIs remembers whether a player may stake, and ends the sessions of one who is locked or excluded, whose money in wallets at
// providers comes back and whose sessions there end. The sessions of one who is admitted again stay ended and are over as any other: who stakes with them is not told that the player
// is locked. What is older than what is known changes nothing.
func (s *Server) playerIs(ctx context.Context, tx pgx.Tx, playerID string, is identityv1.PlayerStatus, version int64) error {
	now := s.now()
	locked := is == identityv1.PlayerStatus_PLAYER_STATUS_LOCKED || is == identityv1.PlayerStatus_PLAYER_STATUS_EXCLUDED
	n, err := s.q.WithTx(tx).PutPlayerBlock(ctx, db.PutPlayerBlockParams{PlayerID: playerID, Blocked: locked, Version: version, Now: now})
	switch {
	case err != nil || n == 0:
		return err
	case is == identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE:
		return s.q.WithTx(tx).AdmitPlayer(ctx, db.AdmitPlayerParams{PlayerID: playerID, Locked: endedLocked, Admitted: endedAdmitted})
	case !locked:
		return nil
	}
	if err = s.leave(ctx, s.q.WithTx(tx), playerID, "", causeLocked); err != nil {
		return err
	}
	return s.endLocked(ctx, tx, playerID, now)
}

// endLocked ends a locked player's sessions that were opened until a moment. Results and cancellations of what was staked before still
// pass.
func (s *Server) endLocked(ctx context.Context, tx pgx.Tx, playerID string, openedUntil time.Time) error {
	now := s.now()
	ended, err := s.q.WithTx(tx).EndPlayerSessions(ctx, db.EndPlayerSessionsParams{Now: now, Reason: endedLocked, PlayerID: playerID, OpenedUntil: openedUntil})
	if err != nil {
		return err
	}
	return publishEnded(ctx, tx, ended, now)
}
