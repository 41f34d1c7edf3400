package identity

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestCreateOperator(t *testing.T) {
	w := newWorld(t)
	req := &identityv1.CreateOperatorRequest{
		Email: newEmail(), Name: "Ann Teller", Roles: []identityv1.Role{identityv1.Role_ROLE_SUPPORT, identityv1.Role_ROLE_FINANCE},
	}
	res, err := w.admin().CreateOperator(w.ctx(), req)
	require.NoError(t, err)
	o := res.GetOperator()
	require.Equal(t, "INVITED", o.GetStatus())
	require.Equal(t, "Ann Teller", o.GetName())
	require.ElementsMatch(t, req.GetRoles(), o.GetRoles())
	mail := w.mail.last(t, "operator_invitation", req.GetEmail())
	require.Equal(t, "Ann Teller", mail["name"])
	require.True(t, strings.HasSuffix(mail["accept_url"], "#"+mail["invitation"]))

	_, err = w.admin().CreateOperator(w.ctx(), req)
	requireReason(t, "OPERATOR_EXISTS", err) // replayed
	_, err = w.anon().LoginOperator(w.ctx(), &identityv1.LoginOperatorRequest{Email: req.GetEmail(), Password: goodPassword, TotpCode: "123456"})
	requireReason(t, "CREDENTIALS_INVALID", err)
	bad := &identityv1.CreateOperatorRequest{Email: "nobody", Name: "x", Roles: req.GetRoles()}
	_, err = w.admin().CreateOperator(w.ctx(), bad)
	requireReason(t, "FIELD_INVALID", err)
	_, err = w.admin().CreateOperator(w.ctx(), &identityv1.CreateOperatorRequest{Email: newEmail(), Name: "x"})
	requireReason(t, "VALIDATION", err)
	_, err = w.as(testkit.Operator("compliance")).CreateOperator(w.ctx(), req)
	requireReason(t, "PERMISSION_DENIED", err)
	_, err = w.as(testkit.Operator("admin").Stale()).CreateOperator(w.ctx(), req)
	requireReason(t, "STEP_UP_REQUIRED", err)
}
