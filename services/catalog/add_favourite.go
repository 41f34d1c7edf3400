package catalog

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/authz"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// maxFavourites bounds what one player can make us keep.
const maxFavourites = 200

// AddFavourite keeps a game among the caller's favourites. Idempotent. Errors: GAME_NOT_FOUND, TOO_MANY_FAVOURITES.
func (s *Server) AddFavourite(ctx context.Context, req *catalogv1.AddFavouriteRequest) (*catalogv1.AddFavouriteResponse, error) {
	player := authz.Own(ctx)
	v, err := s.view(ctx, s.visitor(ctx, "", "", ""))
	if err != nil {
		return nil, err
	}
	if e := v.byID[req.GetGameId()]; e == nil || hidden(v.unavailable(e)) {
		return nil, errGameNotFound("game_id", req.GetGameId())
	}
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		if err := q.LockPlayer(ctx, pg.LockKey("favourites", player)); err != nil {
			return err
		}
		has, err := q.ListFavourites(ctx, player)
		if err != nil {
			return err
		}
		if len(has) >= maxFavourites && !slices.ContainsFunc(has, func(f db.Favourite) bool { return f.GameID == req.GetGameId() }) {
			return errTooManyFavourites(maxFavourites)
		}
		return q.AddFavourite(ctx, db.AddFavouriteParams{PlayerID: player, GameID: req.GetGameId(), Now: s.now()})
	})
	return &catalogv1.AddFavouriteResponse{}, err
}
