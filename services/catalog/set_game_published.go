package catalog

import (
	"context"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// SetGamePublished shows or hides a game, and decides by that what waits for review. Setting what is set already changes nothing and tells nobody.
// Hiding one is answered when nobody can play it any more.
// Errors: GAME_NOT_FOUND.
func (s *Server) SetGamePublished(ctx context.Context, req *catalogv1.SetGamePublishedRequest) (*catalogv1.SetGamePublishedResponse, error) {
	var game *catalogv1.Game
	err := s.write(ctx, func(c *change) error {
		g, err := c.lockGame(req.GetGameId())
		if err != nil {
			return err
		}
		if g.Published == req.GetPublished() {
			if !g.Published {
				c.repeats = g.UpdatedAt
			}
			game, err = c.game(g)
			return err
		}
		status := catalogv1.GameChangeStatus_GAME_CHANGE_STATUS_SUPERSEDED
		if req.GetPublished() {
			status = catalogv1.GameChangeStatus_GAME_CHANGE_STATUS_APPROVED
		}
		if err := c.EndPending(ctx, db.EndPendingParams{Status: int16(status), Now: c.now, DecidedBy: authn.From(ctx).ID, GameID: g.GameID}); err != nil {
			return err
		}
		before := g
		g.Published = req.GetPublished()
		if g, err = c.SaveGame(ctx, save(g, c.now)); err != nil {
			return err
		}
		game, err = c.saved(before, g)
		return err
	})
	return &catalogv1.SetGamePublishedResponse{Game: game}, err
}
