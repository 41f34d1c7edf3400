package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// EnrolTotp keeps a new secret beside the one that counts, if any. Asking again replaces the pending one.
func (s *Server) EnrolTotp(ctx context.Context, _ *identityv1.EnrolTotpRequest) (*identityv1.EnrolTotpResponse, error) {
	var res *identityv1.EnrolTotpResponse
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		p, err := s.callingPlayer(ctx, q)
		if err != nil {
			return err
		}
		protected, err := s.hasSecondFactor(ctx, q, p.PlayerID)
		if err != nil {
			return err
		}
		if protected && !s.freshSecondFactor(ctx) {
			return errStepUpRequired()
		}
		account, err := s.emailOf(p)
		if err != nil {
			return err
		}
		if account == "" {
			account = p.PlayerID
		}
		secret := newTotpSecret()
		res = &identityv1.EnrolTotpResponse{Secret: secret, OtpauthUri: otpauthURI(account, secret)}
		return q.PutPendingTotp(ctx, db.PutPendingTotpParams{
			SubjectID: p.PlayerID, PendingSealed: s.vault.seal("totp.secret", p.PlayerID, secret), Now: s.clock(),
		})
	})
	return res, err
}

// callingPlayer answers the calling player, locked, after making sure that the session still lives.
func (s *Server) callingPlayer(ctx context.Context, q *db.Queries) (db.Player, error) {
	p, err := q.LockPlayer(ctx, authn.From(ctx).ID)
	if err != nil {
		return p, notFound(err, errSessionOver())
	}
	if _, err := s.liveSession(ctx, q); err != nil {
		return p, err
	}
	if p.Status != playerActive {
		return p, errSessionOver()
	}
	return p, nil
}

// freshSecondFactor tells whether the caller's token says that two factors were checked just now.
func (s *Server) freshSecondFactor(ctx context.Context) bool {
	c := authn.From(ctx)
	return c.ACR == acrTwoFactors && s.clock().Sub(c.AuthTime) <= stepUpAge
}
