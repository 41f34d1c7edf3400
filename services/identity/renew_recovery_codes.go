package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// RenewRecoveryCodes replaces the caller's recovery codes. Error: TOTP_NOT_ENROLLED.
func (s *Server) RenewRecoveryCodes(ctx context.Context, _ *identityv1.RenewRecoveryCodesRequest) (*identityv1.RenewRecoveryCodesResponse, error) {
	res := &identityv1.RenewRecoveryCodesResponse{}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		p, err := s.callingPlayer(ctx, q)
		if err != nil {
			return err
		}
		enrolled, err := s.enrolledTotp(ctx, q, p.PlayerID)
		if err != nil {
			return err
		}
		if enrolled == "" {
			return errTotpNotEnrolled()
		}
		res.RecoveryCodes, err = s.replaceRecoveryCodes(ctx, q, p.PlayerID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}
