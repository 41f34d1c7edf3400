package identity

import (
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestGetTelegramLink(t *testing.T) {
	w := newTelegramWorld(t)
	p, other := w.enrol(w.player()), w.player()
	require.Equal(t, "NONE", w.linkState(p).GetState())
	w.link(p)
	require.Equal(t, "WAITING", w.linkState(p).GetState())
	require.Equal(t, "NONE", w.linkState(other).GetState())
	w.Clock.Advance(telegramLinkTTL)
	var err error
	p.tokens, err = w.refresh(p.tokens.GetRefreshToken())
	require.NoError(t, err)
	require.Equal(t, "EXPIRED", w.linkState(p).GetState())

	l, err := w.anon().LoginWithMiniApp(w.ctx(), w.initData(w.user(4250)))
	require.NoError(t, err)
	state := w.linkState(&newcomer{tokens: l.GetTokens()})
	require.Equal(t, "LINKED", state.GetState())
	require.Equal(t, "4250", state.GetTelegramId())
	_, err = w.anon().GetTelegramLink(w.ctx(), &identityv1.GetTelegramLinkRequest{})
	requireReason(t, "UNAUTHENTICATED", err)
}
