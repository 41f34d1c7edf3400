package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestConfirmInvitation(t *testing.T) {
	w := newWorld(t)
	id, email, invitation := w.invited()
	confirm := func(code string) (*identityv1.ConfirmInvitationResponse, error) {
		return w.anon().ConfirmInvitation(w.ctx(), &identityv1.ConfirmInvitationRequest{Invitation: invitation, TotpCode: code})
	}
	_, err := confirm("123456")
	requireReason(t, "INVITATION_INVALID", err) // not accepted yet
	a, err := w.anon().AcceptInvitation(w.ctx(), &identityv1.AcceptInvitationRequest{Invitation: invitation, Password: goodPassword})
	require.NoError(t, err)
	code := w.code(a.GetSecret())
	res, err := confirm(code)
	require.NoError(t, err)
	require.Equal(t, "ACTIVE", res.GetOperator().GetStatus())
	require.Equal(t, id, res.GetOperator().GetOperatorId())
	c := claims(t, res.GetTokens().GetAccessToken())
	require.Equal(t, "operator", c["kind"])
	require.Equal(t, "aal2", c["acr"])
	_, err = confirm(code)
	requireReason(t, "INVITATION_INVALID", err) // replayed
	_, err = w.anon().LoginOperator(w.ctx(), &identityv1.LoginOperatorRequest{Email: email, Password: goodPassword, TotpCode: code})
	requireReason(t, "CREDENTIALS_INVALID", err) // the code is spent
	_, err = confirm("12345")
	requireReason(t, "VALIDATION", err)
}

func TestConfirmInvitationGuesses(t *testing.T) {
	w := newWorld(t)
	_, _, invitation := w.invited()
	a, err := w.anon().AcceptInvitation(w.ctx(), &identityv1.AcceptInvitationRequest{Invitation: invitation, Password: goodPassword})
	require.NoError(t, err)
	for range codeGuesses {
		_, err = w.anon().ConfirmInvitation(w.ctx(), &identityv1.ConfirmInvitationRequest{Invitation: invitation, TotpCode: w.wrongCode(a.GetSecret())})
		requireReason(t, "CODE_INVALID", err)
	}
	_, err = w.anon().ConfirmInvitation(w.ctx(), &identityv1.ConfirmInvitationRequest{Invitation: invitation, TotpCode: w.code(a.GetSecret())})
	requireReason(t, "INVITATION_INVALID", err)
}
