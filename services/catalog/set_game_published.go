package catalog

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// SetGamePublished shows or hides a game. Setting what is set already changes nothing and tells nobody. Errors: GAME_NOT_FOUND.
func (s *Server) SetGamePublished(ctx context.Context, req *catalogv1.SetGamePublishedRequest) (*catalogv1.SetGamePublishedResponse, error) {
	var game *catalogv1.Game
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q, now := s.q.WithTx(tx), s.now()
		g, err := q.LockGame(ctx, req.GetGameId())
		if errors.Is(err, pgx.ErrNoRows) {
			return errGameNotFound("game_id", req.GetGameId())
		}
		if err != nil {
			return err
		}
		if game = gameProto(g); g.Published == req.GetPublished() {
			return nil
		}
		g.Published = req.GetPublished()
		if g, err = q.UpdateGame(ctx, update(g, now)); err != nil {
			return err
		}
		game = gameProto(g)
		if err = q.BumpRevision(ctx); err != nil {
			return err
		}
		return bus.Publish(ctx, tx, changedEvent(g, now))
	})
	if err != nil {
		return nil, err
	}
	s.refreshOwn(ctx)
	return &catalogv1.SetGamePublishedResponse{Game: game}, nil
}
