package identity

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestSetOperatorRoles(t *testing.T) {
	w := newWorld(t)
	o, admin := w.staff(identityv1.Role_ROLE_SUPPORT), w.staff(identityv1.Role_ROLE_ADMIN)
	req := &identityv1.SetOperatorRolesRequest{
		OperatorId: o.id, Roles: []identityv1.Role{identityv1.Role_ROLE_FINANCE, identityv1.Role_ROLE_RISK}, Reason: "moved",
	}
	for range 2 { // the second changes nothing
		res, err := w.bearer(admin.tokens.GetAccessToken()).SetOperatorRoles(w.ctx(), req)
		require.NoError(t, err)
		require.ElementsMatch(t, req.GetRoles(), res.GetOperator().GetRoles())
	}
	require.Equal(t, "ROLES_CHANGED", w.ended(o.tokens.GetSessionId()))
	_, err := w.refresh(o.tokens.GetRefreshToken())
	requireReason(t, "REFRESH_INVALID", err)
	res, err := w.anon().LoginOperator(w.ctx(), &identityv1.LoginOperatorRequest{Email: o.email, Password: goodPassword, TotpCode: w.code(o.secret)})
	require.NoError(t, err)
	require.Equal(t, []any{"finance", "risk"}, claims(t, res.GetTokens().GetAccessToken())["roles"])

	req.OperatorId = admin.id
	_, err = w.bearer(admin.tokens.GetAccessToken()).SetOperatorRoles(w.ctx(), req)
	requireReason(t, "OWN_ROLES", err)
	_, err = w.admin().SetOperatorRoles(w.ctx(), req)
	requireReason(t, "LAST_ADMIN", err)
	req.OperatorId = "opr_x"
	_, err = w.admin().SetOperatorRoles(w.ctx(), req)
	requireReason(t, "OPERATOR_NOT_FOUND", err)
	_, err = w.admin().SetOperatorRoles(w.ctx(), &identityv1.SetOperatorRolesRequest{OperatorId: o.id, Roles: []identityv1.Role{0}, Reason: "x"})
	requireReason(t, "VALIDATION", err)
	_, err = w.as(testkit.Operator("support")).SetOperatorRoles(w.ctx(), req)
	requireReason(t, "PERMISSION_DENIED", err)
}

// Two administrators who take each other's role away at the same time leave one.
func TestSetOperatorRolesKeepsOneAdmin(t *testing.T) {
	w := newWorld(t)
	a, b := w.staff(identityv1.Role_ROLE_ADMIN), w.staff(identityv1.Role_ROLE_ADMIN)
	var done atomic.Int64
	var wg sync.WaitGroup
	client := w.admin()
	for _, id := range []string{a.id, b.id} {
		wg.Go(func() {
			_, err := client.SetOperatorRoles(w.ctx(), &identityv1.SetOperatorRolesRequest{
				OperatorId: id, Roles: []identityv1.Role{identityv1.Role_ROLE_ANALYST}, Reason: "race",
			})
			if err == nil {
				done.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, done.Load())
}
