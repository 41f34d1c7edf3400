package identity

import (
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func (w *telegramWorld) initData(user int64) *identityv1.LoginWithMiniAppRequest {
	w.t.Helper()
	data, err := w.tg.InitData(user, 0, "")
	require.NoError(w.t, err)
	return &identityv1.LoginWithMiniAppRequest{InitData: data}
}

func TestLoginWithMiniApp(t *testing.T) {
	w := newTelegramWorld(t)
	user := w.user(4243)
	req := w.initData(user)
	res, err := w.anon().LoginWithMiniApp(w.ctx(), req)
	require.NoError(t, err)
	require.True(t, res.GetRegistered())
	id := claims(t, res.GetTokens().GetAccessToken())["sub"].(string)
	_, err = w.anon().LoginWithMiniApp(w.ctx(), req)
	requireReason(t, "TELEGRAM_PROOF_INVALID", err) // replayed
	v, err := url.ParseQuery(req.GetInitData())
	require.NoError(t, err)
	written := "hash=" + v.Get("hash")
	v.Del("hash")
	_, err = w.anon().LoginWithMiniApp(w.ctx(), &identityv1.LoginWithMiniAppRequest{InitData: written + "&" + v.Encode()})
	requireReason(t, "TELEGRAM_PROOF_INVALID", err) // replayed in another order

	t.Run("the same account as by the other ways", func(t *testing.T) {
		l, err := w.anon().CompleteTelegramLogin(w.ctx(), w.begun(user))
		require.NoError(t, err)
		require.Equal(t, id, claims(t, l.GetTokens().GetAccessToken())["sub"])
	})
	t.Run("without the bot token by Telegram's own signature", func(t *testing.T) {
		settings, _ := w.settings()
		settings[setBotID] = w.botID()
		delete(settings, setClientID)
		w.ops.put(integrationID, settings, nil, true)
		res, err := w.anon().LoginWithMiniApp(w.ctx(), w.initData(user))
		require.NoError(t, err)
		require.False(t, res.GetRegistered())
		settings[setEd25519] = telegramDefaults[setEd25519]
		w.ops.put(integrationID, settings, nil, true)
		_, err = w.anon().LoginWithMiniApp(w.ctx(), w.initData(user))
		requireReason(t, "TELEGRAM_PROOF_INVALID", err) // signed by another key
		w.integrate(true)
	})
	t.Run("too late", func(t *testing.T) {
		req := w.initData(user)
		w.Clock.Advance(telegramProofAge + time.Second)
		_, err := w.anon().LoginWithMiniApp(w.ctx(), req)
		requireReason(t, "TELEGRAM_PROOF_INVALID", err)
	})
	t.Run("with a second factor it answers a challenge", func(t *testing.T) {
		p := w.enrol(&newcomer{id: id, tokens: res.GetTokens()})
		res, err := w.anon().LoginWithMiniApp(w.ctx(), w.initData(user))
		require.NoError(t, err)
		require.Nil(t, res.GetTokens())
		_, err = w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: res.GetChallenge(), TotpCode: w.code(p.secret)})
		require.NoError(t, err)
	})
	_, err = w.anon().LoginWithMiniApp(w.ctx(), &identityv1.LoginWithMiniAppRequest{InitData: "garbage"})
	requireReason(t, "TELEGRAM_PROOF_INVALID", err)
	_, err = w.anon().LoginWithMiniApp(w.ctx(), &identityv1.LoginWithMiniAppRequest{})
	requireReason(t, "VALIDATION", err)
}

// Two first logins of one person with different proofs at once open one account.
func TestLoginWithMiniAppInParallel(t *testing.T) {
	w := newTelegramWorld(t)
	user := w.user(4249)
	var registered, won atomic.Int64
	var wg sync.WaitGroup
	client := w.anon()
	for range 5 {
		req := w.initData(user)
		wg.Go(func() {
			res, err := client.LoginWithMiniApp(w.ctx(), req)
			if err != nil {
				t.Error(err)
				return
			}
			won.Add(1)
			if res.GetRegistered() {
				registered.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 5, won.Load())
	require.EqualValues(t, 1, registered.Load())
}
