package gateway_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

const creds = `{"email":"a@b.example","password":"x"}`

func cookie(a answer, name string) *http.Cookie {
	for _, c := range a.Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func sessions(m *mesh) *string {
	var refreshed string
	m.login = func(*identityv1.LoginRequest) (*identityv1.LoginResponse, error) {
		return &identityv1.LoginResponse{Tokens: &identityv1.Tokens{AccessToken: "access", RefreshToken: "refresh-1"}}, nil
	}
	m.refresh = func(q *identityv1.RefreshSessionRequest) (*identityv1.RefreshSessionResponse, error) {
		refreshed = q.GetRefreshToken()
		if refreshed != "refresh-1" {
			return nil, errs.New(identityv1.ErrorReason_ERROR_REASON_REFRESH_INVALID, "not valid")
		}
		return &identityv1.RefreshSessionResponse{Tokens: &identityv1.Tokens{AccessToken: "access", RefreshToken: "refresh-2"}}, nil
	}
	return &refreshed
}

func TestCookies_BrowserOverTLS(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	refreshed := sessions(m)
	w := newWorld(t, m, options{public: "https://play.example"})

	a := w.do("POST", login, creds, "X-Pitboss-Client", "browser")
	require.Equal(t, 200, a.StatusCode, a.body)
	require.NotContains(t, a.body, "refresh-1")
	require.Contains(t, a.body, `"accessToken":"access"`)
	for _, name := range []string{"__Host-pitboss-refresh", "__Host-pitboss-device"} {
		c := cookie(a, name)
		require.NotNil(t, c, name)
		require.True(t, c.HttpOnly && c.Secure, name)
		require.Equal(t, http.SameSiteStrictMode, c.SameSite)
		require.Equal(t, "/", c.Path)
		require.Empty(t, c.Domain)
	}
	require.Equal(t, "refresh-1", cookie(a, "__Host-pitboss-refresh").Value)
	device := cookie(a, "__Host-pitboss-device").Value
	require.Equal(t, []string{device}, m.last().Get("x-pitboss-device"), "identity hears of the device at once")

	a = w.do("POST", login, creds, "X-Pitboss-Client", "browser", "Cookie", "__Host-pitboss-device="+device)
	require.Nil(t, cookie(a, "__Host-pitboss-device"), "it is known")
	require.Equal(t, []string{device}, m.last().Get("x-pitboss-device"))
	w.do("POST", login, creds, "Cookie", "pitboss-device=planted-by-a-neighbour")
	require.Empty(t, m.last().Get("x-pitboss-device"), "a name that any neighbouring host may set does not count")

	for _, body := range []string{"", "{}", `{"refreshToken":""}`, `{"refresh_token":null}`} {
		a = w.do("POST", "/v1/auth/refresh", body, "X-Pitboss-Client", "browser", "Cookie", "__Host-pitboss-refresh=refresh-1")
		require.Equal(t, 200, a.StatusCode, body+a.body)
		require.Equal(t, "refresh-1", *refreshed)
		require.Equal(t, "refresh-2", cookie(a, "__Host-pitboss-refresh").Value)
		require.NotContains(t, a.body, "refresh-2")
	}
	a = w.do("POST", "/v1/auth/refresh", `{"refreshToken":"own"}`, "X-Pitboss-Client", "browser", "Cookie", "__Host-pitboss-refresh=refresh-1")
	require.Equal(t, "own", *refreshed)
	require.Equal(t, 401, a.StatusCode)
	require.Negative(t, cookie(a, "__Host-pitboss-refresh").MaxAge, "a token that is refused is forgotten")
	for _, body := range []string{`[]`, `7`, `null`} {
		a = w.do("POST", "/v1/auth/refresh", body, "X-Pitboss-Client", "browser", "Cookie", "__Host-pitboss-refresh=refresh-1")
		require.Equal(t, 400, a.StatusCode, body)
	}
	*refreshed = ""
	w.do("POST", "/v1/auth/refresh", "{}", "Cookie", "__Host-pitboss-refresh=refresh-1")
	require.Empty(t, *refreshed, "without the header that a form cannot send, the cookie is nothing")
	a = w.do("POST", "/v1/auth/refresh", "{}", "X-Pitboss-Client", "browser", "Cookie", "__Host-pitboss-refresh=refresh-1", "Origin", "https://evil.example")
	require.Equal(t, 403, a.StatusCode)
	require.Empty(t, *refreshed)

	a = w.do("POST", "/v1/auth/logout", "{}", "X-Pitboss-Client", "browser", "Authorization", w.Bearer(testkit.Player("ply_1")))
	require.Equal(t, 200, a.StatusCode, a.body)
	require.Negative(t, cookie(a, "__Host-pitboss-refresh").MaxAge)
	require.Equal(t, `"cache", "storage"`, a.Header.Get("Clear-Site-Data"))
}

func TestCookies_PlainLoopbackAndOtherClients(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	sessions(m)
	w := newWorld(t, m, options{})
	a := w.do("POST", login, creds, "X-Pitboss-Client", "browser")
	c := cookie(a, "pitboss-refresh")
	require.NotNil(t, c, "browsers refuse the pinned name without TLS")
	require.True(t, c.HttpOnly && !c.Secure && c.SameSite == http.SameSiteStrictMode)
	require.NotContains(t, a.body, "refresh-1")

	a = w.do("POST", login, creds)
	require.Empty(t, a.Cookies())
	require.Contains(t, a.body, `"refreshToken":"refresh-1"`, "other clients keep their token themselves")
}
