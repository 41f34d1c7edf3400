package catalog

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

// RevokeCertificate ends a certificate, and is answered when nobody plays by it any more. Idempotent. Errors: CERTIFICATE_NOT_FOUND.
func (s *Server) RevokeCertificate(ctx context.Context, req *catalogv1.RevokeCertificateRequest) (*catalogv1.RevokeCertificateResponse, error) {
	var row db.Certificate
	err := s.write(ctx, func(c *change) error {
		has, err := c.LockCertificate(ctx, req.GetCertificateId())
		if errors.Is(err, pgx.ErrNoRows) {
			return errCertificateNotFound(req.GetCertificateId())
		}
		if err != nil {
			return err
		}
		if row = has; has.RevokedAt != nil {
			c.repeats = *has.RevokedAt
			return nil
		}
		c.changed, c.forbids = true, true
		row, err = c.UpdateCertificate(ctx, db.UpdateCertificateParams{
			CertificateID: has.CertificateID, Laboratory: has.Laboratory, ValidFrom: has.ValidFrom, ValidTo: has.ValidTo, RevokedAt: &c.now,
		})
		return err
	})
	return &catalogv1.RevokeCertificateResponse{Certificate: certificateProto(row)}, err
}
