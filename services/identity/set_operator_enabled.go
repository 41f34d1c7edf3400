package identity

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// SetOperatorEnabled disables or enables. Disabling ends all sessions and an open invitation. Enabling one who never finished the
// invitation makes a new one. Repeating it changes nothing.
func (s *Server) SetOperatorEnabled(ctx context.Context, req *identityv1.SetOperatorEnabledRequest) (*identityv1.SetOperatorEnabledResponse, error) {
	if authn.From(ctx).ID == req.GetOperatorId() {
		return nil, errOwnRoles()
	}
	res := &identityv1.SetOperatorEnabledResponse{}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		o, err := s.lockStaff(ctx, q, req.GetOperatorId(), func(o db.Operator) bool {
			return slices.Contains(o.Roles, roleAdmin) && !req.GetEnabled()
		})
		if err != nil {
			return err
		}
		if req.GetEnabled() {
			o, err = s.enableStaff(ctx, q, o)
		} else {
			o, err = s.disableStaff(ctx, tx, o)
		}
		if err != nil {
			return err
		}
		res.Operator, err = s.operator(o)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.nudge()
	return res, nil
}

func (s *Server) disableStaff(ctx context.Context, tx pgx.Tx, o db.Operator) (db.Operator, error) {
	q := s.q.WithTx(tx)
	if o.Status == operatorDisabled {
		return o, nil
	}
	o, err := q.SetOperatorStatus(ctx, db.SetOperatorStatusParams{OperatorID: o.OperatorID, Status: operatorDisabled, Now: s.clock()})
	if err != nil {
		return o, err
	}
	if err := q.DeleteInvitation(ctx, o.OperatorID); err != nil {
		return o, err
	}
	_, err = s.endAllSessions(ctx, tx, subject{kind: kindOperator, id: o.OperatorID}, "", endLocked)
	return o, err
}

func (s *Server) enableStaff(ctx context.Context, q *db.Queries, o db.Operator) (db.Operator, error) {
	if o.Status != operatorDisabled {
		return o, nil
	}
	enrolled, err := s.enrolledTotp(ctx, q, o.OperatorID)
	if err != nil {
		return o, err
	}
	if enrolled != "" {
		return q.SetOperatorStatus(ctx, db.SetOperatorStatusParams{OperatorID: o.OperatorID, Status: operatorActive, Now: s.clock()})
	}
	email, err := s.operatorEmail(o)
	if err != nil {
		return o, err
	}
	name, err := s.vault.open("operator.name", o.OperatorID, o.NameSealed)
	if err != nil {
		return o, err
	}
	if o, err = q.SetOperatorStatus(ctx, db.SetOperatorStatusParams{OperatorID: o.OperatorID, Status: operatorInvited, Now: s.clock()}); err != nil {
		return o, err
	}
	return o, s.invite(ctx, q, o.OperatorID, email, name)
}
