package identity

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	outsideTimeout   = 10 * time.Second
	outsideBodyLimit = 1 << 20
	idTokenSkew      = time.Minute
)

// outsideClient talks to Telegram: bounded in time and size, and it follows no redirects, so that the address an operator allowed is the
// one that is asked.
func outsideClient() *http.Client {
	return &http.Client{
		Timeout:       outsideTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     boundedTransport{http.DefaultTransport.(*http.Transport).Clone()},
	}
}

// boundedTransport cuts answers off after outsideBodyLimit bytes.
type boundedTransport struct{ next http.RoundTripper }

func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, outsideBodyLimit), res.Body}
	return res, nil
}

// endpoints are an issuer's addresses.
type endpoints struct {
	Authorization string `json:"authorization_endpoint"`
	Token         string `json:"token_endpoint"`
	Keys          string `json:"jwks_uri"`
}

// discover asks the issuer for its addresses. They must be on the issuer's own host; what it says about its own name is not believed,
// the configuration is.
func (s *Server) discover(ctx context.Context, issuer string) (endpoints, error) {
	var e endpoints
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, issuer+"/.well-known/openid-configuration", nil)
	if err != nil {
		return e, err
	}
	res, err := s.http.Do(req)
	if err != nil {
		return e, fmt.Errorf("identity: ask the issuer: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return e, fmt.Errorf("identity: the issuer answers %d", res.StatusCode)
	}
	if err := json.NewDecoder(res.Body).Decode(&e); err != nil {
		return e, fmt.Errorf("identity: the issuer's configuration: %w", err)
	}
	home, err := url.Parse(issuer)
	if err != nil {
		return e, err
	}
	for _, address := range []string{e.Authorization, e.Token, e.Keys} {
		if u, err := url.Parse(address); err != nil || u.Host != home.Host || u.Scheme != home.Scheme {
			return e, fmt.Errorf("identity: the issuer's configuration names the foreign address %q", address)
		}
	}
	return e, nil
}

func (t telegram) oauth(e endpoints, redirectURI string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: t.clientID, ClientSecret: t.clientSecret, RedirectURL: redirectURI, Scopes: []string{"openid", "profile"},
		Endpoint: oauth2.Endpoint{AuthURL: e.Authorization, TokenURL: e.Token, AuthStyle: oauth2.AuthStyleInHeader},
	}
}

// exchange turns a code into a verified person. The error is for the log.
func (s *Server) exchange(ctx context.Context, t telegram, redirectURI, verifier, nonce, code string) (telegramPerson, error) {
	e, err := s.discover(ctx, t.issuer)
	if err != nil {
		return telegramPerson{}, err
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, s.http)
	tok, err := t.oauth(e, redirectURI).Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return telegramPerson{}, fmt.Errorf("identity: exchange the code: %w", err)
	}
	raw, _ := tok.Extra("id_token").(string)
	if err := checkAlgorithm(raw); err != nil {
		return telegramPerson{}, err
	}
	// Keys are asked for each time: logins are rare next to the round trips they take anyway, and a withdrawn key is never used again.
	payload, err := oidc.NewRemoteKeySet(oidc.ClientContext(ctx, s.http), e.Keys).VerifySignature(ctx, raw)
	if err != nil {
		return telegramPerson{}, fmt.Errorf("identity: id_token: %w", err)
	}
	return t.readIDToken(payload, nonce, s.clock())
}

// checkAlgorithm admits the two algorithms that Telegram documents; the signature is checked elsewhere.
func checkAlgorithm(raw string) error {
	head, _, _ := strings.Cut(raw, ".")
	b, err := base64.RawURLEncoding.DecodeString(head)
	var h struct {
		Alg string `json:"alg"`
	}
	if err != nil || json.Unmarshal(b, &h) != nil || !slices.Contains([]string{"RS256", "ES256"}, h.Alg) {
		return errors.New("identity: id_token: not RS256 or ES256")
	}
	return nil
}

// looseStrings reads a claim that may be a string, a number, or a list of them: Telegram's aud has been seen as a number.
type looseStrings []string

// UnmarshalJSON implements json.Unmarshaler.
func (l *looseStrings) UnmarshalJSON(b []byte) error {
	var one json.RawMessage
	var many []json.RawMessage
	if err := json.Unmarshal(b, &many); err != nil {
		if err := json.Unmarshal(b, &one); err != nil {
			return err
		}
		many = []json.RawMessage{one}
	}
	for _, m := range many {
		var s string
		var n json.Number
		switch {
		case json.Unmarshal(m, &s) == nil:
			*l = append(*l, s)
		case json.Unmarshal(m, &n) == nil && n != "":
			*l = append(*l, n.String())
		default:
			return errors.New("neither string nor number")
		}
	}
	return nil
}

// readIDToken checks the claims of an id_token whose signature is verified. iss is compared with the configuration.
func (t telegram) readIDToken(payload []byte, nonce string, now time.Time) (telegramPerson, error) {
	var c struct {
		Issuer   string       `json:"iss"`
		Audience looseStrings `json:"aud"`
		Subject  looseStrings `json:"sub"`
		Expires  int64        `json:"exp"`
		IssuedAt int64        `json:"iat"`
		Nonce    string       `json:"nonce"`
		Locale   string       `json:"locale"`
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return telegramPerson{}, fmt.Errorf("identity: id_token: %w", err)
	}
	switch {
	case c.Issuer != t.issuer:
		return telegramPerson{}, fmt.Errorf("identity: id_token: issuer %q", c.Issuer)
	case !slices.Contains(c.Audience, t.clientID):
		return telegramPerson{}, errors.New("identity: id_token: another audience")
	case c.Expires == 0 || now.After(time.Unix(c.Expires, 0).Add(idTokenSkew)):
		return telegramPerson{}, errors.New("identity: id_token: over")
	case c.IssuedAt == 0 || time.Unix(c.IssuedAt, 0).After(now.Add(idTokenSkew)):
		return telegramPerson{}, errors.New("identity: id_token: from the future")
	case subtle.ConstantTimeCompare([]byte(c.Nonce), []byte(nonce)) != 1:
		return telegramPerson{}, errors.New("identity: id_token: another nonce")
	case len(c.Subject) != 1 || !digitsForm.MatchString(c.Subject[0]):
		return telegramPerson{}, errors.New("identity: id_token: no subject")
	}
	return telegramPerson{id: c.Subject[0], language: c.Locale}, nil
}
