package identity

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/status"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestLogin(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	res := w.login(p)
	require.Empty(t, res.GetChallenge())
	c := claims(t, res.GetTokens().GetAccessToken())
	require.Equal(t, p.id, c["sub"])
	require.Equal(t, "player", c["kind"])
	require.Equal(t, "aal1", c["acr"])
	require.Equal(t, res.GetTokens().GetSessionId(), c["sid"])
	require.NotEqual(t, p.tokens.GetSessionId(), res.GetTokens().GetSessionId(), "a login is always a new session")

	_, err := w.anon().Login(w.ctx(), &identityv1.LoginRequest{Email: " " + p.email, Password: goodPassword})
	require.NoError(t, err)
	_, err = w.anon().Login(w.ctx(), &identityv1.LoginRequest{Email: p.email})
	requireReason(t, "VALIDATION", err)

	t.Run("with a second factor it answers a challenge", func(t *testing.T) {
		w.enrol(p)
		res := w.login(p)
		require.Nil(t, res.GetTokens())
		require.NotEmpty(t, res.GetChallenge())
		require.Equal(t, []string{"totp", "recovery_code"}, res.GetFactors())
	})
}

// No answer tells whether an account exists, is locked or is not confirmed.
func TestLoginDoesNotEnumerate(t *testing.T) {
	w := newWorld(t)
	known, locked, unconfirmed := w.player(), w.player(), newEmail()
	_, err := w.admin().SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: locked.id, Locked: true, Reason: "test"})
	require.NoError(t, err)
	_, err = w.anon().Register(w.ctx(), registration(unconfirmed))
	require.NoError(t, err)
	var answers []string
	for _, req := range []*identityv1.LoginRequest{
		{Email: known.email, Password: "not the password"},
		{Email: newEmail(), Password: goodPassword},
		{Email: locked.email, Password: goodPassword},
		{Email: unconfirmed, Password: goodPassword},
		{Email: "not an address", Password: goodPassword},
	} {
		_, err := w.anon().Login(w.ctx(), req)
		requireReason(t, "CREDENTIALS_INVALID", err)
		st := status.Convert(err)
		answers = append(answers, st.Code().String()+st.Message())
	}
	for _, a := range answers {
		require.Equal(t, answers[0], a)
	}
}

func TestLoginThrottle(t *testing.T) {
	w := newWorld(t)
	p := w.player(fromDevice("home")...)
	bad := &identityv1.LoginRequest{Email: p.email, Password: "not the password"}
	good := &identityv1.LoginRequest{Email: p.email, Password: goodPassword}
	for range 5 {
		_, err := w.anon(fromIP("192.0.2.1")...).Login(w.ctx(), bad)
		requireReason(t, "CREDENTIALS_INVALID", err)
	}
	_, err := w.anon(fromIP("192.0.2.200")...).Login(w.ctx(), good)
	requireReason(t, "THROTTLED", err) // the same /24
	after, ok := errs.RetryAfter(err)
	require.True(t, ok)
	require.InDelta(t, time.Minute.Seconds(), after.Seconds(), 5)

	t.Run("not from another network", func(t *testing.T) {
		_, err := w.anon(fromIP("198.51.100.1")...).Login(w.ctx(), good)
		require.NoError(t, err)
	})
	t.Run("not for a device that the account knows", func(t *testing.T) {
		_, err := w.anon(append(fromIP("192.0.2.1"), fromDevice("home")...)...).Login(w.ctx(), good)
		require.NoError(t, err)
	})
	t.Run("the wait grows and ends", func(t *testing.T) {
		// The success from another network cleared the account's counter, not this pair's.
		w.Clock.Advance(time.Minute)
		_, err := w.anon(fromIP("192.0.2.1")...).Login(w.ctx(), bad)
		requireReason(t, "CREDENTIALS_INVALID", err)
		_, err = w.anon(fromIP("192.0.2.1")...).Login(w.ctx(), good)
		requireReason(t, "THROTTLED", err)
		after, _ := errs.RetryAfter(err)
		require.Greater(t, after, time.Minute)
		w.Clock.Advance(2 * time.Minute)
		_, err = w.anon(fromIP("192.0.2.1")...).Login(w.ctx(), good)
		require.NoError(t, err)
	})
	t.Run("an unknown account is throttled the same", func(t *testing.T) {
		req := &identityv1.LoginRequest{Email: newEmail(), Password: goodPassword}
		for range 5 {
			_, err := w.anon(fromIP("192.0.2.1")...).Login(w.ctx(), req)
			requireReason(t, "CREDENTIALS_INVALID", err)
		}
		_, err := w.anon(fromIP("192.0.2.1")...).Login(w.ctx(), req)
		requireReason(t, "THROTTLED", err)
	})
}

func TestLoginThrottleByAccountAndAddress(t *testing.T) {
	w := newWorld(t, "PITBOSS_IDENTITY_ACCOUNT_ATTEMPTS", "6", "PITBOSS_IDENTITY_ADDRESS_PER_MINUTE", "20")
	p := w.player(fromIP("203.0.113.1")...)
	bad := &identityv1.LoginRequest{Email: p.email, Password: "not the password"}
	for i := range 6 {
		_, err := w.anon(fromIP("2001:db8:0:"+string(rune('a'+i))+"::1")...).Login(w.ctx(), bad)
		requireReason(t, "CREDENTIALS_INVALID", err)
	}
	_, err := w.anon(fromIP("2001:db8:ffff::1")...).Login(w.ctx(), bad)
	requireReason(t, "THROTTLED", err)

	for range 20 {
		_, err := w.anon(fromIP("198.51.100.7")...).Login(w.ctx(), &identityv1.LoginRequest{Email: newEmail(), Password: "x"})
		requireReason(t, "CREDENTIALS_INVALID", err)
	}
	_, err = w.anon(fromIP("198.51.100.8")...).Login(w.ctx(), &identityv1.LoginRequest{Email: newEmail(), Password: "x"})
	requireReason(t, "THROTTLED", err)
	w.Clock.Advance(time.Minute)
	_, err = w.anon(fromIP("198.51.100.8")...).Login(w.ctx(), &identityv1.LoginRequest{Email: newEmail(), Password: "x"})
	requireReason(t, "CREDENTIALS_INVALID", err)
}

// Attempts in parallel are all counted before any of them is hashed.
func TestLoginThrottleInParallel(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	var tried atomic.Int64
	var wg sync.WaitGroup
	client := w.anon(fromIP("192.0.2.9")...)
	for range 40 {
		wg.Go(func() {
			_, err := client.Login(w.ctx(), &identityv1.LoginRequest{Email: p.email, Password: "not the password"})
			if errs.Is(err, identityv1.ErrorReason_ERROR_REASON_CREDENTIALS_INVALID) {
				tried.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 5, tried.Load())
}

func TestLoginRehashes(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	peppers, err := parsePeppers(testPepper)
	require.NoError(t, err)
	h := newHasher(peppers, 1)
	weak := argonParams{memoryKiB: 1024, passes: 1, lanes: 1}
	old := h.encode(weak, peppers[0], []byte("0123456789abcdef"), compute(weak, peppers[0], []byte("0123456789abcdef"), goodPassword))
	_, err = w.DB.Exec(w.ctx(), "UPDATE player SET password_hash = $1 WHERE player_id = $2", old, p.id)
	require.NoError(t, err)
	w.login(p)
	var stored string
	require.NoError(t, w.DB.QueryRow(w.ctx(), "SELECT password_hash FROM player WHERE player_id = $1", p.id).Scan(&stored))
	require.Contains(t, stored, "test$argon2id$v=19$m=19456,t=2,p=1$")
	w.login(p)
}

func TestLoginNewDevice(t *testing.T) {
	w := newWorld(t)
	p := w.player(fromDevice("first")...)
	w.login(p, fromDevice("first")...)
	w.login(p, append(fromDevice("second"), "x-pitboss-user-agent", "Browser/2", "x-pitboss-client-ip", "192.0.2.77")...)
	mail := w.mail.last(t, "new_device", p.email)
	require.Equal(t, "Browser/2", mail["user_agent"])
	require.Equal(t, "192.0.2.77", mail["ip"])
	require.NotEmpty(t, mail["time"])
	w.login(p, fromDevice("second")...)
	w.login(p)
	require.Len(t, w.mail.all("new_device", p.email), 1)
}

func TestLoginEndsTheOldestSession(t *testing.T) {
	w := newWorld(t, "PITBOSS_IDENTITY_MAX_SESSIONS", "3")
	p := w.player()
	for range 3 {
		w.login(p)
	}
	require.Equal(t, "REVOKED", w.ended(p.tokens.GetSessionId()))
	res, err := w.admin().GetPlayer(w.ctx(), &identityv1.GetPlayerRequest{PlayerId: p.id})
	require.NoError(t, err)
	require.Len(t, res.GetSessions(), 3)
}

func TestLoginIsForAnybody(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	_, err := w.as(testkit.Player("ply_x")).Login(w.ctx(), &identityv1.LoginRequest{Email: p.email, Password: goodPassword})
	require.NoError(t, err)
}
