package telegram

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
)

// login walks a user through /auth and returns the code.
func (s *sandbox) login(verifier, nonce string, decide url.Values) string {
	q := url.Values{
		"client_id": {s.tg.Credentials().ClientID}, "redirect_uri": {redirectURI}, "response_type": {"code"},
		"scope": {"openid profile phone"}, "state": {"st"}, "nonce": {nonce},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
	}
	res, out := s.do(http.MethodGet, "/auth?"+q.Encode(), "", "Accept", "application/json")
	require.Equal(s.t, http.StatusOK, res.StatusCode, out)
	res, _ = s.form(out["decide"].(string), decide)
	require.Equal(s.t, http.StatusSeeOther, res.StatusCode)
	to, err := res.Location()
	require.NoError(s.t, err)
	require.Equal(s.t, "casino.example", to.Host)
	require.Equal(s.t, "1", to.Query().Get("x"))
	require.Equal(s.t, "st", to.Query().Get("state"))
	return to.Query().Get("code")
}

func (s *sandbox) exchange(code, verifier string) (int, map[string]any) {
	c := s.tg.Credentials()
	basic := base64.StdEncoding.EncodeToString([]byte(c.ClientID + ":" + c.ClientSecret))
	res, out := s.form("/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURI}, "code_verifier": {verifier},
	}, "Authorization", "Basic "+basic)
	return res.StatusCode, out
}

// claims reads a token without verifying it.
func claims(t *testing.T, token any) map[string]any {
	parts := strings.Split(token.(string), ".")
	require.Len(t, parts, 3)
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	var out map[string]any
	require.NoError(t, dec.Decode(&out))
	return out
}

func TestLoginIsVerifiedByAnOrdinaryClient(t *testing.T) {
	s := newSandbox(t)
	id := s.newUser("Anna")
	for _, algorithm := range []string{"RS256", "ES256"} {
		res, _ := s.admin(http.MethodPut, "/admin/settings", `{"settings":{"algorithm":"`+algorithm+`"}}`)
		require.Equal(t, http.StatusOK, res.StatusCode)
		provider, err := oidc.NewProvider(t.Context(), s.http.URL)
		require.NoError(t, err)
		c := s.tg.Credentials()
		client := oauth2.Config{ClientID: c.ClientID, ClientSecret: c.ClientSecret, Endpoint: provider.Endpoint(), RedirectURL: redirectURI}
		client.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
		verifier := oauth2.GenerateVerifier()
		code := s.login(verifier, "n-1", url.Values{"user_id": {strconv.FormatInt(id, 10)}})
		token, err := client.Exchange(t.Context(), code, oauth2.VerifierOption(verifier))
		require.NoError(t, err)
		idToken, err := provider.Verifier(&oidc.Config{ClientID: c.ClientID}).Verify(t.Context(), token.Extra("id_token").(string))
		require.NoError(t, err)
		require.Equal(t, strconv.FormatInt(id, 10), idToken.Subject)
		require.Equal(t, "n-1", idToken.Nonce)
		got := claims(t, token.Extra("id_token"))
		require.Equal(t, "Anna Test & Co", got["name"])
		require.Equal(t, "anna_sandbox", got["preferred_username"])
	}
}

func TestLoginAsANewUserOrNot(t *testing.T) {
	s := newSandbox(t)
	verifier := oauth2.GenerateVerifier()
	code := s.login(verifier, "", url.Values{"first_name": {"Ben"}, "id": {"4503599627370400"}, "phone": {"+35699000000"}})
	_, out := s.exchange(code, verifier)
	got := claims(t, out["id_token"])
	require.Equal(t, "4503599627370400", got["sub"])
	require.Equal(t, "+35699000000", got["phone_number"])
	require.NotContains(t, got, "preferred_username")
	require.NotContains(t, got, "nonce")
	require.Empty(t, s.login(verifier, "", url.Values{"action": {"deny"}}))
	res, page := s.do(http.MethodGet, "/auth?client_id=1", "")
	require.Equal(t, http.StatusBadRequest, res.StatusCode)
	require.Contains(t, page["raw"], "client_id")
}

func TestAuthorizeErrors(t *testing.T) {
	s := newSandbox(t)
	good := url.Values{
		"client_id": {s.tg.Credentials().ClientID}, "redirect_uri": {redirectURI}, "response_type": {"code"}, "scope": {"openid"},
		"state": {"st"}, "code_challenge": {strings.Repeat("a", 43)}, "code_challenge_method": {"S256"},
	}
	for change, want := range map[string]string{
		"response_type=token": "unsupported_response_type", "scope=profile": "invalid_scope",
		"code_challenge_method=plain": "invalid_request", "code_challenge=": "invalid_request",
	} {
		q, _ := url.ParseQuery(good.Encode())
		k, v, _ := strings.Cut(change, "=")
		q.Set(k, v)
		res, _ := s.do(http.MethodGet, "/auth?"+q.Encode(), "")
		require.Equal(t, http.StatusSeeOther, res.StatusCode, change)
		to, err := res.Location()
		require.NoError(t, err)
		require.Equal(t, want, to.Query().Get("error"), change)
		require.Equal(t, "st", to.Query().Get("state"))
	}
	for _, uri := range []string{"", redirectURI + "&y=2", "https://evil.example"} {
		q, _ := url.ParseQuery(good.Encode())
		q.Set("redirect_uri", uri)
		res, _ := s.do(http.MethodGet, "/auth?"+q.Encode(), "")
		require.Equal(t, http.StatusBadRequest, res.StatusCode, "never redirected to what is not on the list")
	}
	res, page := s.do(http.MethodGet, "/auth?"+good.Encode(), "")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, page["raw"], "casino.example")
	require.Contains(t, res.Header.Get("Content-Security-Policy"), "script-src 'self'")
}

func TestTokenErrors(t *testing.T) {
	s := newSandbox(t)
	id := url.Values{"user_id": {strconv.FormatInt(s.newUser("Cleo"), 10)}}
	verifier := oauth2.GenerateVerifier()

	code := s.login(verifier, "n", id)
	status, out := s.exchange(code, oauth2.GenerateVerifier())
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, "invalid_grant", out["error"])
	status, _ = s.exchange(code, verifier)
	require.Equal(t, http.StatusBadRequest, status, "used up by the wrong verifier")

	code = s.login(verifier, "n", id)
	status, _ = s.exchange(code, verifier)
	require.Equal(t, http.StatusOK, status)
	status, out = s.exchange(code, verifier)
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, "invalid_grant", out["error"])

	for _, header := range []string{"", "Basic eDp5", "Bearer x"} {
		res, out := s.form("/token", url.Values{"grant_type": {"authorization_code"}}, "Authorization", header)
		require.Equal(t, http.StatusUnauthorized, res.StatusCode)
		require.Equal(t, "invalid_client", out["error"])
	}
}

func TestTokenFaults(t *testing.T) {
	s := newSandbox(t)
	id := url.Values{"user_id": {strconv.FormatInt(s.newUser("Dora"), 10)}}
	verifier := oauth2.GenerateVerifier()
	get := func() map[string]any {
		status, out := s.exchange(s.login(verifier, "n", id), verifier)
		require.Equal(t, http.StatusOK, status, out)
		return out
	}
	set := func(k fault.Kind) {
		require.NoError(t, s.tg.Faults().Set(0, fault.Rule{Operation: "token", Kind: k, Count: 1}))
	}
	require.Equal(t, s.tg.Credentials().ClientID, claims(t, get()["id_token"])["aud"])
	set(NumericAud)
	require.Equal(t, json.Number(s.tg.Credentials().ClientID), claims(t, get()["id_token"])["aud"])
	set(WrongNonce)
	require.Equal(t, "another", claims(t, get()["id_token"])["nonce"])
	set(BadSignature)
	provider, err := oidc.NewProvider(t.Context(), s.http.URL)
	require.NoError(t, err)
	_, err = provider.Verifier(&oidc.Config{ClientID: s.tg.Credentials().ClientID}).Verify(t.Context(), get()["id_token"].(string))
	require.Error(t, err)

	set(fault.Drop)
	code := s.login(verifier, "n", id)
	c := s.tg.Credentials()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.http.URL+"/token", strings.NewReader(url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURI}, "code_verifier": {verifier},
	}.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(c.ClientID, c.ClientSecret)
	res, err := http.DefaultClient.Do(req)
	if err == nil {
		require.NoError(t, res.Body.Close())
		err = errors.New("it was answered")
	}
	var broken *url.Error
	require.ErrorAs(t, err, &broken)
	status, _ := s.exchange(code, verifier)
	require.Equal(t, http.StatusBadRequest, status, "the code is gone with the answer")

	res2, _ := s.admin(http.MethodPut, "/admin/settings", `{"settings":{"algorithm":"RS256","numeric_aud":true},"redirect_uris":["https://other.example/cb"]}`)
	require.Equal(t, http.StatusOK, res2.StatusCode)
	require.Equal(t, json.Number(c.ClientID), claims(t, get()["id_token"])["aud"])
}
