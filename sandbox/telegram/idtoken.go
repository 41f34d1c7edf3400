package telegram

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
)

const tokenLife = time.Hour

// idToken signs who the user is (integration.md 1.2).
func (t *Telegram) idToken(u user, a *authRequest, set settings, plan fault.Plan) (string, error) {
	now := t.now()
	claims := jwt.MapClaims{
		"iss": t.cfg.PublicURL, "aud": t.secret.ClientID, "sub": strconv.FormatInt(u.ID, 10),
		"iat": now.Unix(), "exp": now.Add(tokenLife).Unix(),
	}
	if set.NumericAud {
		claims["aud"] = t.secret.BotID
	}
	if a.nonce != "" {
		claims["nonce"] = a.nonce
	}
	if plan.Has(WrongNonce) {
		claims["nonce"] = "another"
	}
	if slices.Contains(a.scopes, "profile") {
		claims["name"] = strings.TrimSpace(u.FirstName + " " + u.LastName)
		setClaim(claims, "preferred_username", u.Username)
		setClaim(claims, "picture", u.PhotoURL)
	}
	if slices.Contains(a.scopes, "phone") {
		setClaim(claims, "phone_number", u.Phone)
	}
	token, key, kid := jwt.NewWithClaims(jwt.SigningMethodRS256, claims), any(t.rsaKey), t.rsaKID()
	if set.Algorithm == "ES256" {
		token, key, kid = jwt.NewWithClaims(jwt.SigningMethodES256, claims), any(t.ecKey), t.ecKID()
	}
	token.Header["kid"] = kid
	signed, err := token.SignedString(key)
	if err == nil && plan.Has(BadSignature) {
		signed = spoil(signed)
	}
	return signed, err
}

// spoil changes one bit of the signature.
func spoil(signed string) string {
	i := strings.LastIndexByte(signed, '.') + 1
	sig, err := base64.RawURLEncoding.DecodeString(signed[i:])
	if err != nil {
		return signed[:i]
	}
	sig[0] ^= 1
	return signed[:i] + base64.RawURLEncoding.EncodeToString(sig)
}

func setClaim(claims jwt.MapClaims, name, value string) {
	if value != "" {
		claims[name] = value
	}
}

// jwks publishes both keys, whichever signs at the moment.
func (t *Telegram) jwks(w http.ResponseWriter, _ *http.Request) {
	b64 := base64.RawURLEncoding.EncodeToString
	x, y := coordinates(&t.ecKey.PublicKey)
	writeJSON(w, http.StatusOK, map[string]any{"keys": []map[string]string{
		{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": t.rsaKID(), "n": b64(t.rsaKey.N.Bytes()),
			"e": b64(big.NewInt(int64(t.rsaKey.E)).Bytes()),
		},
		{"kty": "EC", "use": "sig", "alg": "ES256", "kid": t.ecKID(), "crv": "P-256", "x": b64(x), "y": b64(y)},
	}})
}

// coordinates of a P-256 point, 32 bytes each; the uncompressed form is 4, x, y.
func coordinates(key *ecdsa.PublicKey) (x, y []byte) {
	b, err := key.Bytes()
	if err != nil {
		panic("telegram: a P-256 key cannot fail to encode: " + err.Error())
	}
	return b[1:33], b[33:]
}

func (t *Telegram) rsaKID() string { return kid(t.rsaKey.N.Bytes()) }

func (t *Telegram) ecKID() string {
	x, _ := coordinates(&t.ecKey.PublicKey)
	return kid(x)
}

func kid(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
