package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// DisableTotp removes the caller's second factor. The sessions go on as ones with a single factor. Repeating it changes nothing.
func (s *Server) DisableTotp(ctx context.Context, _ *identityv1.DisableTotpRequest) (*identityv1.DisableTotpResponse, error) {
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		p, err := s.callingPlayer(ctx, q)
		if err != nil {
			return err
		}
		enrolled, err := s.enrolledTotp(ctx, q, p.PlayerID)
		if err != nil || enrolled == "" {
			return err
		}
		if err := q.DeleteTotp(ctx, p.PlayerID); err != nil {
			return err
		}
		if err := q.DeleteRecoveryCodes(ctx, p.PlayerID); err != nil {
			return err
		}
		if err := q.DeletePlayerChallenges(ctx, p.PlayerID); err != nil {
			return err
		}
		if err := q.LowerSessions(ctx, p.PlayerID); err != nil {
			return err
		}
		email, err := s.emailOf(p)
		if err != nil || email == "" {
			return err
		}
		return s.oweMail(ctx, q, mailJob{Template: "totp_disabled", Address: email, Language: p.Language, SubjectID: p.PlayerID}, mailTTL)
	})
	if err != nil {
		return nil, err
	}
	s.nudge()
	return &identityv1.DisableTotpResponse{}, nil
}
