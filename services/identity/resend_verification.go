package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// ResendVerification gives the latest registration attempt of the address a new code; without one nothing happens and nothing is told.
func (s *Server) ResendVerification(ctx context.Context, req *identityv1.ResendVerificationRequest) (*identityv1.ResendVerificationResponse, error) {
	email, ok := normaliseEmail(req.GetEmail())
	if !ok {
		return nil, errFieldInvalid("email")
	}
	index := s.vault.emailIndex(email)
	if err := s.count(ctx, s.mailCounters(ctx, index)); err != nil {
		return nil, err
	}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		attempts, err := q.LockUnverifiedPlayers(ctx, index)
		if err != nil || len(attempts) == 0 {
			return err
		}
		return s.mailCode(ctx, q, attempts[0].PlayerID, email, attempts[0].Language)
	})
	if err != nil {
		return nil, err
	}
	s.nudge()
	return &identityv1.ResendVerificationResponse{CodeTtlS: int32(emailCodeTTL / time.Second)}, nil
}
