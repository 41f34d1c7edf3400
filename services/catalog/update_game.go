package catalog

import (
	"context"
	"slices"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// UpdateGame sets what the operator says about a game, as a whole. Repeating it changes nothing. Errors: GAME_NOT_FOUND, STALE_REVISION,
// COUNTRY_UNKNOWN, LANGUAGE_UNKNOWN.
func (s *Server) UpdateGame(ctx context.Context, req *catalogv1.UpdateGameRequest) (*catalogv1.UpdateGameResponse, error) {
	if err := languagesKnown(req.GetTranslations()); err != nil {
		return nil, err
	}
	if err := countriesKnown(req.GetExcludedCountries()); err != nil {
		return nil, err
	}
	translations, err := translationsJSON(req.GetTranslations())
	if err != nil {
		return nil, err
	}
	want := db.DescribeGameParams{
		GameID: req.GetGameId(), CategoryOverride: req.GetCategory(), Volatility: int16(req.GetVolatility()), Tags: union(req.GetTags(), nil),
		Translations: translations, ExcludedCountries: union(req.GetExcludedCountries(), nil),
	}
	var game *catalogv1.Game
	err = s.write(ctx, func(c *change) error {
		g, err := c.lockGame(req.GetGameId())
		if err != nil {
			return err
		}
		if v := req.GetExpectedVersion(); v != 0 && v != g.Version {
			return errStaleRevision(v, g.Version)
		}
		if described(g, want) {
			if open(g) {
				c.repeats = g.UpdatedAt
			}
			game, err = c.game(g)
			return err
		}
		before := g
		want.Now = c.now
		if g, err = c.DescribeGame(ctx, want); err != nil {
			return err
		}
		game, err = c.saved(before, g)
		return err
	})
	return &catalogv1.UpdateGameResponse{Game: game}, err
}

// described tells whether a game is so already.
func described(g db.Game, want db.DescribeGameParams) bool {
	return g.CategoryOverride == want.CategoryOverride && g.Volatility == want.Volatility && slices.Equal(g.Tags, want.Tags) &&
		slices.Equal(g.ExcludedCountries, want.ExcludedCountries) && sameJSON(g.Translations, want.Translations)
}
