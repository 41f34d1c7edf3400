package gateway_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// TestOAuth is RFC 6749 sections 2.3.1, 4.4 and 5.
func TestOAuth(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	m.client = func(q *identityv1.IssueClientTokenRequest) (*identityv1.IssueClientTokenResponse, error) {
		switch {
		case q.GetClientId() == "busy":
			return nil, errs.New(identityv1.ErrorReason_ERROR_REASON_THROTTLED, "later").WithRetry(7 * time.Second)
		case q.GetClientId() == "broken":
			return nil, errors.New("secret detail")
		case q.GetClientId() != "pcl:1" || q.GetClientSecret() != "s%cret":
			return nil, errs.New(identityv1.ErrorReason_ERROR_REASON_CLIENT_INVALID, "no")
		case len(q.GetScopes()) > 0 && q.GetScopes()[0] == "all":
			return nil, errs.New(identityv1.ErrorReason_ERROR_REASON_SCOPE_INVALID, "no")
		}
		return &identityv1.IssueClientTokenResponse{AccessToken: "jwt", ExpiresIn: 300, Scopes: []string{"bets", "wallet"}}, nil
	}
	w := newWorld(t, m, options{})
	const form = "application/x-www-form-urlencoded"
	post := func(body string, headers ...string) answer {
		return w.do("POST", "/v1/oauth/token", body, append([]string{"Content-Type", form}, headers...)...)
	}
	basic := func(id, secret string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	}
	const grant, inBody = "grant_type=client_credentials", "&client_id=pcl%3A1&client_secret=s%25cret"

	for _, a := range []answer{post(grant + inBody + "&scope=bets+wallet"), post(grant, "Authorization", basic("pcl%3A1", "s%25cret")),
		post(grant+"&client_id=pcl%3A1", "Authorization", basic("pcl%3A1", "s%25cret"))} {
		require.Equal(t, 200, a.StatusCode, a.body)
		require.JSONEq(t, `{"access_token":"jwt","token_type":"Bearer","expires_in":300,"scope":"bets wallet"}`, a.body)
		require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
		require.Equal(t, "no-cache", a.Header.Get("Pragma"))
	}
	require.Equal(t, []string{"127.0.0.1"}, m.last().Get("x-pitboss-client-ip"), "identity throttles by it")

	for _, c := range []struct {
		name   string
		a      answer
		code   int
		reason string
	}{
		{"wrong secret", post(grant + "&client_id=pcl%3A1&client_secret=x"), 401, "invalid_client"},
		{"wrong secret, Basic", post(grant, "Authorization", basic("pcl%3A1", "x")), 401, "invalid_client"},
		{"no client", post(grant), 401, "invalid_client"},
		{"scope", post(grant + inBody + "&scope=all"), 400, "invalid_scope"},
		{"no grant", post("client_id=pcl"), 400, "invalid_request"},
		{"other grant", post("grant_type=password&username=x"), 400, "unsupported_grant_type"},
		{"repeated", post(grant + inBody + "&client_id=other"), 400, "invalid_request"},
		{"two ways", post(grant+inBody, "Authorization", basic("pcl%3A1", "s%25cret")), 400, "invalid_request"},
		{"two clients", post(grant+"&client_id=other", "Authorization", basic("pcl%3A1", "s%25cret")), 400, "invalid_request"},
		{"not encoded", post(grant, "Authorization", basic("%zz", "x")), 400, "invalid_request"},
		{"JSON", w.do("POST", "/v1/oauth/token", `{"grant_type":"client_credentials"}`), 400, "invalid_request"},
		{"in the address", w.do("POST", "/v1/oauth/token?"+grant+inBody, grant+inBody, "Content-Type", form), 400, "invalid_request"},
		{"broken form", post("grant_type=%zz"), 400, "invalid_request"},
		{"throttled", post(grant + "&client_id=busy&client_secret=x"), 429, "temporarily_unavailable"},
		{"broken", post(grant + "&client_id=broken&client_secret=x"), 500, "server_error"},
	} {
		require.Equal(t, c.code, c.a.StatusCode, c.name+c.a.body)
		require.Contains(t, c.a.body, `"error":"`+c.reason+`"`, c.name)
		require.NotContains(t, c.a.body, "secret detail")
		if c.code == 401 {
			require.True(t, strings.HasPrefix(c.a.Header.Get("WWW-Authenticate"), "Basic "), c.name)
		}
		if c.code == 429 {
			require.Equal(t, "7", c.a.Header.Get("Retry-After"))
		}
	}
}
