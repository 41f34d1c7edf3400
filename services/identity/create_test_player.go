package identity

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/country"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/language"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// CreateTestPlayer opens an internal player for certification. It has neither address nor password nor anything else to log in with, which a constraint of
// the table keeps so, and its id and events say that it is one. Errors: IDEMPOTENCY_CONFLICT, FIELD_INVALID.
func (s *Server) CreateTestPlayer(ctx context.Context, req *identityv1.CreateTestPlayerRequest) (*identityv1.CreateTestPlayerResponse, error) {
	if _, known := money.Exponent(req.GetCurrency()); !known {
		return nil, errFieldInvalid("currency")
	}
	if !country.Known(req.GetCountry()) {
		return nil, errFieldInvalid("country")
	}
	player := db.InsertTestPlayerParams{PlayerID: ids.NewTestPlayer(), Country: req.GetCountry(), Language: orElse(req.GetLanguage(), "en"), Now: s.clock()}
	if !language.Known(player.Language) {
		return nil, errFieldInvalid("language")
	}
	detail := db.InsertTestPlayerDetailParams{
		PlayerID: player.PlayerID, Currency: req.GetCurrency(), DisplayName: orElse(req.GetDisplayName(), "Test player"),
		CreatedBy: authn.From(ctx).ID, RequestID: req.GetRequestId(), Now: player.Now,
	}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		if err := q.InsertTestPlayer(ctx, player); err != nil {
			return err
		}
		if err := q.InsertTestPlayerDetail(ctx, detail); err != nil {
			return err
		}
		p, err := q.GetPlayer(ctx, player.PlayerID)
		if err != nil {
			return err
		}
		return s.publishRegistered(ctx, tx, p, "test")
	})
	replayed := pg.IsUnique(err, "test_player_request_key")
	if err != nil && !replayed {
		return nil, err
	}
	row, err := s.q.FindTestPlayer(ctx, db.FindTestPlayerParams{CreatedBy: detail.CreatedBy, RequestID: detail.RequestID})
	if err != nil {
		return nil, err
	}
	if row.Player.Country != player.Country || row.Player.Language != player.Language || row.TestPlayer.Currency != detail.Currency ||
		row.TestPlayer.DisplayName != detail.DisplayName {
		return nil, errIdempotencyConflict(detail.RequestID)
	}
	return &identityv1.CreateTestPlayerResponse{
		PlayerId: row.Player.PlayerID, Player: testPlayer(row.Player, row.TestPlayer), Replayed: replayed,
	}, nil
}

// lockTestPlayer reads a test player and keeps others from changing it until the transaction ends. Errors: PLAYER_NOT_FOUND, NOT_A_TEST_PLAYER.
func lockTestPlayer(ctx context.Context, q *db.Queries, id string) (db.Player, db.TestPlayer, error) {
	p, err := q.LockPlayer(ctx, id)
	if err != nil {
		return p, db.TestPlayer{}, notFound(err, errPlayerNotFound(id))
	}
	if !p.Test {
		return p, db.TestPlayer{}, errNotATestPlayer(id)
	}
	t, err := q.GetTestPlayer(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, t, errNotATestPlayer(id)
	}
	return p, t, err
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
