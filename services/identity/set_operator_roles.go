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

// SetOperatorRoles replaces roles; sessions that carry the old ones end. Setting the same roles again changes nothing.
func (s *Server) SetOperatorRoles(ctx context.Context, req *identityv1.SetOperatorRolesRequest) (*identityv1.SetOperatorRolesResponse, error) {
	if authn.From(ctx).ID == req.GetOperatorId() {
		return nil, errOwnRoles()
	}
	roles := rowRoles(req.GetRoles())
	res := &identityv1.SetOperatorRolesResponse{}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		o, err := s.lockStaff(ctx, q, req.GetOperatorId(), func(o db.Operator) bool {
			return slices.Contains(o.Roles, roleAdmin) && !slices.Contains(roles, roleAdmin)
		})
		if err != nil {
			return err
		}
		if !slices.Equal(o.Roles, roles) {
			if o, err = q.SetOperatorRoles(ctx, db.SetOperatorRolesParams{OperatorID: o.OperatorID, Roles: roles, Now: s.clock()}); err != nil {
				return err
			}
			if _, err := s.endAllSessions(ctx, tx, subject{kind: kindOperator, id: o.OperatorID}, "", endRolesChanged); err != nil {
				return err
			}
		}
		res.Operator, err = s.operator(o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}

// lockStaff locks a staff member for a change. When losesAdmin says that the change takes an administrator away, another enabled one
// must remain; all of them are locked first, so that two changes at once cannot take the last two. Errors: OPERATOR_NOT_FOUND,
// LAST_ADMIN.
func (s *Server) lockStaff(ctx context.Context, q *db.Queries, id string, losesAdmin func(db.Operator) bool) (db.Operator, error) {
	admins, err := q.LockActiveAdmins(ctx)
	if err != nil {
		return db.Operator{}, err
	}
	o, err := q.LockOperator(ctx, id)
	if err != nil {
		return o, notFound(err, errOperatorNotFound(id))
	}
	if o.Status == operatorActive && losesAdmin(o) && len(slices.DeleteFunc(admins, func(a string) bool { return a == id })) == 0 {
		return o, errLastAdmin()
	}
	return o, nil
}
