package gateway_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// Two tabs that wake up together send the same cookie. Identity takes a token once and would call the second use a theft.
func TestRefresh_TabsTogetherAreNoThief(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	var uses atomic.Int32
	m.refresh = func(*identityv1.RefreshSessionRequest) (*identityv1.RefreshSessionResponse, error) {
		if uses.Add(1) > 1 {
			return nil, errs.New(identityv1.ErrorReason_ERROR_REASON_REFRESH_INVALID, "used before: every session ends")
		}
		return &identityv1.RefreshSessionResponse{Tokens: &identityv1.Tokens{AccessToken: "access", RefreshToken: "refresh-2"}}, nil
	}
	w := newWorld(t, m, options{public: "https://play.example"})
	var tabs sync.WaitGroup
	answers := make([]answer, 10)
	for i := range answers {
		tabs.Go(func() {
			answers[i] = w.do("POST", "/v1/auth/refresh", "{}", "X-Pitboss-Client", "browser", "Cookie", "__Host-pitboss-refresh=refresh-1")
		})
	}
	tabs.Wait()
	for _, a := range answers {
		require.Equal(t, http.StatusOK, a.StatusCode, a.body)
		require.Contains(t, a.body, `"accessToken":"access"`)
		require.Equal(t, "refresh-2", cookie(a, "__Host-pitboss-refresh").Value)
		require.NotEmpty(t, a.Header.Get("Content-Security-Policy"))
	}
	require.Equal(t, int32(1), uses.Load())

	w.Clock.Advance(6 * time.Second)
	a := w.do("POST", "/v1/auth/refresh", "{}", "X-Pitboss-Client", "browser", "Cookie", "__Host-pitboss-refresh=refresh-1")
	require.Equal(t, http.StatusUnauthorized, a.StatusCode, "later it is a use like any other, and identity decides")
}
