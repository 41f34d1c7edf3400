package identity

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
)

func TestGetJwks(t *testing.T) {
	w := newWorld(t)
	res, err := w.anon().GetJwks(w.ctx(), &identityv1.GetJwksRequest{})
	require.NoError(t, err)
	require.Len(t, res.GetKeys(), 1)
	k := res.GetKeys()[0]
	require.Equal(t, []string{"OKP", "Ed25519", "EdDSA", "sig"}, []string{k.GetKty(), k.GetCrv(), k.GetAlg(), k.GetUse()})
	x, err := base64.RawURLEncoding.DecodeString(k.GetX())
	require.NoError(t, err)
	token := w.player().tokens.GetAccessToken()
	at := strings.LastIndex(token, ".")
	sig, err := base64.RawURLEncoding.DecodeString(token[at+1:])
	require.NoError(t, err)
	require.True(t, ed25519.Verify(x, []byte(token[:at]), sig))
}

// What an attacker may do to an access token; the whole chain verifies.
func TestAccessTokenAttacks(t *testing.T) {
	w := newWorld(t)
	p := w.player()
	keys, err := w.anon().GetJwks(w.ctx(), &identityv1.GetJwksRequest{})
	require.NoError(t, err)
	kid, x := keys.GetKeys()[0].GetKid(), keys.GetKeys()[0].GetX()
	good := claims(t, p.tokens.GetAccessToken())
	_, forged, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	public, err := base64.RawURLEncoding.DecodeString(x)
	require.NoError(t, err)

	build := func(header map[string]any, changes map[string]any, sign func([]byte) []byte) string {
		h := map[string]any{"alg": "EdDSA", "kid": kid, "typ": "at+jwt"}
		maps.Copy(h, header)
		c := maps.Clone(map[string]any(good))
		maps.Copy(c, changes)
		hb, err := json.Marshal(h)
		require.NoError(t, err)
		cb, err := json.Marshal(c)
		require.NoError(t, err)
		text := base64.RawURLEncoding.EncodeToString(hb) + "." + base64.RawURLEncoding.EncodeToString(cb)
		return text + "." + base64.RawURLEncoding.EncodeToString(sign([]byte(text)))
	}
	none := func([]byte) []byte { return nil }
	byStranger := func(b []byte) []byte { return ed25519.Sign(forged, b) }
	byPublicKey := func(b []byte) []byte { m := hmac.New(sha256.New, public); m.Write(b); return m.Sum(nil) }
	original := strings.Split(p.tokens.GetAccessToken(), ".")
	oldSignature := func([]byte) []byte { b, _ := base64.RawURLEncoding.DecodeString(original[2]); return b }
	jwk := map[string]any{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(forged.Public().(ed25519.PublicKey))}

	for name, token := range map[string]string{
		"no algorithm":           build(map[string]any{"alg": "none"}, nil, none),
		"capital none":           build(map[string]any{"alg": "NONE"}, nil, none),
		"public key as HMAC key": build(map[string]any{"alg": "HS256"}, nil, byPublicKey),
		"signed by a stranger":   build(nil, nil, byStranger),
		"key in the header":      build(map[string]any{"jwk": jwk}, nil, byStranger),
		"address of a key":       build(map[string]any{"jku": "https://evil.example/jwks.json"}, nil, byStranger),
		"unknown kid":            build(map[string]any{"kid": "other"}, nil, byStranger),
		"no kid":                 build(map[string]any{"kid": ""}, nil, byStranger),
		"changed subject":        build(nil, map[string]any{"sub": "ply_other"}, oldSignature),
		"changed kind":           build(nil, map[string]any{"kind": "operator", "roles": []string{"admin"}}, oldSignature),
		"an ID token":            build(map[string]any{"typ": "JWT"}, nil, oldSignature),
		"no signature":           original[0] + "." + original[1] + ".",
		"not a token":            "garbage",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.bearer(token).GetMe(w.ctx(), &identityv1.GetMeRequest{})
			requireReason(t, "UNAUTHENTICATED", err)
		})
	}
	_, err = w.bearer(p.tokens.GetAccessToken()).GetMe(w.ctx(), &identityv1.GetMeRequest{})
	require.NoError(t, err)
	_, err = w.bearer(p.tokens.GetRefreshToken()).GetMe(w.ctx(), &identityv1.GetMeRequest{})
	requireReason(t, "UNAUTHENTICATED", err)
	w.Clock.Advance(5*time.Minute + 6*time.Second)
	_, err = w.bearer(p.tokens.GetAccessToken()).GetMe(w.ctx(), &identityv1.GetMeRequest{})
	requireReason(t, "TOKEN_EXPIRED", err)
}
