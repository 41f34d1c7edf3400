package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestRemovePasskey(t *testing.T) {
	w := newWorld(t)
	p, q, d := w.player(), w.player(), newDevice(t)
	k := w.addPasskey(p, d)
	req := &identityv1.RemovePasskeyRequest{PasskeyId: k.GetPasskeyId()}
	_, err := w.bearer(p.tokens.GetAccessToken()).RemovePasskey(w.ctx(), req)
	requireReason(t, "STEP_UP_REQUIRED", err)
	otherDevice := newDevice(t)
	w.addPasskey(q, otherDevice)
	theirs, err := w.passkeyStepUp(q.tokens.GetAccessToken(), otherDevice)
	require.NoError(t, err)
	_, err = w.bearer(theirs.GetTokens().GetAccessToken()).RemovePasskey(w.ctx(), req)
	requireReason(t, "PASSKEY_NOT_FOUND", err)

	res, err := w.passkeyLogin(d)
	require.NoError(t, err)
	me := w.bearer(res.GetTokens().GetAccessToken())
	_, err = me.RemovePasskey(w.ctx(), req)
	require.NoError(t, err)
	require.Equal(t, "Phone", w.mail.last(t, "passkey_removed", p.email)["name"])
	_, err = me.RemovePasskey(w.ctx(), req) // replayed
	requireReason(t, "PASSKEY_NOT_FOUND", err)
	_, err = w.passkeyLogin(d)
	requireReason(t, "PASSKEY_INVALID", err)
	// No second factor is left, so the session goes on with one.
	r, err := w.refresh(res.GetTokens().GetRefreshToken())
	require.NoError(t, err)
	require.Equal(t, "aal1", r.GetAcr())
	_, err = w.as(testkit.Operator("admin")).RemovePasskey(w.ctx(), req)
	requireReason(t, "PERMISSION_DENIED", err)
}
