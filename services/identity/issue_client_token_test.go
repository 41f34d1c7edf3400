package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func (w *world) partner(scopes ...string) *identityv1.CreatePartnerClientResponse {
	w.t.Helper()
	res, err := w.admin().CreatePartnerClient(w.ctx(), &identityv1.CreatePartnerClientRequest{Name: "Partner", Scopes: scopes})
	require.NoError(w.t, err)
	return res
}

func (w *world) clientToken(c *identityv1.CreatePartnerClientResponse, scopes ...string) (*identityv1.IssueClientTokenResponse, error) {
	return w.anon().IssueClientToken(w.ctx(), &identityv1.IssueClientTokenRequest{
		ClientId: c.GetClient().GetClientId(), ClientSecret: c.GetClientSecret(), Scopes: scopes,
	})
}

func TestIssueClientToken(t *testing.T) {
	w := newWorld(t)
	c := w.partner("wallet", "bets")
	all, err := w.clientToken(c)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"wallet", "bets"}, all.GetScopes())
	require.EqualValues(t, 300, all.GetExpiresIn())
	got := claims(t, all.GetAccessToken())
	require.Equal(t, "partner", got["kind"])
	require.Equal(t, c.GetClient().GetClientId(), got["sub"])

	one, err := w.clientToken(c, "bets", "bets")
	require.NoError(t, err)
	require.Equal(t, []string{"bets"}, one.GetScopes())
	require.Equal(t, "bets", claims(t, one.GetAccessToken())["scope"])

	_, err = w.clientToken(c, "reports")
	requireReason(t, "SCOPE_INVALID", err)
	_, err = w.anon().IssueClientToken(w.ctx(), &identityv1.IssueClientTokenRequest{ClientId: c.GetClient().GetClientId(), ClientSecret: "wrong"})
	requireReason(t, "CLIENT_INVALID", err)
	_, err = w.anon().IssueClientToken(w.ctx(), &identityv1.IssueClientTokenRequest{ClientId: "pcl_unknown", ClientSecret: c.GetClientSecret()})
	requireReason(t, "CLIENT_INVALID", err)
	_, err = w.anon().IssueClientToken(w.ctx(), &identityv1.IssueClientTokenRequest{ClientId: "x"})
	requireReason(t, "VALIDATION", err)
}
