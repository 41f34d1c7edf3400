package authn

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

const (
	// Audience is the aud claim of access tokens that services take.
	Audience = "pitboss"
	// MaxTTL is the longest life of an access token; a longer one is neither signed nor taken.
	MaxTTL = 5 * time.Minute
	// Skew is how far the clocks of two machines may differ.
	Skew = 5 * time.Second

	tokenType     = "at+jwt" // RFC 9068; keeps ID tokens and other JWTs of the same key from being used as access tokens
	maxTokenBytes = 4096
)

// ErrUnknownKey is what a KeySource returns when there is no such key; any other error means that it could not look.
var ErrUnknownKey = errors.New("authn: unknown key")

// KeySource finds the public key for a token's kid. It returns ErrUnknownKey when there is none.
type KeySource interface {
	Key(ctx context.Context, kid string) (ed25519.PublicKey, error)
}

// RevocationChecker says whether a token that verifies is taken back before its time: its session ended or its owner locked.
type RevocationChecker interface {
	Revoked(subject, sessionID string, issuedAt time.Time) bool
}

// Claims are the contents of an access token.
type Claims struct {
	Issuer    string
	Subject   string
	SessionID string
	ID        string // jti
	Kind      Kind   // player, operator or partner
	Roles     []string
	Scopes    []string
	ACR       string
	AuthTime  time.Time
	IssuedAt  time.Time
	ExpiresAt time.Time // at most MaxTTL after IssuedAt
}

// wireClaims is the JSON form, RFC 9068 with our kind and roles.
type wireClaims struct {
	jwt.RegisteredClaims
	SessionID string           `json:"sid,omitempty"`
	Kind      string           `json:"kind"`
	Roles     []string         `json:"roles,omitempty"`
	Scope     string           `json:"scope,omitempty"`
	ACR       string           `json:"acr,omitempty"`
	AuthTime  *jwt.NumericDate `json:"auth_time,omitempty"`
}

// Sign makes an access token for the audience "pitboss". It fails when the claims lack a subject, an issuer or a kind, or when the
// life is longer than MaxTTL.
func Sign(priv ed25519.PrivateKey, kid string, c Claims) (string, error) {
	switch {
	case len(priv) != ed25519.PrivateKeySize || kid == "":
		return "", errors.New("authn: sign needs a key and its id")
	case c.Subject == "" || c.Issuer == "" || c.IssuedAt.IsZero() || c.ExpiresAt.IsZero():
		return "", errors.New("authn: a token needs subject, issuer, issue and expiry times")
	case c.ExpiresAt.Sub(c.IssuedAt) > MaxTTL || !c.ExpiresAt.After(c.IssuedAt):
		return "", fmt.Errorf("authn: a token lives more than 0 and at most %s", MaxTTL)
	case !slices.Contains([]Kind{KindPlayer, KindOperator, KindPartner}, c.Kind):
		return "", fmt.Errorf("authn: no tokens for kind %q", c.Kind)
	}
	w := wireClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: c.Issuer, Subject: c.Subject, ID: c.ID, Audience: jwt.ClaimStrings{Audience},
			IssuedAt: jwt.NewNumericDate(c.IssuedAt), NotBefore: jwt.NewNumericDate(c.IssuedAt), ExpiresAt: jwt.NewNumericDate(c.ExpiresAt),
		},
		SessionID: c.SessionID, Kind: c.Kind.String(), Roles: c.Roles, Scope: strings.Join(c.Scopes, " "), ACR: c.ACR,
	}
	if !c.AuthTime.IsZero() {
		w.AuthTime = jwt.NewNumericDate(c.AuthTime)
	}
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, w)
	t.Header["kid"], t.Header["typ"] = kid, tokenType
	s, err := t.SignedString(priv)
	if err != nil {
		return "", fmt.Errorf("authn: sign: %w", err)
	}
	return s, nil
}

// Verifier checks access tokens.
type Verifier struct {
	issuer  string
	keys    KeySource
	clock   func() time.Time
	revoked RevocationChecker
	parser  *jwt.Parser
}

// Option changes a Verifier.
type Option func(*Verifier)

// WithRevocations refuses tokens that the checker calls revoked.
func WithRevocations(r RevocationChecker) Option { return func(v *Verifier) { v.revoked = r } }

// NewVerifier makes a Verifier for tokens of this issuer.
func NewVerifier(issuer string, keys KeySource, clock func() time.Time, opts ...Option) *Verifier {
	v := &Verifier{issuer: issuer, keys: keys, clock: clock}
	for _, o := range opts {
		o(v)
	}
	v.parser = jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), // the key decides the algorithm, never the token
		jwt.WithIssuer(issuer), jwt.WithAudience(Audience), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithLeeway(Skew), jwt.WithTimeFunc(clock))
	return v
}

// Verify checks a token and returns its claims. Errors: UNAUTHENTICATED, TOKEN_EXPIRED, and UNAVAILABLE when the key could not be
// looked up. The jku, x5u, x5c and jwk headers are not looked at: keys come from the KeySource alone.
func (v *Verifier) Verify(ctx context.Context, token string) (Claims, error) {
	if len(token) > maxTokenBytes {
		return Claims{}, unauthenticated("the access token is too long", nil)
	}
	var w wireClaims
	var lookup error
	_, err := v.parser.ParseWithClaims(token, &w, func(t *jwt.Token) (any, error) {
		typ, _ := t.Header["typ"].(string)
		kid, _ := t.Header["kid"].(string)
		if !strings.EqualFold(typ, tokenType) {
			return nil, errors.New("not an access token")
		}
		if kid == "" || len(kid) > 128 {
			return nil, errors.New("no key id")
		}
		key, err := v.keys.Key(ctx, kid)
		if err != nil && !errors.Is(err, ErrUnknownKey) {
			lookup = err
		}
		return key, err
	})
	switch {
	case lookup != nil:
		return Claims{}, errs.New(commonv1.ErrorReason_ERROR_REASON_UNAVAILABLE, "the access token cannot be checked now").
			WithRetry(time.Second).WithCause(lookup)
	case errors.Is(err, jwt.ErrTokenExpired): // looked at only after the signature has verified
		return Claims{}, errs.New(commonv1.ErrorReason_ERROR_REASON_TOKEN_EXPIRED, "the access token is over").WithCause(err)
	case err != nil:
		return Claims{}, unauthenticated("the access token is not valid", err)
	}
	return v.accept(w)
}

// accept checks what the parser does not: kind, subject, life and revocation.
func (v *Verifier) accept(w wireClaims) (Claims, error) {
	c := Claims{
		Issuer: w.Issuer, Subject: w.Subject, SessionID: w.SessionID, ID: w.ID, Roles: w.Roles,
		Scopes: strings.Fields(w.Scope), ACR: w.ACR, ExpiresAt: w.ExpiresAt.Time,
	}
	switch w.Kind {
	case KindPlayer.String():
		c.Kind = KindPlayer
	case KindOperator.String():
		c.Kind = KindOperator
	case KindPartner.String():
		c.Kind = KindPartner
	default:
		return Claims{}, unauthenticated("the access token is of an unknown kind", nil)
	}
	if c.Subject == "" || w.IssuedAt == nil {
		return Claims{}, unauthenticated("the access token lacks a claim", nil)
	}
	c.IssuedAt = w.IssuedAt.Time
	if c.ExpiresAt.Sub(c.IssuedAt) > MaxTTL {
		return Claims{}, unauthenticated("the access token lives too long", nil)
	}
	if w.AuthTime != nil {
		c.AuthTime = w.AuthTime.Time
	}
	if v.revoked != nil && v.revoked.Revoked(c.Subject, c.SessionID, c.IssuedAt) {
		return Claims{}, unauthenticated("the access token was taken back", nil)
	}
	return c, nil
}

func unauthenticated(msg string, cause error) error {
	return errs.New(commonv1.ErrorReason_ERROR_REASON_UNAUTHENTICATED, msg).WithCause(cause)
}
