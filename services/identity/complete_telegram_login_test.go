package identity

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/sandbox/fault"
	sandbox "github.com/pitboss-gaming/pitboss/sandbox/telegram"
)

// begun starts a login and goes through Telegram's page as a user.
func (w *telegramWorld) begun(user int64) *identityv1.CompleteTelegramLoginRequest {
	w.t.Helper()
	res, err := w.anon().StartTelegramLogin(w.ctx(), &identityv1.StartTelegramLoginRequest{})
	require.NoError(w.t, err)
	code, state := w.consent(res.GetAuthorizationUrl(), user)
	require.Equal(w.t, res.GetState(), state)
	return &identityv1.CompleteTelegramLoginRequest{State: state, Code: code}
}

func TestCompleteTelegramLogin(t *testing.T) {
	w := newTelegramWorld(t)
	user := w.user(4242)
	req := w.begun(user)
	res, err := w.anon().CompleteTelegramLogin(w.ctx(), req)
	require.NoError(t, err)
	require.True(t, res.GetRegistered())
	me, err := w.bearer(res.GetTokens().GetAccessToken()).GetMe(w.ctx(), &identityv1.GetMeRequest{})
	require.NoError(t, err)
	require.Equal(t, "4242", me.GetPlayer().GetTelegramId())
	require.Empty(t, me.GetPlayer().GetEmail())
	var e identityv1.PlayerRegistered
	require.NoError(t, w.Events("player.registered.v1", 1)[0].Decode(&e))
	require.Equal(t, "telegram", e.GetMethod())

	_, err = w.anon().CompleteTelegramLogin(w.ctx(), req)
	requireReason(t, "TELEGRAM_PROOF_INVALID", err) // replayed
	again, err := w.anon().CompleteTelegramLogin(w.ctx(), w.begun(user))
	require.NoError(t, err)
	require.False(t, again.GetRegistered())
	require.Equal(t, claims(t, res.GetTokens().GetAccessToken())["sub"], claims(t, again.GetTokens().GetAccessToken())["sub"])

	t.Run("aud as a number", func(t *testing.T) {
		req := w.begun(user)
		require.NoError(t, w.tg.Faults().Set(1, fault.Rule{Operation: "token", Kind: sandbox.NumericAud, Count: 1}))
		_, err := w.anon().CompleteTelegramLogin(w.ctx(), req)
		require.NoError(t, err)
	})
	for _, kind := range []fault.Kind{sandbox.WrongNonce, sandbox.BadSignature} {
		t.Run(string(kind), func(t *testing.T) {
			req := w.begun(user)
			require.NoError(t, w.tg.Faults().Set(1, fault.Rule{Operation: "token", Kind: kind, Count: 1}))
			_, err := w.anon().CompleteTelegramLogin(w.ctx(), req)
			requireReason(t, "TELEGRAM_PROOF_INVALID", err)
		})
	}
	t.Run("too late", func(t *testing.T) {
		req := w.begun(user)
		w.Clock.Advance(telegramLoginTTL)
		_, err := w.anon().CompleteTelegramLogin(w.ctx(), req)
		requireReason(t, "TELEGRAM_PROOF_INVALID", err)
	})
	t.Run("another login's code", func(t *testing.T) {
		mine, theirs := w.begun(user), w.begun(user)
		mine.Code = theirs.GetCode()
		_, err := w.anon().CompleteTelegramLogin(w.ctx(), mine)
		requireReason(t, "TELEGRAM_PROOF_INVALID", err) // PKCE and nonce bind them
	})
	t.Run("bad input", func(t *testing.T) {
		_, err := w.anon().CompleteTelegramLogin(w.ctx(), &identityv1.CompleteTelegramLoginRequest{State: "unknown", Code: "x"})
		requireReason(t, "TELEGRAM_PROOF_INVALID", err)
		_, err = w.anon().CompleteTelegramLogin(w.ctx(), &identityv1.CompleteTelegramLoginRequest{Code: "x"})
		requireReason(t, "VALIDATION", err)
	})
	t.Run("locked", func(t *testing.T) {
		_, err := w.admin().SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: me.GetPlayer().GetPlayerId(), Locked: true, Reason: "test"})
		require.NoError(t, err)
		_, err = w.anon().CompleteTelegramLogin(w.ctx(), w.begun(user))
		requireReason(t, "TELEGRAM_PROOF_INVALID", err)
	})
}

// The same state twenty times at once: one wins, and one account is opened.
func TestCompleteTelegramLoginInParallel(t *testing.T) {
	w := newTelegramWorld(t)
	req := w.begun(w.user(77))
	var won atomic.Int64
	var wg sync.WaitGroup
	client := w.anon()
	for range 20 {
		wg.Go(func() {
			if _, err := client.CompleteTelegramLogin(w.ctx(), req); err == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, won.Load())
}
