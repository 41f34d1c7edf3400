package catalog

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// UpdateProvider changes name and translations of a studio. Idempotent. Errors: PROVIDER_NOT_FOUND, LANGUAGE_UNKNOWN.
func (s *Server) UpdateProvider(ctx context.Context, req *catalogv1.UpdateProviderRequest) (*catalogv1.UpdateProviderResponse, error) {
	if err := languagesKnown(req.GetTranslations()); err != nil {
		return nil, err
	}
	translations, err := translationsJSON(req.GetTranslations())
	if err != nil {
		return nil, err
	}
	var row db.Provider
	err = s.write(ctx, func(c *change) error {
		var err error
		row, err = c.UpdateProvider(ctx, db.UpdateProviderParams{Name: req.GetName(), Translations: translations, Now: c.now, ProviderID: req.GetProviderId()})
		if errors.Is(err, pgx.ErrNoRows) {
			return errProviderNotFound(req.GetProviderId())
		}
		c.changed = err == nil
		return err
	})
	if err != nil {
		return nil, err
	}
	games := s.gamesSeen(ctx, func(e *entry) bool { return e.providerID == row.ProviderID })
	out := view{}.provider(provider{row: row, texts: req.GetTranslations()}, games, true)
	return &catalogv1.UpdateProviderResponse{Provider: out}, nil
}
