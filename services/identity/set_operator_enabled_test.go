package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestSetOperatorEnabled(t *testing.T) {
	w := newWorld(t)
	o, admin := w.staff(identityv1.Role_ROLE_SUPPORT), w.staff(identityv1.Role_ROLE_ADMIN)
	set := func(id string, enabled bool) (*identityv1.SetOperatorEnabledResponse, error) {
		return w.bearer(admin.tokens.GetAccessToken()).SetOperatorEnabled(w.ctx(), &identityv1.SetOperatorEnabledRequest{OperatorId: id, Enabled: new(enabled), Reason: "test"})
	}
	login := &identityv1.LoginOperatorRequest{Email: o.email, Password: goodPassword, TotpCode: w.code(o.secret)}
	for range 2 { // the second changes nothing
		res, err := set(o.id, false)
		require.NoError(t, err)
		require.Equal(t, "DISABLED", res.GetOperator().GetStatus())
	}
	require.Equal(t, "LOCKED", w.ended(o.tokens.GetSessionId()))
	_, err := w.refresh(o.tokens.GetRefreshToken())
	requireReason(t, "REFRESH_INVALID", err)
	_, err = w.anon().LoginOperator(w.ctx(), login)
	requireReason(t, "CREDENTIALS_INVALID", err)
	res, err := set(o.id, true)
	require.NoError(t, err)
	require.Equal(t, "ACTIVE", res.GetOperator().GetStatus())
	_, err = w.anon().LoginOperator(w.ctx(), login)
	require.NoError(t, err)

	_, err = set(admin.id, false)
	requireReason(t, "OWN_ROLES", err)
	_, err = w.admin().SetOperatorEnabled(w.ctx(), &identityv1.SetOperatorEnabledRequest{OperatorId: admin.id, Reason: "test", Enabled: new(false)})
	requireReason(t, "LAST_ADMIN", err)
	_, err = set("opr_x", false)
	requireReason(t, "OPERATOR_NOT_FOUND", err)
	_, err = w.admin().SetOperatorEnabled(w.ctx(), &identityv1.SetOperatorEnabledRequest{OperatorId: o.id, Enabled: new(false)})
	requireReason(t, "VALIDATION", err)
	_, err = w.admin().SetOperatorEnabled(w.ctx(), &identityv1.SetOperatorEnabledRequest{OperatorId: o.id, Reason: "test"})
	requireReason(t, "VALIDATION", err)
	_, err = w.as(testkit.Operator("compliance")).SetOperatorEnabled(w.ctx(), &identityv1.SetOperatorEnabledRequest{OperatorId: o.id, Reason: "test", Enabled: new(false)})
	requireReason(t, "PERMISSION_DENIED", err)
}

func TestSetOperatorEnabledWhileInvited(t *testing.T) {
	w := newWorld(t)
	id, email, old := w.invited()
	for _, enabled := range []bool{false, true} {
		_, err := w.admin().SetOperatorEnabled(w.ctx(), &identityv1.SetOperatorEnabledRequest{OperatorId: id, Enabled: new(enabled), Reason: "test"})
		require.NoError(t, err)
		_, err = w.anon().AcceptInvitation(w.ctx(), &identityv1.AcceptInvitationRequest{Invitation: old, Password: goodPassword})
		requireReason(t, "INVITATION_INVALID", err)
	}
	fresh := w.mail.nth(t, "operator_invitation", email, 2)["invitation"]
	_, err := w.anon().AcceptInvitation(w.ctx(), &identityv1.AcceptInvitationRequest{Invitation: fresh, Password: goodPassword})
	require.NoError(t, err)
}
