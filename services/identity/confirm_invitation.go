package identity

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// ConfirmInvitation makes an invited staff member active and consumes the invitation. A few wrong codes kill the invitation.
func (s *Server) ConfirmInvitation(ctx context.Context, req *identityv1.ConfirmInvitationRequest) (*identityv1.ConfirmInvitationResponse, error) {
	if err := s.count(ctx, counters{s.addressCounter(ctx)}); err != nil {
		return nil, err
	}
	var res *identityv1.ConfirmInvitationResponse
	var refusal error
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		var err error
		res, refusal, err = s.confirmInvitation(ctx, tx, req)
		return err
	})
	if err := errors.Join(err, refusal); err != nil {
		return nil, err
	}
	return res, nil
}

// confirmInvitation answers a refusal apart from an error, because the counted guess must be committed.
func (s *Server) confirmInvitation(ctx context.Context, tx pgx.Tx, req *identityv1.ConfirmInvitationRequest) (
	res *identityv1.ConfirmInvitationResponse, refusal, err error,
) {
	q := s.q.WithTx(tx)
	o, err := s.lockInvited(ctx, q, hashToken(req.GetInvitation()))
	if err != nil {
		return nil, nil, err
	}
	if o.PasswordHash == nil {
		return nil, errInvitationInvalid(), nil // not accepted yet
	}
	err = s.activateTotp(ctx, q, o.OperatorID, req.GetTotpCode())
	if errs.Is(err, identityv1.ErrorReason_ERROR_REASON_CODE_INVALID) {
		return nil, err, q.CountInvitationAttempt(ctx, o.OperatorID)
	}
	if err != nil {
		return nil, nil, err
	}
	if err := q.DeleteInvitation(ctx, o.OperatorID); err != nil {
		return nil, nil, err
	}
	if o, err = q.SetOperatorStatus(ctx, db.SetOperatorStatusParams{OperatorID: o.OperatorID, Status: operatorActive, Now: s.clock()}); err != nil {
		return nil, nil, err
	}
	res = &identityv1.ConfirmInvitationResponse{}
	res.Tokens, res.Operator, err = s.operatorSession(ctx, tx, o)
	return res, nil, err
}
