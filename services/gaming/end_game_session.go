package gaming

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// EndGameSession ends one of the caller's sessions; ending it again answers the first end. Errors: GAME_SESSION_NOT_FOUND, also for
// another player's session.
func (s *Server) EndGameSession(ctx context.Context, req *gamingv1.EndGameSessionRequest) (*gamingv1.EndGameSessionResponse, error) {
	sess, err := s.q.GetSession(ctx, req.GetGameSessionId())
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, err
	}
	if err != nil || sess.PlayerID != authz.Own(ctx) {
		return nil, errGameSessionNotFound()
	}
	if err = authz.Discharge(ctx, sess.PlayerID); err != nil {
		return nil, err
	}
	now := s.now()
	if sess.EndedAt == nil && !now.Before(sess.ExpiresAt) {
		sess.EndedAt = &sess.ExpiresAt
	}
	if sess.EndedAt != nil {
		return &gamingv1.EndGameSessionResponse{EndedAt: timestamppb.New(*sess.EndedAt)}, nil
	}
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		ended, err := q.EndSession(ctx, db.EndSessionParams{Now: now, Reason: endedByPlayer, GameSessionID: sess.GameSessionID})
		if errors.Is(err, pgx.ErrNoRows) { // ended by somebody else just now
			sess, err = q.GetSession(ctx, sess.GameSessionID)
			return err
		}
		if err != nil {
			return err
		}
		sess = ended
		return publishEnded(ctx, tx, []db.GameSession{ended}, now)
	})
	if err != nil {
		return nil, err
	}
	return &gamingv1.EndGameSessionResponse{EndedAt: timestamppb.New(*sess.EndedAt)}, nil
}

// publishEnded tells of ended sessions, in the transaction that ended them.
func publishEnded(ctx context.Context, tx pgx.Tx, ended []db.GameSession, now time.Time) error {
	if len(ended) == 0 {
		return nil
	}
	events := make([]bus.Event, 0, len(ended))
	for _, e := range ended {
		events = append(events, bus.Event{
			Subject: "game_session.ended.v1", PlayerID: e.PlayerID, AggregateID: e.GameSessionID, Version: 2, OccurredAt: now,
			Message: &gamingv1.GameSessionEnded{
				GameSessionId: e.GameSessionID, PlayerId: e.PlayerID, GameId: e.GameID, StartedAt: timestamppb.New(e.StartedAt),
			},
		})
	}
	return bus.Publish(ctx, tx, events...)
}
