package catalog

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/bus"
	"github.com/pitboss-gaming/pitboss/kit/lookup"
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
	// forbids is a change by which somebody may no longer play what they could; repeats is when one was made that is asked for again.
	forbids bool
	repeats time.Time
}

// write runs fn in a transaction. When fn leaves changed false nothing is told and nothing is read again. What forbids play is answered when nobody plays by what was
// before (ADR 24); what allows it at once.
func (s *Server) write(ctx context.Context, fn func(c *change) error) error {
	var c *change
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		c = &change{Queries: s.q.WithTx(tx), ctx: ctx, now: s.now()}
		if err := fn(c); err != nil || !c.changed {
			return err
		}
		if err := c.BumpRevision(ctx); err != nil {
			return err
		}
		if len(c.events) == 0 {
			return nil
		}
		return bus.Publish(ctx, tx, c.events...)
	})
	if err != nil {
		return err
	}
	made := c.repeats
	if c.forbids {
		made = s.now() // committed by now
	}
	if c.changed {
		s.refreshOwn(ctx)
	}
	lookup.Felt(ctx, s.now, made, s.cfg.FeltAfter)
	return nil
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
	jackpots, err := c.GameJackpots(c.ctx, g.GameID)
	if err != nil {
		return nil, err
	}
	return gameProto(g, builds, jackpots, studio)
}

// saved tells about a game that was written, and what it was before.
func (c *change) saved(before, g db.Game) (*catalogv1.Game, error) {
	game, err := c.game(g)
	if err != nil {
		return nil, err
	}
	c.changed, c.forbids = true, c.forbids || forbids(before, g)
	c.events = append(c.events, changedEvent(game, c.now))
	return game, nil
}

// open tells whether a game may be played anywhere, as far as the catalogue decides it.
func open(g db.Game) bool { return g.Published && g.Offered }

// forbids tells whether a game that was before may be forbidden to somebody now who could play it: hidden, withdrawn, blocked in a country, or moved to a category or
// studio that a kill switch stops.
func forbids(before, now db.Game) bool {
	in := func(g db.Game) []string { return union(g.BlockedCountries, g.ExcludedCountries) }
	return open(before) && (!open(now) || cmp.Or(before.CategoryOverride, before.Category) != cmp.Or(now.CategoryOverride, now.Category) ||
		before.ProviderID != now.ProviderID || len(union(in(before), in(now))) > len(in(before)))
}
