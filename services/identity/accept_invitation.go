package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// AcceptInvitation sets an invited staff member's password and makes a TOTP secret; both count once ConfirmInvitation has seen a code.
// Repeating it replaces both.
func (s *Server) AcceptInvitation(ctx context.Context, req *identityv1.AcceptInvitationRequest) (*identityv1.AcceptInvitationResponse, error) {
	if err := s.count(ctx, counters{s.addressCounter(ctx)}); err != nil {
		return nil, err
	}
	hash := hashToken(req.GetInvitation())
	// Looked up first, so that strangers do not make us hash.
	email, err := s.invitedEmail(ctx, s.q, hash)
	if err != nil {
		return nil, err
	}
	if rule := checkPassword(req.GetPassword(), email, minStaffPassword); rule != "" {
		return nil, errPasswordWeak(rule)
	}
	password, err := s.hasher.hash(ctx, req.GetPassword())
	if err != nil {
		return nil, err
	}
	res := &identityv1.AcceptInvitationResponse{}
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		o, err := s.lockInvited(ctx, q, hash)
		if err != nil {
			return err
		}
		if err := q.SetOperatorPassword(ctx, db.SetOperatorPasswordParams{
			OperatorID: o.OperatorID, PasswordHash: &password, Now: s.clock(),
		}); err != nil {
			return err
		}
		res.Secret = newTotpSecret()
		res.OtpauthUri = otpauthURI(email, res.Secret)
		return q.PutPendingTotp(ctx, db.PutPendingTotpParams{
			SubjectID: o.OperatorID, PendingSealed: s.vault.seal("totp.secret", o.OperatorID, res.Secret), Now: s.clock(),
		})
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}

func (s *Server) invitedEmail(ctx context.Context, q *db.Queries, hash []byte) (string, error) {
	o, err := s.lockInvited(ctx, q, hash)
	if err != nil {
		return "", err
	}
	return s.operatorEmail(o)
}

// lockInvited answers the staff member of a live invitation. Error: INVITATION_INVALID.
func (s *Server) lockInvited(ctx context.Context, q *db.Queries, hash []byte) (db.Operator, error) {
	inv, err := q.LockInvitation(ctx, db.LockInvitationParams{TokenHash: hash, Now: s.clock(), MaxAttempts: codeGuesses})
	if err != nil {
		return db.Operator{}, notFound(err, errInvitationInvalid())
	}
	o, err := q.LockOperator(ctx, inv.OperatorID)
	if err != nil {
		return o, notFound(err, errInvitationInvalid())
	}
	if o.Status != operatorInvited {
		return o, errInvitationInvalid()
	}
	return o, nil
}
