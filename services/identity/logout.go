package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// Logout ends the caller's session. A session that is over already is no error; an operator's certificate has none.
func (s *Server) Logout(ctx context.Context, _ *identityv1.LogoutRequest) (*identityv1.LogoutResponse, error) {
	sub := callingSubject(ctx)
	err := pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		if _, _, err := s.lockSubject(ctx, s.q.WithTx(tx), sub.kind, sub.id); err != nil {
			return err
		}
		_, err := s.endSessions(ctx, tx, sub, []string{authn.From(ctx).SessionID}, endLogout)
		return err
	})
	return &identityv1.LogoutResponse{}, err
}

// callingSubject is the person who calls, as the token says.
func callingSubject(ctx context.Context) subject {
	c := authn.From(ctx)
	kind := kindPlayer
	if c.Kind == authn.KindOperator {
		kind = kindOperator
	}
	return subject{kind: kind, id: c.ID, roles: c.Roles}
}
