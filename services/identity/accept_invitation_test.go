package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

// invited creates a staff member and answers the mailed invitation.
func (w *world) invited() (id, email, invitation string) {
	w.t.Helper()
	email = newEmail()
	res, err := w.admin().CreateOperator(w.ctx(), &identityv1.CreateOperatorRequest{
		Email: email, Name: "New Staff", Roles: []identityv1.Role{identityv1.Role_ROLE_SUPPORT},
	})
	require.NoError(w.t, err)
	return res.GetOperator().GetOperatorId(), email, w.mail.last(w.t, "operator_invitation", email)["invitation"]
}

func TestAcceptInvitation(t *testing.T) {
	w := newWorld(t)
	_, _, invitation := w.invited()
	accept := func(invitation, password string) (*identityv1.AcceptInvitationResponse, error) {
		return w.anon().AcceptInvitation(w.ctx(), &identityv1.AcceptInvitationRequest{Invitation: invitation, Password: password})
	}
	_, err := accept(invitation, "elevenchars")
	requireReason(t, "PASSWORD_WEAK", err)
	_, err = accept("unknown", goodPassword)
	requireReason(t, "INVITATION_INVALID", err)
	_, err = accept(invitation, "")
	requireReason(t, "VALIDATION", err)
	first, err := accept(invitation, "a first phrase I chose 1")
	require.NoError(t, err)
	second, err := accept(invitation, goodPassword) // may be repeated
	require.NoError(t, err)
	require.NotEqual(t, first.GetSecret(), second.GetSecret())
	_, err = w.anon().ConfirmInvitation(w.ctx(), &identityv1.ConfirmInvitationRequest{Invitation: invitation, TotpCode: w.code(first.GetSecret())})
	requireReason(t, "CODE_INVALID", err)
	_, err = w.anon().ConfirmInvitation(w.ctx(), &identityv1.ConfirmInvitationRequest{Invitation: invitation, TotpCode: w.code(second.GetSecret())})
	require.NoError(t, err)
	_, err = accept(invitation, goodPassword)
	requireReason(t, "INVITATION_INVALID", err) // confirmed

	_, _, late := w.invited()
	w.Clock.Advance(invitationTTL)
	_, err = accept(late, goodPassword)
	requireReason(t, "INVITATION_INVALID", err)
}
