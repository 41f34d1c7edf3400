package identity

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// LoginOperator checks both factors in one call, so that a wrong answer does not tell which of them was wrong.
func (s *Server) LoginOperator(ctx context.Context, req *identityv1.LoginOperatorRequest) (*identityv1.LoginOperatorResponse, error) {
	email, ok := normaliseEmail(req.GetEmail())
	if !ok {
		email = req.GetEmail()
	}
	index := s.vault.emailIndex(email)
	found, err := s.q.FindOperator(ctx, index)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, err
	}
	cs, err := s.accountCounters(ctx, kindOperator, index, found.OperatorID)
	if err != nil {
		return nil, err
	}
	if err := s.count(ctx, cs); err != nil {
		return nil, err
	}
	good, stale, err := s.hasher.verify(ctx, req.GetPassword(), found.PasswordHash)
	if err != nil {
		return nil, err
	}
	if !good || found.Status != operatorActive {
		return nil, errCredentialsInvalid()
	}
	if stale {
		hash, err := s.hasher.hash(ctx, req.GetPassword())
		if err != nil {
			return nil, err
		}
		if err := s.q.RehashOperatorPassword(ctx, db.RehashOperatorPasswordParams{
			OperatorID: found.OperatorID, OldHash: found.PasswordHash, NewHash: &hash,
		}); err != nil {
			return nil, err
		}
	}
	res := &identityv1.LoginOperatorResponse{}
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		o, err := q.LockOperator(ctx, found.OperatorID)
		if err != nil {
			return err
		}
		if o.Status != operatorActive || !sameTime(o.PasswordSetAt, found.PasswordSetAt) {
			return errCredentialsInvalid()
		}
		fresh, err := s.spendTotp(ctx, q, o.OperatorID, req.GetTotpCode())
		if err != nil {
			return err
		}
		if !fresh {
			return errCredentialsInvalid()
		}
		res.Tokens, res.Operator, err = s.operatorSession(ctx, tx, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.nudge()
	return res, s.forgive(ctx, cs)
}

// operatorSession begins a session of a staff member whose two factors were just checked.
func (s *Server) operatorSession(ctx context.Context, tx pgx.Tx, o db.Operator) (*identityv1.Tokens, *identityv1.Operator, error) {
	email, err := s.operatorEmail(o)
	if err != nil {
		return nil, nil, err
	}
	tokens, err := s.startSession(ctx, tx, login{
		subject: subject{kind: kindOperator, id: o.OperatorID, roles: o.Roles}, methods: []string{"password", "totp"},
		acr: acrTwoFactors, notify: email,
	})
	if err != nil {
		return nil, nil, err
	}
	staff, err := s.operator(o)
	return tokens, staff, err
}
