package identity

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// ConfirmTotp makes the pending secret count once a code of it was shown. The code is spent by that. The caller's session is raised to
// two factors and gets a new access token; its refresh token stays.
func (s *Server) ConfirmTotp(ctx context.Context, req *identityv1.ConfirmTotpRequest) (*identityv1.ConfirmTotpResponse, error) {
	cs := s.codeCounters(ctx, "factor", authn.From(ctx).ID)
	if err := s.count(ctx, cs); err != nil {
		return nil, err
	}
	res := &identityv1.ConfirmTotpResponse{}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		p, err := s.callingPlayer(ctx, q)
		if err != nil {
			return err
		}
		if err := s.activateTotp(ctx, q, p.PlayerID, req.GetCode()); err != nil {
			return err
		}
		if res.RecoveryCodes, err = s.replaceRecoveryCodes(ctx, q, p.PlayerID); err != nil {
			return err
		}
		res.Tokens, err = s.raise(ctx, q, subject{kind: kindPlayer, id: p.PlayerID}, "totp")
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, s.forgive(ctx, cs)
}

// activateTotp checks a code against the pending secret and makes it count. Errors: TOTP_NOT_ENROLLED, CODE_INVALID.
func (s *Server) activateTotp(ctx context.Context, q *db.Queries, subjectID, code string) error {
	row, err := q.GetTotp(ctx, subjectID)
	if errors.Is(err, pgx.ErrNoRows) {
		return errTotpNotEnrolled()
	}
	if err != nil {
		return err
	}
	pending, err := s.vault.open("totp.secret", subjectID, row.PendingSealed)
	if err != nil {
		return err
	}
	if pending == "" {
		return errTotpNotEnrolled()
	}
	now := s.clock()
	step := matchTotp(pending, code, now)
	if step == 0 {
		return errCodeInvalid()
	}
	return q.ActivateTotp(ctx, db.ActivateTotpParams{SubjectID: subjectID, Step: step, Now: now})
}

// raise notes on the caller's session that the second factor was just checked and answers an access token that says so.
func (s *Server) raise(ctx context.Context, q *db.Queries, sub subject, method string) (*identityv1.Tokens, error) {
	row, err := q.RaiseSession(ctx, db.RaiseSessionParams{SessionID: authn.From(ctx).SessionID, Method: method, Now: s.clock()})
	if err != nil {
		return nil, err
	}
	return s.issue(ctx, q, sub, row)
}
