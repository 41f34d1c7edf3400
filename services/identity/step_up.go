package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// StepUp checks a TOTP code of the caller again. The code is spent like one of a login.
func (s *Server) StepUp(ctx context.Context, req *identityv1.StepUpRequest) (*identityv1.StepUpResponse, error) {
	cs := s.codeCounters(ctx, "factor", authn.From(ctx).ID)
	if err := s.count(ctx, cs); err != nil {
		return nil, err
	}
	res := &identityv1.StepUpResponse{}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		caller := callingSubject(ctx)
		sub, ok, err := s.lockSubject(ctx, q, caller.kind, caller.id)
		if err != nil {
			return err
		}
		if !ok {
			return errSessionOver()
		}
		if _, err := s.liveSession(ctx, q); err != nil {
			return err
		}
		secret, err := s.enrolledTotp(ctx, q, sub.id)
		if err != nil {
			return err
		}
		if secret == "" {
			return errTotpNotEnrolled()
		}
		fresh, err := s.spendTotp(ctx, q, sub.id, req.GetTotpCode())
		if err != nil {
			return err
		}
		if !fresh {
			return errCodeInvalid()
		}
		res.Tokens, err = s.raise(ctx, q, sub, "totp")
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, s.forgive(ctx, cs)
}
