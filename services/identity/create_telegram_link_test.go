package identity

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

// link makes a deep link for a player with a second factor and answers its payload.
func (w *telegramWorld) link(p *newcomer) string {
	w.t.Helper()
	res, err := w.bearer(p.tokens.GetAccessToken()).CreateTelegramLink(w.ctx(), &identityv1.CreateTelegramLinkRequest{})
	require.NoError(w.t, err)
	_, payload, ok := strings.Cut(res.GetUrl(), "?start=")
	require.True(w.t, ok)
	return payload
}

func (w *telegramWorld) linkState(p *newcomer) *identityv1.GetTelegramLinkResponse {
	w.t.Helper()
	res, err := w.bearer(p.tokens.GetAccessToken()).GetTelegramLink(w.ctx(), &identityv1.GetTelegramLinkRequest{})
	require.NoError(w.t, err)
	return res
}

func TestCreateTelegramLink(t *testing.T) {
	w := newTelegramWorld(t)
	p := w.enrol(w.player())
	res, err := w.bearer(p.tokens.GetAccessToken()).CreateTelegramLink(w.ctx(), &identityv1.CreateTelegramLinkRequest{})
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(res.GetUrl(), w.tg.Credentials().DeepLinkBase+"/"+w.tg.Credentials().BotUsername+"?start="))
	require.Regexp(t, `\?start=[A-Za-z0-9_-]{43}$`, res.GetUrl())
	require.InDelta(t, telegramLinkTTL.Seconds(), res.GetExpiresAt().AsTime().Sub(w.Clock.Now()).Seconds(), 5)
	require.Equal(t, "WAITING", w.linkState(p).GetState())

	bare := w.player()
	_, err = w.bearer(bare.tokens.GetAccessToken()).CreateTelegramLink(w.ctx(), &identityv1.CreateTelegramLinkRequest{})
	requireReason(t, "STEP_UP_REQUIRED", err)
	_, err = w.anon().CreateTelegramLink(w.ctx(), &identityv1.CreateTelegramLinkRequest{})
	requireReason(t, "UNAUTHENTICATED", err)
	_, err = w.admin().CreateTelegramLink(w.ctx(), &identityv1.CreateTelegramLinkRequest{})
	requireReason(t, "PERMISSION_DENIED", err)
	w.integrate(false)
	_, err = w.bearer(p.tokens.GetAccessToken()).CreateTelegramLink(w.ctx(), &identityv1.CreateTelegramLinkRequest{})
	requireReason(t, "TELEGRAM_NOT_CONFIGURED", err)
}
