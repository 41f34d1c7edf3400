package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/pg"
	"github.com/pitboss-gaming/pitboss/services/identity/internal/db"
)

// CreateOperator adds a staff member who can do nothing until the mailed invitation is accepted.
func (s *Server) CreateOperator(ctx context.Context, req *identityv1.CreateOperatorRequest) (*identityv1.CreateOperatorResponse, error) {
	email, ok := normaliseEmail(req.GetEmail())
	if !ok {
		return nil, errFieldInvalid("email")
	}
	res := &identityv1.CreateOperatorResponse{}
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		now, id := s.clock(), ids.New("opr")
		row := db.InsertOperatorParams{
			OperatorID: id, EmailIndex: s.vault.emailIndex(email), EmailSealed: s.vault.seal("operator.email", id, email),
			NameSealed: s.vault.seal("operator.name", id, req.GetName()), Roles: rowRoles(req.GetRoles()), Status: operatorInvited, Now: now,
		}
		if err := q.InsertOperator(ctx, row); err != nil {
			return err
		}
		o, err := q.GetOperator(ctx, id)
		if err != nil {
			return err
		}
		if res.Operator, err = s.operator(o); err != nil {
			return err
		}
		return s.invite(ctx, q, id, email, req.GetName())
	})
	if pg.IsUnique(err, "operator_email_key") {
		return nil, errOperatorExists()
	}
	if err != nil {
		return nil, err
	}
	s.nudge()
	return res, nil
}

// invite makes the invitation and owes the mail with it. The token stands in the address's fragment, which browsers send to no server.
func (s *Server) invite(ctx context.Context, q *db.Queries, operatorID, email, name string) error {
	token, hash := newToken()
	now := s.clock()
	if err := q.PutInvitation(ctx, db.PutInvitationParams{
		OperatorID: operatorID, TokenHash: hash, Now: now, ExpiresAt: now.Add(invitationTTL),
	}); err != nil {
		return err
	}
	return s.oweMail(ctx, q, mailJob{
		Template: "operator_invitation", Address: email, SubjectID: operatorID, Variables: map[string]string{
			"name": name, "invitation": token, "accept_url": s.publicURL + "/operator/accept-invitation#" + token,
		},
	}, invitationTTL)
}
