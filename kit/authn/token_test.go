package authn_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

const issuer = "https://casino.test"

var now = time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)

// keySet is a KeySource over a map.
type keySet map[string]ed25519.PublicKey

func (k keySet) Key(_ context.Context, kid string) (ed25519.PublicKey, error) {
	if kid == "unreachable" {
		return nil, errors.New("identity does not answer")
	}
	if key, ok := k[kid]; ok {
		return key, nil
	}
	return nil, authn.ErrUnknownKey
}

func newKey(t *testing.T) (ed25519.PublicKey, ed25519.PrivateKey) {
	t.Helper()
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return pub, priv
}

func claims() authn.Claims {
	return authn.Claims{
		Issuer: issuer, Subject: "ply_1", SessionID: "ses_1", ID: "jti", Kind: authn.KindPlayer, ACR: "aal2",
		AuthTime: now.Add(-time.Minute), IssuedAt: now, ExpiresAt: now.Add(authn.MaxTTL),
	}
}

func verifier(keys authn.KeySource, at time.Time, o ...authn.Option) *authn.Verifier {
	return authn.NewVerifier(issuer, keys, func() time.Time { return at }, o...)
}

func TestSignAndVerify(t *testing.T) {
	pub, priv := newKey(t)
	c := claims()
	c.Kind, c.Subject, c.Roles, c.Scopes = authn.KindOperator, "opr_1", []string{"finance", "risk"}, []string{"bets", "wallet"}
	token, err := authn.Sign(priv, "k1", c)
	require.NoError(t, err)
	got, err := verifier(keySet{"k1": pub}, now.Add(time.Minute)).Verify(t.Context(), token)
	require.NoError(t, err)
	require.True(t, got.AuthTime.Equal(c.AuthTime) && got.IssuedAt.Equal(c.IssuedAt) && got.ExpiresAt.Equal(c.ExpiresAt))
	got.AuthTime, got.IssuedAt, got.ExpiresAt = c.AuthTime, c.IssuedAt, c.ExpiresAt
	require.Equal(t, c, got)
}

func TestSignRefuses(t *testing.T) {
	_, priv := newKey(t)
	for name, change := range map[string]func(*authn.Claims){
		"no subject":   func(c *authn.Claims) { c.Subject = "" },
		"no issuer":    func(c *authn.Claims) { c.Issuer = "" },
		"no expiry":    func(c *authn.Claims) { c.ExpiresAt = time.Time{} },
		"too long":     func(c *authn.Claims) { c.ExpiresAt = c.IssuedAt.Add(authn.MaxTTL + time.Second) },
		"over already": func(c *authn.Claims) { c.ExpiresAt = c.IssuedAt },
		"anonymous":    func(c *authn.Claims) { c.Kind = authn.KindAnonymous },
		"peer":         func(c *authn.Claims) { c.Kind = authn.KindPeer },
	} {
		c := claims()
		change(&c)
		_, err := authn.Sign(priv, "k1", c)
		require.Error(t, err, name)
	}
	_, err := authn.Sign(priv, "", claims())
	require.Error(t, err)
	_, err = authn.Sign(nil, "k1", claims())
	require.Error(t, err)
}

// forge makes a token with any header and claims.
func forge(t *testing.T, method jwt.SigningMethod, key any, header, body map[string]any) string {
	t.Helper()
	base := jwt.MapClaims{
		"iss": issuer, "aud": "pitboss", "sub": "ply_1", "sid": "ses_1", "kind": "player",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	for k, v := range body {
		if v == nil {
			delete(base, k)
			continue
		}
		base[k] = v
	}
	tok := jwt.NewWithClaims(method, base)
	tok.Header["typ"], tok.Header["kid"] = "at+jwt", "k1"
	maps.Copy(tok.Header, header)
	s, err := tok.SignedString(key)
	require.NoError(t, err)
	return s
}

func TestVerifyRefusesForgeries(t *testing.T) {
	pub, priv := newKey(t)
	otherPub, otherPriv := newKey(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	ed := jwt.SigningMethodEdDSA
	const unauthenticated, expired, unavailable = "UNAUTHENTICATED", "TOKEN_EXPIRED", "UNAVAILABLE"
	good := forge(t, ed, priv, nil, nil)
	parts := strings.Split(good, ".")
	embedded := map[string]any{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(otherPub)}
	richer, err := json.Marshal(map[string]any{"iss": issuer, "aud": "pitboss", "sub": "ply_2", "kind": "player",
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix()})
	require.NoError(t, err)

	for name, c := range map[string]struct{ token, want string }{
		"good":                      {good, ""},
		"typ in capitals":           {forge(t, ed, priv, map[string]any{"typ": "AT+JWT"}, nil), ""},
		"expired within the skew":   {forge(t, ed, priv, nil, map[string]any{"exp": now.Add(-3 * time.Second).Unix(), "iat": now.Add(-time.Minute).Unix()}), ""},
		"empty":                     {"", unauthenticated},
		"not a token":               {"a.b.c", unauthenticated},
		"too long":                  {strings.Repeat("a", 5000), unauthenticated},
		"no signature":              {parts[0] + "." + parts[1] + ".", unauthenticated},
		"other claims":              {parts[0] + "." + base64.RawURLEncoding.EncodeToString(richer) + "." + parts[2], unauthenticated},
		"alg none":                  {forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil, nil), unauthenticated},
		"HS256 over the public key": {forge(t, jwt.SigningMethodHS256, []byte(pub), nil, nil), unauthenticated},
		"RS256":                     {forge(t, jwt.SigningMethodRS256, rsaKey, nil, nil), unauthenticated},
		"another key":               {forge(t, ed, otherPriv, nil, nil), unauthenticated},
		"another key in jwk":        {forge(t, ed, otherPriv, map[string]any{"jwk": embedded}, nil), unauthenticated},
		"another key by jku":        {forge(t, ed, otherPriv, map[string]any{"jku": "https://evil.test/jwks"}, nil), unauthenticated},
		"another key by x5u":        {forge(t, ed, otherPriv, map[string]any{"x5u": "https://evil.test/x"}, nil), unauthenticated},
		"unknown kid":               {forge(t, ed, priv, map[string]any{"kid": "k9"}, nil), unauthenticated},
		"no kid":                    {forge(t, ed, priv, map[string]any{"kid": ""}, nil), unauthenticated},
		"kid is a number":           {forge(t, ed, priv, map[string]any{"kid": 1}, nil), unauthenticated},
		"keys out of reach":         {forge(t, ed, priv, map[string]any{"kid": "unreachable"}, nil), unavailable},
		"an ID token":               {forge(t, ed, priv, map[string]any{"typ": "JWT"}, nil), unauthenticated},
		"a logout token":            {forge(t, ed, priv, map[string]any{"typ": "logout+jwt"}, nil), unauthenticated},
		"another audience":          {forge(t, ed, priv, nil, map[string]any{"aud": "other"}), unauthenticated},
		"no audience":               {forge(t, ed, priv, nil, map[string]any{"aud": nil}), unauthenticated},
		"another issuer":            {forge(t, ed, priv, nil, map[string]any{"iss": issuer + "/"}), unauthenticated},
		"no issuer":                 {forge(t, ed, priv, nil, map[string]any{"iss": nil}), unauthenticated},
		"no subject":                {forge(t, ed, priv, nil, map[string]any{"sub": nil}), unauthenticated},
		"no expiry":                 {forge(t, ed, priv, nil, map[string]any{"exp": nil}), unauthenticated},
		"no issue time":             {forge(t, ed, priv, nil, map[string]any{"iat": nil}), unauthenticated},
		"lives too long":            {forge(t, ed, priv, nil, map[string]any{"exp": now.Add(time.Hour).Unix()}), unauthenticated},
		"issued in the future":      {forge(t, ed, priv, nil, map[string]any{"iat": now.Add(time.Minute).Unix()}), unauthenticated},
		"not valid yet":             {forge(t, ed, priv, nil, map[string]any{"nbf": now.Add(time.Minute).Unix()}), unauthenticated},
		"kind peer":                 {forge(t, ed, priv, nil, map[string]any{"kind": "peer"}), unauthenticated},
		"no kind":                   {forge(t, ed, priv, nil, map[string]any{"kind": nil}), unauthenticated},
		"expired":                   {forge(t, ed, priv, nil, map[string]any{"exp": now.Add(-6 * time.Second).Unix(), "iat": now.Add(-time.Minute).Unix()}), expired},
		"expired and forged":        {forge(t, ed, otherPriv, nil, map[string]any{"exp": now.Add(-time.Hour).Unix()}), unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := verifier(keySet{"k1": pub}, now).Verify(t.Context(), c.token)
			require.Equal(t, c.want, errs.ReasonOf(err))
		})
	}
}

// endedSessions is a RevocationChecker over a set of sessions.
type endedSessions map[string]bool

func (e endedSessions) Revoked(_, sessionID string, _ time.Time) bool { return e[sessionID] }

func TestRevokedTokensAreRefused(t *testing.T) {
	pub, priv := newKey(t)
	v := verifier(keySet{"k1": pub}, now, authn.WithRevocations(endedSessions{"ses_1": true}))
	reason := func(session string) string {
		c := claims()
		c.SessionID = session
		token, err := authn.Sign(priv, "k1", c)
		require.NoError(t, err)
		_, err = v.Verify(t.Context(), token)
		return errs.ReasonOf(err)
	}
	require.Equal(t, "UNAUTHENTICATED", reason("ses_1"))
	require.Empty(t, reason("ses_2"), "another session goes on")
}
