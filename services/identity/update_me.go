package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/country"
	"github.com/pitboss-gaming/pitboss/kit/language"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// UpdateMe changes preferences. A country once set stays, because limits and availability hang on it; setting the same again is no
// error. Nothing changed, nothing published. Error: FIELD_INVALID.
func (s *Server) UpdateMe(ctx context.Context, req *identityv1.UpdateMeRequest) (*identityv1.UpdateMeResponse, error) {
	if req.Language != nil && !language.Known(req.GetLanguage()) {
		return nil, errFieldInvalid("language")
	}
	if req.TimeZone != nil && !validTimeZone(req.GetTimeZone()) {
		return nil, errFieldInvalid("time_zone")
	}
	res := &identityv1.UpdateMeResponse{}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		p, err := s.callingPlayer(ctx, q)
		if err != nil {
			return err
		}
		next := db.UpdatePlayerPreferencesParams{PlayerID: p.PlayerID, Language: p.Language, TimeZone: p.TimeZone, Country: p.Country, Now: s.clock()}
		if req.Language != nil {
			next.Language = req.GetLanguage()
		}
		if req.TimeZone != nil {
			next.TimeZone = req.GetTimeZone()
		}
		if req.Country != nil && req.GetCountry() != p.Country {
			if p.Country != country.Unknown || !country.Known(req.GetCountry()) {
				return errFieldInvalid("country")
			}
			next.Country = req.GetCountry()
		}
		if next.Language != p.Language || next.TimeZone != p.TimeZone || next.Country != p.Country {
			if p, err = q.UpdatePlayerPreferences(ctx, next); err != nil {
				return err
			}
			if err := s.publishUpdated(ctx, tx, p); err != nil {
				return err
			}
		}
		res.Player, err = s.player(ctx, q, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}
