package catalog

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// change is one change of the catalogue: a transaction after which every replica reads it again, this one before it answers.
type change struct {
	*db.Queries
	ctx     context.Context //nolint:containedctx // it lives as long as the function that gets it
	now     time.Time
	changed bool
	events  []bus.Event
}

// write runs fn in a transaction. When fn leaves changed false nothing is told and nothing is read again.
func (s *Server) write(ctx context.Context, fn func(c *change) error) error {
	changed := false
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		c := &change{Queries: s.q.WithTx(tx), ctx: ctx, now: s.now()}
		if err := fn(c); err != nil {
			return err
		}
		if changed = c.changed; !c.changed {
			return nil
		}
		if err := c.BumpRevision(ctx); err != nil {
			return err
		}
		if len(c.events) == 0 {
			return nil
		}
		return bus.Publish(ctx, tx, c.events...)
	})
	if err == nil && changed {
		s.refreshOwn(ctx)
	}
	return err
}

// lockGame reads a game for a change. Errors: GAME_NOT_FOUND.
func (c *change) lockGame(id string) (db.Game, error) {
	g, err := c.LockGame(c.ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return g, errGameNotFound("game_id", id)
	}
	return g, err
}

// game is a row as operators see it.
func (c *change) game(g db.Game) (*catalogv1.Game, error) {
	builds, err := c.GameBuilds(c.ctx, g.GameID)
	if err != nil {
		return nil, err
	}
	studio, err := c.GetProviderName(c.ctx, g.ProviderID)
	if err != nil {
		return nil, err
	}
	return gameProto(g, builds, studio)
}

// saved tells about a game that was written.
func (c *change) saved(g db.Game) (*catalogv1.Game, error) {
	game, err := c.game(g)
	if err != nil {
		return nil, err
	}
	c.changed = true
	c.events = append(c.events, changedEvent(game, c.now))
	return game, nil
}
