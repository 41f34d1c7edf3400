package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListPasskeys(t *testing.T) {
	w := newWorld(t)
	p, q := w.player(), w.player()
	me := w.bearer(p.tokens.GetAccessToken())
	res, err := me.ListPasskeys(w.ctx(), &identityv1.ListPasskeysRequest{})
	require.NoError(t, err)
	require.Empty(t, res.GetPasskeys())
	d := newDevice(t)
	first := w.addPasskey(p, d)
	w.addPasskey(q, newDevice(t))
	up, err := w.passkeyStepUp(p.tokens.GetAccessToken(), d)
	require.NoError(t, err)
	p.tokens = up.GetTokens()
	second := w.addPasskey(p, newDevice(t))
	res, err = me.ListPasskeys(w.ctx(), &identityv1.ListPasskeysRequest{})
	require.NoError(t, err)
	require.Len(t, res.GetPasskeys(), 2)
	require.Equal(t, second.GetPasskeyId(), res.GetPasskeys()[0].GetPasskeyId())
	require.Equal(t, first.GetPasskeyId(), res.GetPasskeys()[1].GetPasskeyId())
	_, err = w.as(testkit.Operator("support")).ListPasskeys(w.ctx(), &identityv1.ListPasskeysRequest{})
	requireReason(t, "PERMISSION_DENIED", err)
}
