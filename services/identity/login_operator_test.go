package identity

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/status"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestLoginOperator(t *testing.T) {
	w := newWorld(t)
	o := w.staff(identityv1.Role_ROLE_RISK, identityv1.Role_ROLE_SUPPORT)
	code := w.code(o.secret)
	req := &identityv1.LoginOperatorRequest{Email: o.email, Password: goodPassword, TotpCode: code}
	res, err := w.anon().LoginOperator(w.ctx(), req)
	require.NoError(t, err)
	require.Equal(t, o.id, res.GetOperator().GetOperatorId())
	c := claims(t, res.GetTokens().GetAccessToken())
	require.Equal(t, []any{"risk", "support"}, c["roles"])
	require.Equal(t, "aal2", c["acr"])
	_, err = w.bearer(res.GetTokens().GetAccessToken()).GetPlayer(w.ctx(), &identityv1.GetPlayerRequest{PlayerId: "ply_x"})
	requireReason(t, "PLAYER_NOT_FOUND", err) // it may ask

	w.nextPeriod()
	fresh := w.code(o.secret)
	p := w.player()
	var answers []string
	for _, bad := range []*identityv1.LoginOperatorRequest{
		req, // replayed: the code is spent
		{Email: o.email, Password: "not the password", TotpCode: fresh},
		{Email: o.email, Password: goodPassword, TotpCode: w.wrongCode(o.secret)},
		{Email: newEmail(), Password: goodPassword, TotpCode: fresh},
		{Email: p.email, Password: goodPassword, TotpCode: fresh}, // a player is no staff
	} {
		_, err := w.anon().LoginOperator(w.ctx(), bad)
		requireReason(t, "CREDENTIALS_INVALID", err)
		answers = append(answers, status.Convert(err).Message())
	}
	for _, a := range answers {
		require.Equal(t, answers[0], a)
	}
	_, err = w.anon().Login(w.ctx(), &identityv1.LoginRequest{Email: o.email, Password: goodPassword})
	requireReason(t, "CREDENTIALS_INVALID", err) // staff is no player
	_, err = w.anon().LoginOperator(w.ctx(), &identityv1.LoginOperatorRequest{Email: o.email, Password: goodPassword})
	requireReason(t, "VALIDATION", err)
}

func TestLoginOperatorIsThrottled(t *testing.T) {
	w := newWorld(t)
	o := w.staff(identityv1.Role_ROLE_RISK)
	for range 5 {
		_, err := w.anon().LoginOperator(w.ctx(), &identityv1.LoginOperatorRequest{Email: o.email, Password: goodPassword, TotpCode: w.wrongCode(o.secret)})
		requireReason(t, "CREDENTIALS_INVALID", err)
	}
	_, err := w.anon().LoginOperator(w.ctx(), &identityv1.LoginOperatorRequest{Email: o.email, Password: goodPassword, TotpCode: w.code(o.secret)})
	requireReason(t, "THROTTLED", err)
}
