package catalog

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// PutCertificate adds a certificate or changes the one of the same game, jurisdiction, build and number. Idempotent.
// One that is valid for a shorter time than before is answered when nobody plays by it any more.
// Errors: GAME_NOT_FOUND, JURISDICTION_NOT_FOUND, CERTIFICATE_INVALID.
func (s *Server) PutCertificate(ctx context.Context, req *catalogv1.PutCertificateRequest) (*catalogv1.PutCertificateResponse, error) {
	want := db.Certificate{
		GameID: req.GetGameId(), Jurisdiction: req.GetJurisdiction(), Build: req.GetBuild(), Number: req.GetNumber(), Laboratory: req.GetLaboratory(),
		ValidFrom: req.GetValidFrom().AsTime().Truncate(time.Microsecond),
	}
	if req.ValidTo != nil {
		to := req.GetValidTo().AsTime().Truncate(time.Microsecond)
		want.ValidTo = &to
		if !to.After(want.ValidFrom) {
			return nil, errCertificateInvalid()
		}
	}
	var row db.Certificate
	err := s.write(ctx, func(c *change) error {
		if _, err := c.lockGame(want.GameID); err != nil {
			return err
		}
		all, err := c.ListJurisdictions(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(j db.Jurisdiction) bool { return j.Jurisdiction == want.Jurisdiction }) {
			return errJurisdictionNotFound(want.Jurisdiction)
		}
		row, err = c.putCertificate(want)
		return err
	})
	return &catalogv1.PutCertificateResponse{Certificate: certificateProto(row)}, err
}

// putCertificate stores a certificate under its game's lock. A revoked one stays revoked: a new paper has a new number.
func (c *change) putCertificate(want db.Certificate) (db.Certificate, error) {
	has, err := c.FindCertificate(c.ctx, db.FindCertificateParams{GameID: want.GameID, Jurisdiction: want.Jurisdiction, Build: want.Build, Number: want.Number})
	if errors.Is(err, pgx.ErrNoRows) {
		c.changed = true
		return c.InsertCertificate(c.ctx, db.InsertCertificateParams{
			CertificateID: ids.New("crt"), GameID: want.GameID, Jurisdiction: want.Jurisdiction, Build: want.Build, Number: want.Number,
			Laboratory: want.Laboratory, ValidFrom: want.ValidFrom, ValidTo: want.ValidTo,
		})
	}
	switch {
	case err != nil:
		return has, err
	case has.RevokedAt != nil:
		return has, errCertificateInvalid()
	case has.Laboratory == want.Laboratory && has.ValidFrom.Equal(want.ValidFrom) && sameTime(has.ValidTo, want.ValidTo):
		return has, nil
	}
	c.changed = true
	c.forbids = has.ValidFrom.Before(want.ValidFrom) || want.ValidTo != nil && (has.ValidTo == nil || want.ValidTo.Before(*has.ValidTo))
	return c.UpdateCertificate(c.ctx, db.UpdateCertificateParams{
		CertificateID: has.CertificateID, Laboratory: want.Laboratory, ValidFrom: want.ValidFrom, ValidTo: want.ValidTo, RevokedAt: has.RevokedAt,
	})
}

func sameTime(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}
