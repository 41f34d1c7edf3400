package identity

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestCompleteLogin(t *testing.T) {
	w := newWorld(t)
	p := w.enrol(w.player())
	challenge := w.login(p).GetChallenge()
	code := w.code(p.secret)
	req := &identityv1.CompleteLoginRequest{Challenge: challenge, TotpCode: code}
	res, err := w.anon().CompleteLogin(w.ctx(), req)
	require.NoError(t, err)
	c := claims(t, res.GetTokens().GetAccessToken())
	require.Equal(t, "aal2", c["acr"])
	require.NotEmpty(t, res.GetTokens().GetRefreshToken())

	t.Run("the challenge is used up", func(t *testing.T) {
		w.nextPeriod()
		_, err := w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: challenge, TotpCode: w.code(p.secret)})
		requireReason(t, "CHALLENGE_INVALID", err)
	})
	t.Run("a code works once, and none older after it", func(t *testing.T) {
		w.nextPeriod()
		before := w.code(p.secret)
		w.nextPeriod()
		now := w.code(p.secret)
		_, err := w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: w.login(p).GetChallenge(), TotpCode: now})
		require.NoError(t, err)
		for _, used := range []string{now, before} {
			_, err = w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: w.login(p).GetChallenge(), TotpCode: used})
			requireReason(t, "CODE_INVALID", err)
		}
	})
	t.Run("the code before works once too, one older does not", func(t *testing.T) {
		w.Clock.Advance(time.Hour)
		w.nextPeriod()
		code := w.code(p.secret)
		w.nextPeriod()
		_, err := w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: w.login(p).GetChallenge(), TotpCode: code})
		require.NoError(t, err)
		w.Clock.Advance(time.Hour)
		code = w.code(p.secret)
		w.nextPeriod()
		w.nextPeriod()
		_, err = w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: w.login(p).GetChallenge(), TotpCode: code})
		requireReason(t, "CODE_INVALID", err)
	})
	t.Run("bad input", func(t *testing.T) {
		_, err := w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: "nothing", TotpCode: "123456"})
		requireReason(t, "CHALLENGE_INVALID", err)
		_, err = w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: "nothing"})
		requireReason(t, "FIELD_INVALID", err)
		_, err = w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: "nothing", TotpCode: "12 456"})
		requireReason(t, "VALIDATION", err)
	})
}

func TestCompleteLoginWithRecoveryCode(t *testing.T) {
	w := newWorld(t)
	p := w.enrol(w.player())
	loud := strings.ToUpper(strings.ReplaceAll(p.recoveryCodes[3], "-", " "))
	_, err := w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: w.login(p).GetChallenge(), RecoveryCode: loud})
	require.NoError(t, err)
	_, err = w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: w.login(p).GetChallenge(), RecoveryCode: p.recoveryCodes[3]})
	requireReason(t, "CODE_INVALID", err)
	stranger := w.enrol(w.player())
	_, err = w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: w.login(p).GetChallenge(), RecoveryCode: stranger.recoveryCodes[0]})
	requireReason(t, "CODE_INVALID", err)
	got, err := w.admin().GetPlayer(w.ctx(), &identityv1.GetPlayerRequest{PlayerId: p.id})
	require.NoError(t, err)
	require.EqualValues(t, 9, got.GetPlayer().GetRecoveryCodesLeft())
}

// Ten good codes for one challenge at once: one session, and the other codes are not spent.
func TestCompleteLoginInParallel(t *testing.T) {
	w := newWorld(t, "PITBOSS_IDENTITY_CODE_ATTEMPTS", "100")
	p := w.enrol(w.player())
	challenge := w.login(p).GetChallenge()
	var won atomic.Int64
	var wg sync.WaitGroup
	client := w.anon()
	for _, code := range p.recoveryCodes {
		wg.Go(func() {
			if _, err := client.CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: challenge, RecoveryCode: code}); err == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, won.Load())
	got, err := w.admin().GetPlayer(w.ctx(), &identityv1.GetPlayerRequest{PlayerId: p.id})
	require.NoError(t, err)
	require.EqualValues(t, 9, got.GetPlayer().GetRecoveryCodesLeft())
}

func TestCompleteLoginGuesses(t *testing.T) {
	w := newWorld(t)
	p := w.enrol(w.player())
	challenge := w.login(p).GetChallenge()
	for range codeGuesses {
		_, err := w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: challenge, TotpCode: w.wrongCode(p.secret)})
		requireReason(t, "CODE_INVALID", err)
	}
	_, err := w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: challenge, TotpCode: w.code(p.secret)})
	requireReason(t, "CHALLENGE_INVALID", err)
	_, err = w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: w.login(p).GetChallenge(), TotpCode: w.code(p.secret)})
	requireReason(t, "THROTTLED", err) // a new challenge does not start the count anew
	w.Clock.Advance(2 * time.Minute)
	_, err = w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: w.login(p).GetChallenge(), TotpCode: w.code(p.secret)})
	require.NoError(t, err)
}

func TestCompleteLoginTooLateOrLocked(t *testing.T) {
	w := newWorld(t)
	p := w.enrol(w.player())
	challenge := w.login(p).GetChallenge()
	w.Clock.Advance(challengeTTL)
	_, err := w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: challenge, TotpCode: w.code(p.secret)})
	requireReason(t, "CHALLENGE_INVALID", err)
	challenge = w.login(p).GetChallenge()
	_, err = w.admin().SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: p.id, Locked: true, Reason: "test"})
	require.NoError(t, err)
	_, err = w.anon().CompleteLogin(w.ctx(), &identityv1.CompleteLoginRequest{Challenge: challenge, TotpCode: w.code(p.secret)})
	requireReason(t, "CHALLENGE_INVALID", err)
}
