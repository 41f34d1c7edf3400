package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestStartPasskeyStepUp(t *testing.T) {
	w := newWorld(t)
	p, d := w.player(), newDevice(t)
	me := w.bearer(p.tokens.GetAccessToken())
	_, err := me.StartPasskeyStepUp(w.ctx(), &identityv1.StartPasskeyStepUpRequest{})
	requireReason(t, "PASSKEY_NOT_FOUND", err)
	w.addPasskey(p, d)
	res, err := me.StartPasskeyStepUp(w.ctx(), &identityv1.StartPasskeyStepUpRequest{})
	require.NoError(t, err)
	allowed := res.GetOptions().AsMap()["allowCredentials"].([]any)
	require.Len(t, allowed, 1)
	require.Equal(t, b64(d.id), allowed[0].(map[string]any)["id"])
	for _, who := range []testkit.Caller{testkit.Operator("admin"), testkit.Peer("gaming"), testkit.Partner("pcl_1", "wallet")} {
		_, err = w.as(who).StartPasskeyStepUp(w.ctx(), &identityv1.StartPasskeyStepUpRequest{})
		requireReason(t, "PERMISSION_DENIED", err)
	}
}
