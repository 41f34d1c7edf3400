package identity

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// CompleteLogin checks the second factor of a login whose first one was right. A wrong code leaves the challenge for a few more
// guesses; a right one consumes challenge and code together.
func (s *Server) CompleteLogin(ctx context.Context, req *identityv1.CompleteLoginRequest) (*identityv1.CompleteLoginResponse, error) {
	if (req.GetTotpCode() == "") == (req.GetRecoveryCode() == "") {
		return nil, errFieldInvalid("totp_code")
	}
	hash := hashToken(req.GetChallenge())
	ch, err := s.q.GetChallenge(ctx, db.GetChallengeParams{TokenHash: hash, Now: s.clock(), MaxAttempts: codeGuesses})
	if errors.Is(err, pgx.ErrNoRows) {
		// An unknown challenge costs its network an attempt.
		if err := s.count(ctx, counters{s.addressCounter(ctx)}); err != nil {
			return nil, err
		}
		return nil, errChallengeInvalid()
	}
	if err != nil {
		return nil, err
	}
	cs := s.codeCounters(ctx, "factor", ch.PlayerID)
	if err := s.count(ctx, cs); err != nil {
		return nil, err
	}
	var res *identityv1.CompleteLoginResponse
	var refusal error
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		res, refusal, err = s.completeLogin(ctx, tx, ch, req)
		return err
	})
	if err := errors.Join(err, refusal); err != nil {
		return nil, err
	}
	s.nudge()
	return res, s.forgive(ctx, cs)
}

// completeLogin answers a refusal apart from an error, because what it counted must be committed.
func (s *Server) completeLogin(ctx context.Context, tx pgx.Tx, ch db.Challenge, req *identityv1.CompleteLoginRequest) (
	res *identityv1.CompleteLoginResponse, refusal, err error,
) {
	q := s.q.WithTx(tx)
	p, err := q.LockPlayer(ctx, ch.PlayerID)
	if err != nil {
		return nil, nil, err
	}
	if p.Status != playerActive {
		return nil, errChallengeInvalid(), nil
	}
	method, ok := "totp", false
	if req.GetTotpCode() != "" {
		ok, err = s.spendTotp(ctx, q, p.PlayerID, req.GetTotpCode())
	} else {
		method = "recovery_code"
		ok, err = s.spendRecoveryCode(ctx, q, p.PlayerID, req.GetRecoveryCode())
	}
	if err != nil {
		return nil, nil, err
	}
	if !ok {
		return nil, errCodeInvalid(), q.CountChallengeAttempt(ctx, ch.TokenHash)
	}
	taken, err := q.TakeChallenge(ctx, ch.TokenHash)
	if err != nil {
		return nil, nil, err
	}
	if taken == 0 {
		// Somebody used it while we waited for the player's row. An error, so that this call's code is not spent for nothing.
		return nil, nil, errChallengeInvalid()
	}
	l, err := s.playerLogin(p, append(ch.Methods, method), acrTwoFactors)
	if err != nil {
		return nil, nil, err
	}
	tokens, err := s.startSession(ctx, tx, l)
	return &identityv1.CompleteLoginResponse{Tokens: tokens}, nil, err
}

func (s *Server) spendRecoveryCode(ctx context.Context, q *db.Queries, subjectID, code string) (bool, error) {
	n, err := q.UseRecoveryCode(ctx, db.UseRecoveryCodeParams{
		SubjectID: subjectID, CodeHash: s.recoveryHash(subjectID, code), Now: s.clock(),
	})
	return n == 1, err
}
