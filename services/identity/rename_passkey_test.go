package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestRenamePasskey(t *testing.T) {
	w := newWorld(t)
	p, q := w.player(), w.player()
	k := w.addPasskey(p, newDevice(t))
	req := &identityv1.RenamePasskeyRequest{PasskeyId: k.GetPasskeyId(), Name: "Old phone"}
	for range 2 {
		res, err := w.bearer(p.tokens.GetAccessToken()).RenamePasskey(w.ctx(), req)
		require.NoError(t, err)
		require.Equal(t, "Old phone", res.GetPasskey().GetName())
	}
	_, err := w.bearer(q.tokens.GetAccessToken()).RenamePasskey(w.ctx(), &identityv1.RenamePasskeyRequest{PasskeyId: k.GetPasskeyId(), Name: "Mine"})
	requireReason(t, "PASSKEY_NOT_FOUND", err)
	res, err := w.bearer(p.tokens.GetAccessToken()).ListPasskeys(w.ctx(), &identityv1.ListPasskeysRequest{})
	require.NoError(t, err)
	require.Equal(t, "Old phone", res.GetPasskeys()[0].GetName())
	_, err = w.bearer(p.tokens.GetAccessToken()).RenamePasskey(w.ctx(), &identityv1.RenamePasskeyRequest{PasskeyId: k.GetPasskeyId()})
	requireReason(t, "VALIDATION", err)
	_, err = w.as(testkit.Operator("admin")).RenamePasskey(w.ctx(), req)
	requireReason(t, "PERMISSION_DENIED", err)
}
