package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestSetPartnerClientEnabled(t *testing.T) {
	w := newWorld(t)
	c := w.partner("wallet")
	token, err := w.clientToken(c)
	require.NoError(t, err)
	set := func(enabled bool) {
		t.Helper()
		res, err := w.admin().SetPartnerClientEnabled(w.ctx(), &identityv1.SetPartnerClientEnabledRequest{
			ClientId: c.GetClient().GetClientId(), Enabled: new(enabled), Reason: "test",
		})
		require.NoError(t, err)
		require.Equal(t, enabled, res.GetClient().GetEnabled())
	}
	set(false)
	set(false) // replayed
	_, err = w.clientToken(c)
	requireReason(t, "CLIENT_INVALID", err)
	require.Equal(t, "REVOKED", w.ended(claims(t, token.GetAccessToken())["sid"].(string)))
	_, err = w.bearer(token.GetAccessToken()).GetPartnerIdentity(w.ctx(), &identityv1.GetPartnerIdentityRequest{})
	requireReason(t, "UNAUTHENTICATED", err)
	require.Len(t, w.Events("session.ended.v1", 1), 1)

	set(true)
	again, err := w.clientToken(c)
	require.NoError(t, err)
	_, err = w.bearer(again.GetAccessToken()).GetPartnerIdentity(w.ctx(), &identityv1.GetPartnerIdentityRequest{})
	require.NoError(t, err)
	_, err = w.bearer(token.GetAccessToken()).GetPartnerIdentity(w.ctx(), &identityv1.GetPartnerIdentityRequest{})
	requireReason(t, "UNAUTHENTICATED", err) // enabling brings no old token back

	_, err = w.admin().SetPartnerClientEnabled(w.ctx(), &identityv1.SetPartnerClientEnabledRequest{ClientId: "pcl_x", Reason: "test", Enabled: new(false)})
	requireReason(t, "CLIENT_NOT_FOUND", err)
	_, err = w.admin().SetPartnerClientEnabled(w.ctx(), &identityv1.SetPartnerClientEnabledRequest{ClientId: c.GetClient().GetClientId(), Enabled: new(false)})
	requireReason(t, "VALIDATION", err) // no reason given
	_, err = w.admin().SetPartnerClientEnabled(w.ctx(), &identityv1.SetPartnerClientEnabledRequest{ClientId: c.GetClient().GetClientId(), Reason: "test"})
	requireReason(t, "VALIDATION", err) // on or off is not said
	_, err = w.as(testkit.Operator("finance")).SetPartnerClientEnabled(w.ctx(), &identityv1.SetPartnerClientEnabledRequest{ClientId: "pcl_x", Reason: "test", Enabled: new(false)})
	requireReason(t, "PERMISSION_DENIED", err)
}
