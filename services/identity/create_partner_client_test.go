package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestCreatePartnerClient(t *testing.T) {
	w := newWorld(t)
	a, b := w.partner("wallet"), w.partner("wallet")
	require.NotEqual(t, a.GetClient().GetClientId(), b.GetClient().GetClientId(), "repeating it makes another client")
	require.True(t, a.GetClient().GetEnabled())
	require.Len(t, a.GetClientSecret(), 43)
	var hash []byte
	require.NoError(t, w.DB.QueryRow(w.ctx(), "SELECT secret_hash FROM partner_client WHERE client_id = $1", a.GetClient().GetClientId()).Scan(&hash))
	require.Len(t, hash, 32)
	require.NotContains(t, string(hash), a.GetClientSecret())

	req := &identityv1.CreatePartnerClientRequest{Name: "P", Scopes: []string{"wallet"}}
	for _, c := range []testkit.Caller{testkit.Operator("support", "finance", "risk", "compliance", "analyst"), testkit.Player("ply_x"), testkit.Partner("pcl_x", "wallet")} {
		_, err := w.as(c).CreatePartnerClient(w.ctx(), req)
		requireReason(t, "PERMISSION_DENIED", err)
	}
	_, err := w.as(testkit.Operator("admin").Stale()).CreatePartnerClient(w.ctx(), req)
	requireReason(t, "STEP_UP_REQUIRED", err)
	_, err = w.admin().CreatePartnerClient(w.ctx(), &identityv1.CreatePartnerClientRequest{Name: "P", Scopes: []string{"everything"}})
	requireReason(t, "VALIDATION", err)
}
