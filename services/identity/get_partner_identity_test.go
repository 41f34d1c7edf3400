package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestGetPartnerIdentity(t *testing.T) {
	w := newWorld(t)
	c := w.partner("wallet", "bets")
	token, err := w.clientToken(c, "bets")
	require.NoError(t, err)
	res, err := w.bearer(token.GetAccessToken()).GetPartnerIdentity(w.ctx(), &identityv1.GetPartnerIdentityRequest{})
	require.NoError(t, err)
	require.Equal(t, c.GetClient().GetClientId(), res.GetClient().GetClientId())
	require.Equal(t, []string{"bets"}, res.GetScopes())
	for _, who := range []testkit.Caller{testkit.Player("ply_x"), testkit.Operator("admin"), testkit.Partner("pcl_x", "other")} {
		_, err = w.as(who).GetPartnerIdentity(w.ctx(), &identityv1.GetPartnerIdentityRequest{})
		requireReason(t, "PERMISSION_DENIED", err)
	}
	_, err = w.bearer(token.GetAccessToken()).GetMe(w.ctx(), &identityv1.GetMeRequest{})
	requireReason(t, "PERMISSION_DENIED", err) // a partner is nobody's player
}
