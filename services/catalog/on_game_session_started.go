package catalog

import (
	"context"

	"github.com/jackc/pgx/v5"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// keptRecent is how many games are remembered of a player.
const keptRecent = 50

// onGameSessionStarted remembers that a player has opened a game. Late and repeated events change nothing: the newest time stays.
func (s *Server) onGameSessionStarted(ctx context.Context, tx pgx.Tx, m bus.Message) error {
	var e gamingv1.GameSessionStarted
	if err := m.Decode(&e); err != nil {
		return err
	}
	q := s.q.WithTx(tx)
	if err := q.SetRecentlyPlayed(ctx, db.SetRecentlyPlayedParams{PlayerID: e.GetPlayerId(), GameID: e.GetGameId(), PlayedAt: m.OccurredAt}); err != nil {
		return err
	}
	return q.PruneRecentlyPlayed(ctx, db.PruneRecentlyPlayedParams{PlayerID: e.GetPlayerId(), Skip: keptRecent - 1})
}
