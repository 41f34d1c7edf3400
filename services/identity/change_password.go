package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// account is what changing a password needs of a player or a staff member.
type account struct {
	subject  subject
	email    string
	language string
	hash     *string
	minLen   int
}

// ChangePassword replaces the caller's password, ends the other sessions and half-done logins, and tells the owner by mail.
func (s *Server) ChangePassword(ctx context.Context, req *identityv1.ChangePasswordRequest) (*identityv1.ChangePasswordResponse, error) {
	sub := callingSubject(ctx)
	cs := counters{s.addressCounter(ctx), s.failures("change_password", sub.id, s.cfg.PairAttempts)}
	if err := s.count(ctx, cs); err != nil {
		return nil, err
	}
	before, err := s.account(ctx, s.q, sub)
	if err != nil {
		return nil, err
	}
	if err := s.mayChangePassword(ctx, before, req.GetCurrentPassword()); err != nil {
		return nil, err
	}
	if rule := checkPassword(req.GetNewPassword(), before.email, before.minLen); rule != "" {
		return nil, errPasswordWeak(rule)
	}
	hash, err := s.hasher.hash(ctx, req.GetNewPassword())
	if err != nil {
		return nil, err
	}
	res := &identityv1.ChangePasswordResponse{}
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		_, ok, err := s.lockSubject(ctx, q, sub.kind, sub.id)
		if err != nil {
			return err
		}
		now, err := s.account(ctx, q, sub)
		if err != nil {
			return err
		}
		if !ok || !sameHash(now.hash, before.hash) {
			return errCredentialsInvalid() // changed or locked while the hashes were computed
		}
		ended, err := s.setPassword(ctx, tx, before, hash, authn.From(ctx).SessionID)
		res.SessionsEnded = int32(ended)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.nudge()
	return res, s.forgive(ctx, cs)
}

// mayChangePassword asks for the current password, or for a fresh second factor where there is no password.
func (s *Server) mayChangePassword(ctx context.Context, a account, current string) error {
	if a.hash == nil {
		if !s.freshSecondFactor(ctx) {
			return errStepUpRequired()
		}
		return nil
	}
	good, _, err := s.hasher.verify(ctx, current, a.hash)
	if err != nil {
		return err
	}
	if !good {
		return errCredentialsInvalid()
	}
	return nil
}

// setPassword stores the hash and ends what the old password began, but for the session keep, and forgets a mailed link for another one. The caller has
// locked the subject's row.
func (s *Server) setPassword(ctx context.Context, tx pgx.Tx, a account, hash, keep string) (ended int, err error) {
	q := s.q.WithTx(tx)
	if a.subject.kind == kindOperator {
		err = q.SetOperatorPassword(ctx, db.SetOperatorPasswordParams{OperatorID: a.subject.id, PasswordHash: &hash, Now: s.clock()})
	} else {
		err = q.SetPlayerPassword(ctx, db.SetPlayerPasswordParams{PlayerID: a.subject.id, PasswordHash: &hash, Now: s.clock()})
	}
	if err != nil {
		return 0, err
	}
	if err := q.DeletePlayerChallenges(ctx, a.subject.id); err != nil {
		return 0, err
	}
	if err := q.DeletePasswordReset(ctx, a.subject.id); err != nil {
		return 0, err
	}
	sessions, err := s.endAllSessions(ctx, tx, a.subject, keep, endPasswordChanged)
	if err != nil || a.email == "" {
		return len(sessions), err
	}
	return len(sessions), s.oweMail(ctx, q, mailJob{
		Template: "password_changed", Address: a.email, Language: a.language, SubjectID: a.subject.id,
	}, mailTTL)
}

// account reads the caller with a live session; an operator's certificate has no password to change.
func (s *Server) account(ctx context.Context, q *db.Queries, sub subject) (account, error) {
	if _, err := s.liveSession(ctx, q); err != nil {
		return account{}, err
	}
	if sub.kind == kindOperator {
		o, err := q.GetOperator(ctx, sub.id)
		if err != nil {
			return account{}, notFound(err, errSessionOver())
		}
		email, err := s.operatorEmail(o)
		return account{subject: sub, email: email, hash: o.PasswordHash, minLen: minStaffPassword}, err
	}
	p, err := q.GetPlayer(ctx, sub.id)
	if err != nil {
		return account{}, notFound(err, errSessionOver())
	}
	email, err := s.emailOf(p)
	return account{subject: sub, email: email, language: p.Language, hash: p.PasswordHash, minLen: minPlayerPassword}, err
}

func sameHash(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
