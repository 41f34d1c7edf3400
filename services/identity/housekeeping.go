package identity

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

const (
	sweepBatch = 200
	// endedSessionTTL keeps ended sessions for questions about them; their tokens are refused either way.
	endedSessionTTL = 90 * 24 * time.Hour
	// telegramUpdateTTL is longer than Telegram keeps an update that it could not deliver (24 h).
	telegramUpdateTTL = 48 * time.Hour
)

// runHousekeeping ends what is over and forgets what nobody can ask for any more, until ctx ends. Replicas may do it together.
func (s *Server) runHousekeeping(ctx context.Context) error {
	tick := time.NewTicker(s.cfg.Housekeeping)
	defer tick.Stop()
	for {
		if err := s.keepHouse(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Server) keepHouse(ctx context.Context) error {
	now := s.clock()
	return errors.Join(
		s.maintainKeys(ctx),
		s.endOverSessions(ctx),
		s.q.DeleteOverTokens(ctx, now),
		s.q.DeleteStaleThrottles(ctx, db.DeleteStaleThrottlesParams{Before: now.Add(-s.cfg.ThrottleReset), Now: now}),
		s.q.DeleteStaleRegistrations(ctx, now.Add(-registrationTTL)),
		s.q.DeleteStaleDevices(ctx, now.Add(-knownDeviceTTL)),
		s.q.DeleteOldTelegramUpdates(ctx, now.Add(-telegramUpdateTTL)),
		s.q.DeleteOldSessions(ctx, now.Add(-endedSessionTTL)),
	)
}

// endOverSessions ends sessions whose idle or absolute time is over and says so by event, a batch per transaction.
func (s *Server) endOverSessions(ctx context.Context) error {
	for {
		n := 0
		err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
			now := s.clock()
			rows, err := s.q.WithTx(tx).EndOverSessions(ctx, db.EndOverSessionsParams{Now: now, RowLimit: sweepBatch})
			if err != nil {
				return err
			}
			n = len(rows)
			events := make([]bus.Event, n)
			sessionIDs := make([]string, n)
			for i, r := range rows {
				events[i] = sessionEnded(subject{kind: r.SubjectKind, id: r.SubjectID}, r.SessionID, endExpired, now)
				sessionIDs[i] = r.SessionID
			}
			if err := s.q.WithTx(tx).RevokeRefreshTokens(ctx, db.RevokeRefreshTokensParams{SessionIds: sessionIDs, Now: now}); err != nil {
				return err
			}
			return bus.Publish(ctx, tx, events...)
		})
		if err != nil || n < sweepBatch {
			return err
		}
	}
}
