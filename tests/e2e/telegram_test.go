package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// post sends JSON and fills into from the answer, whatever its status.
func (p *platform) post(address, token string, body, into any) int {
	p.t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(p.t, err)
	h := http.Header{"Content-Type": {"application/json"}}
	if token != "" {
		h.Set("Authorization", "Bearer "+token)
	}
	status, _, answer := p.request(http.MethodPost, address, strings.NewReader(string(raw)), h)
	if into != nil {
		require.NoError(p.t, json.Unmarshal([]byte(answer), into), answer)
	}
	return status
}

func (p *platform) get(address, token string, into any) int {
	p.t.Helper()
	h := http.Header{"Accept": {"application/json"}}
	if token != "" {
		h.Set("Authorization", "Bearer "+token)
	}
	status, _, answer := p.request(http.MethodGet, address, nil, h)
	if into != nil {
		require.NoError(p.t, json.Unmarshal([]byte(answer), into), answer)
	}
	return status
}

type session struct {
	Tokens struct {
		AccessToken string `json:"accessToken"`
	} `json:"tokens"`
	Registered bool   `json:"registered"`
	Challenge  string `json:"challenge"`
}

type reasoned struct {
	Details []struct {
		Reason string `json:"reason"`
	} `json:"details"`
}

// TestTelegram_EveryWayIn registers and logs in with each proof that Telegram gives, from the sandbox that speaks its protocols.
func TestTelegram_EveryWayIn(t *testing.T) {
	p := shared(t)
	admin, err := os.ReadFile(filepath.Join(p.home, "sandbox", "telegram", "admin-token"))
	require.NoError(t, err)
	token := strings.TrimSpace(string(admin))
	var user struct {
		ID int64 `json:"id"`
	}
	require.Less(t, p.post(p.sandbox+"/telegram/users", "", map[string]any{"first_name": "Nino", "username": "nino_plays"}, &user), 300)

	first := p.telegramLogin(user.ID)
	require.True(t, first.Registered)
	again := p.telegramLogin(user.ID)
	require.False(t, again.Registered, "the same person again")
	require.Equal(t, p.whoami(first), p.whoami(again))

	var mini struct {
		InitData string `json:"init_data"`
	}
	require.Less(t, p.post(p.sandbox+"/telegram/admin/init-data", token, map[string]any{"user_id": user.ID}, &mini), 300)
	var s session
	require.Equal(t, 200, p.post(p.gateway+"/v1/auth/telegram/mini-app", "", map[string]any{"initData": mini.InitData}, &s))
	require.Equal(t, p.whoami(first), p.whoami(s), "one person, whatever the proof")
	var refused reasoned
	require.Equal(t, 401, p.post(p.gateway+"/v1/auth/telegram/mini-app", "", map[string]any{"initData": mini.InitData}, &refused))
	require.Equal(t, "TELEGRAM_PROOF_INVALID", refused.Details[0].Reason, "a proof counts once")
	require.Equal(t, 401, p.post(p.gateway+"/v1/auth/telegram/mini-app", "", map[string]any{"initData": mini.InitData + "0"}, nil))

	var widget struct {
		Fields map[string]string `json:"fields"`
	}
	require.Less(t, p.post(p.sandbox+"/telegram/admin/widget", token, map[string]any{"user_id": user.ID}, &widget), 300)
	var w session
	require.Equal(t, 200, p.post(p.gateway+"/v1/auth/telegram/widget", "", map[string]any{"fields": widget.Fields}, &w))
	require.Equal(t, p.whoami(first), p.whoami(w))
	widget.Fields["first_name"] = "Mallory"
	require.Equal(t, 401, p.post(p.gateway+"/v1/auth/telegram/widget", "", map[string]any{"fields": widget.Fields}, nil))
}

// telegramLogin walks the OpenID Connect flow as a browser does.
func (p *platform) telegramLogin(user int64) session {
	p.t.Helper()
	var start struct{ AuthorizationURL, State string }
	require.Equal(p.t, 200, p.post(p.gateway+"/v1/auth/telegram:start", "", map[string]any{}, &start))
	var consent struct {
		Decide string `json:"decide"`
	}
	require.Equal(p.t, 200, p.get(start.AuthorizationURL, "", &consent))
	decide, err := url.Parse(start.AuthorizationURL)
	require.NoError(p.t, err)
	decide, err = decide.Parse(consent.Decide)
	require.NoError(p.t, err)
	status, h, body := p.request(http.MethodPost, decide.String(), strings.NewReader(url.Values{"user_id": {fmt.Sprint(user)}}.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	require.Equal(p.t, http.StatusSeeOther, status, body)
	back, err := url.Parse(h.Get("Location"))
	require.NoError(p.t, err)
	require.Equal(p.t, start.State, back.Query().Get("state"))
	var s session
	require.Equal(p.t, 200, p.post(p.gateway+"/v1/auth/telegram:complete", "", map[string]any{"state": start.State, "code": back.Query().Get("code")}, &s))
	require.Equal(p.t, 401, p.post(p.gateway+"/v1/auth/telegram:complete", "", map[string]any{"state": start.State, "code": back.Query().Get("code")}, nil), "state and code count once")
	return s
}

func (p *platform) whoami(s session) string {
	p.t.Helper()
	var me struct {
		Player struct {
			PlayerID string `json:"playerId"`
		} `json:"player"`
	}
	require.Equal(p.t, 200, p.get(p.gateway+"/v1/me", s.Tokens.AccessToken, &me))
	return me.Player.PlayerID
}

// TestPlayers_SeeOnlyTheirOwn gives one player another one's ids.
func TestPlayers_SeeOnlyTheirOwn(t *testing.T) {
	p := shared(t)
	users := []session{}
	for _, name := range []string{"Ana", "Beka"} {
		var user struct {
			ID int64 `json:"id"`
		}
		require.Less(t, p.post(p.sandbox+"/telegram/users", "", map[string]any{"first_name": name}, &user), 300)
		users = append(users, p.telegramLogin(user.ID))
	}
	ana, beka := users[0].Tokens.AccessToken, users[1].Tokens.AccessToken
	var d struct {
		Deposit struct {
			DepositID string `json:"depositId"`
		} `json:"deposit"`
	}
	require.Equal(t, 200, p.post(p.gateway+"/v1/deposits", ana, map[string]any{"methodId": "sandbox-payments", "requestId": "one", "amount": map[string]string{"amount": "20.00", "currency": "EUR"}}, &d))
	require.Equal(t, 200, p.get(p.gateway+"/v1/deposits/"+d.Deposit.DepositID, ana, nil))
	require.Equal(t, 404, p.get(p.gateway+"/v1/deposits/"+d.Deposit.DepositID, beka, nil))
	var sessions struct {
		Sessions []struct {
			SessionID string `json:"sessionId"`
		} `json:"sessions"`
	}
	require.Equal(t, 200, p.get(p.gateway+"/v1/me/sessions", ana, &sessions))
	status, _, _ := p.request(http.MethodDelete, p.gateway+"/v1/me/sessions/"+sessions.Sessions[0].SessionID, nil, http.Header{"Authorization": {"Bearer " + beka}})
	require.Equal(t, 404, status)
	for _, path := range []string{"/v1/operator/players", "/v1/operator/withdrawals", "/v1/operator/integrations", "/v1/operator/players/" + p.whoami(users[0]) + "/entries"} {
		require.Equal(t, 403, p.get(p.gateway+path, beka, nil), path)
		require.Equal(t, 401, p.get(p.gateway+path, "", nil), path)
	}
	require.Equal(t, 200, p.get(p.gateway+"/v1/me", ana, nil))
	require.Equal(t, 200, p.post(p.gateway+"/v1/auth/logout", ana, map[string]any{}, nil))
	// The token has minutes to live, but every service hears that its session ended.
	require.Eventually(t, func() bool { return p.get(p.gateway+"/v1/wallet/balances", ana, nil) == 401 }, 5*time.Second, 20*time.Millisecond)
	require.Equal(t, 200, p.get(p.gateway+"/v1/wallet/balances", beka, nil))
}
