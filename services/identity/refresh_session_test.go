package identity

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func (w *world) refresh(token string) (*identityv1.Tokens, error) {
	res, err := w.anon().RefreshSession(w.ctx(), &identityv1.RefreshSessionRequest{RefreshToken: token})
	return res.GetTokens(), err
}

func TestRefreshSession(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	r2, err := w.refresh(p.tokens.GetRefreshToken())
	require.NoError(t, err)
	require.Equal(t, p.tokens.GetSessionId(), r2.GetSessionId())
	require.NotEqual(t, p.tokens.GetRefreshToken(), r2.GetRefreshToken())
	r3, err := w.refresh(r2.GetRefreshToken())
	require.NoError(t, err)

	_, err = w.refresh(p.tokens.GetRefreshToken()) // R1 again
	requireReason(t, "REFRESH_INVALID", err)
	require.Equal(t, "REFRESH_REUSE", w.ended(r3.GetSessionId()))
	_, err = w.refresh(r3.GetRefreshToken())
	requireReason(t, "REFRESH_INVALID", err)
	_, err = w.bearer(r3.GetAccessToken()).GetMe(w.ctx(), &identityv1.GetMeRequest{})
	requireReason(t, "UNAUTHENTICATED", err)
	_, err = w.refresh(p.tokens.GetRefreshToken())
	requireReason(t, "REFRESH_INVALID", err)
	require.Len(t, w.Events("session.ended.v1", 1), 1)

	for _, token := range []string{"", "unknown", "' OR 1=1 --"} {
		_, err = w.refresh(token)
		requireReason(t, "REFRESH_INVALID", err)
	}
}

func TestRefreshSessionInParallel(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	client := w.anon()
	var won atomic.Int64
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			_, err := client.RefreshSession(w.ctx(), &identityv1.RefreshSessionRequest{RefreshToken: p.tokens.GetRefreshToken()})
			if err == nil {
				won.Add(1)
			} else if !errs.Is(err, identityv1.ErrorReason_ERROR_REASON_REFRESH_INVALID) {
				t.Errorf("refused with %v", err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, won.Load())
	require.Equal(t, "REFRESH_REUSE", w.ended(p.tokens.GetSessionId()))
	require.Len(t, w.Events("session.ended.v1", 1), 1)
}

func TestRefreshSessionNeverMovesTheAbsoluteEnd(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	tokens := p.tokens
	var err error
	for range 12 * 60 / 25 { // 25 minutes each, within the idle time
		w.Clock.Advance(25 * time.Minute)
		tokens, err = w.refresh(tokens.GetRefreshToken())
		require.NoError(t, err)
	}
	var left time.Duration
	var end time.Time
	require.NoError(t, w.DB.QueryRow(w.ctx(), "SELECT expires_at FROM session WHERE session_id = $1", tokens.GetSessionId()).Scan(&end))
	w.Clock.Advance(end.Sub(w.Clock.Now()) - 10*time.Second)
	tokens, err = w.refresh(tokens.GetRefreshToken())
	require.NoError(t, err)
	require.LessOrEqual(t, tokens.GetExpiresIn(), int32(10), "an access token does not outlive its session")
	var expires time.Time
	require.NoError(t, w.DB.QueryRow(w.ctx(), "SELECT max(expires_at) FROM refresh_token WHERE session_id = $1", tokens.GetSessionId()).Scan(&expires))
	require.WithinDuration(t, end, expires, time.Millisecond)
	left = end.Sub(w.Clock.Now())
	w.Clock.Advance(left + time.Millisecond)
	_, err = w.refresh(tokens.GetRefreshToken())
	requireReason(t, "REFRESH_INVALID", err)
}

func TestRefreshSessionIdle(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	w.Clock.Advance(30*time.Minute + time.Second)
	_, err := w.refresh(p.tokens.GetRefreshToken())
	requireReason(t, "REFRESH_INVALID", err)
	require.Equal(t, "EXPIRED", w.ended(p.tokens.GetSessionId())) // by housekeeping; merely late is not theft
}

func TestRefreshSessionOfLockedPlayer(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	_, err := w.admin().SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: p.id, Locked: true, Reason: "test"})
	require.NoError(t, err)
	_, err = w.refresh(p.tokens.GetRefreshToken())
	requireReason(t, "REFRESH_INVALID", err)
	_, err = w.admin().SetPlayerLocked(w.ctx(), &identityv1.SetPlayerLockedRequest{PlayerId: p.id, Locked: false, Reason: "test"})
	require.NoError(t, err)
	_, err = w.refresh(p.tokens.GetRefreshToken())
	requireReason(t, "REFRESH_INVALID", err) // unlocking does not bring sessions back
}

func TestRefreshSessionCarriesPresentRoles(t *testing.T) {
	w := newWorld(t)
	o := w.staff(identityv1.Role_ROLE_SUPPORT)
	r, err := w.refresh(o.tokens.GetRefreshToken())
	require.NoError(t, err)
	require.Equal(t, []any{"support"}, claims(t, r.GetAccessToken())["roles"])
	require.Equal(t, claims(t, o.tokens.GetAccessToken())["auth_time"], claims(t, r.GetAccessToken())["auth_time"], "refreshing proves nothing anew")
	w.Clock.Advance(16 * time.Minute)
	_, err = w.refresh(r.GetRefreshToken())
	requireReason(t, "REFRESH_INVALID", err) // staff idle time is shorter
}
