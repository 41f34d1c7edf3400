package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// operator is the back office's REST with the first administrator's session, whose second factor is fresh.
type operator struct {
	*platform
	token string
}

// operatorLogin logs the first administrator in. A code works once, and another test may have used it.
func (p *platform) operatorLogin() *operator {
	p.t.Helper()
	raw, err := os.ReadFile(filepath.Join(p.home, "operator.json"))
	require.NoError(p.t, err)
	var cred struct {
		Email, Password string
		Secret          string `json:"totp_secret"`
	}
	require.NoError(p.t, json.Unmarshal(raw, &cred))
	o := &operator{platform: p}
	require.Eventually(p.t, func() bool {
		code, err := totp.GenerateCode(cred.Secret, time.Now())
		require.NoError(p.t, err)
		var s session
		status := p.post(p.gateway+"/v1/operator/auth/login", "", map[string]any{"email": cred.Email, "password": cred.Password, "totpCode": code}, &s)
		o.token = s.Tokens.AccessToken
		return status == http.StatusOK
	}, 90*time.Second, 3*time.Second)
	return o
}

// do posts to the back office what must be taken.
func (o *operator) do(path string, body, into any) {
	o.t.Helper()
	var answer json.RawMessage
	require.Equal(o.t, http.StatusOK, o.post(o.gateway+"/v1/operator/"+path, o.token, body, &answer), "%s: %s", path, answer)
	if into != nil {
		require.NoError(o.t, json.Unmarshal(answer, into))
	}
}

// games makes an integration with one published game and answers the game's id.
func (o *operator) games(id, protocol string, settings, secrets map[string]string) string {
	o.t.Helper()
	o.do("integrations", map[string]any{"integrationId": id, "protocol": protocol, "name": id, "settings": settings, "secrets": secrets}, nil)
	o.do("integrations/"+id+":syncGames", map[string]any{}, nil)
	var list struct{ Games []struct{ GameID string } }
	require.Equal(o.t, http.StatusOK, o.get(o.gateway+"/v1/operator/games?integrationId="+id, o.token, &list))
	require.Len(o.t, list.Games, 1)
	o.do("games/"+list.Games[0].GameID+":setPublished", map[string]any{"published": true}, nil)
	return list.Games[0].GameID
}

// testPlayer is a test player of a country with 100.00 EUR.
func (o *operator) testPlayer(country string) string {
	o.t.Helper()
	var made struct{ PlayerID string }
	o.do("test-players", map[string]any{"requestId": ids.New("req"), "country": country, "currency": "EUR"}, &made)
	o.do("test-players/"+made.PlayerID+":fund", map[string]any{
		"requestId": ids.New("req"), "amount": map[string]string{"amount": "100.00", "currency": "EUR"}, "direction": "TEST_FUNDING_IN",
	}, nil)
	return made.PlayerID
}

// TestKillSwitch_Country stops the play of one country's players from the back office: their stakes end, by a studio's callback and by a partner's bet, while what
// is under way is paid and taken back; other countries play on.
func TestKillSwitch_Country(t *testing.T) {
	p := shared(t)
	o, secret := p.operatorLogin(), "a-secret-of-the-aggregator"
	game := o.games("kill-a8r", "a8r", map[string]string{"games": "one:slot=Slot"}, map[string]string{"auth_token": secret})
	there, elsewhere, bets := o.testPlayer("AT"), o.testPlayer("FI"), p.partnerToken("bets")
	callback := func(method, player, transactions string) string {
		body := fmt.Sprintf(`{"player_id":%q,"currency":"EUR","game_id":"one:slot","provider":"one","round_id":"r1","finished":false,"transactions":[%s]}`, player, transactions)
		code, _, text := p.request(http.MethodPost, p.gateway+"/callbacks/kill-a8r/v2/a8r_casino.Round/"+method, strings.NewReader(body), http.Header{
			"Content-Type": {"application/json"}, "X-Request-Sign": {adapter.SignHMAC(secret, []byte(body))},
		})
		var answer struct {
			Balance string
			Meta    struct {
				Message string `json:"api_message"`
			}
		}
		require.NoError(t, json.Unmarshal([]byte(text), &answer), text)
		return fmt.Sprint(code, " ", answer.Balance, answer.Meta.Message)
	}
	n := 0
	bet := func(player string) string {
		n++
		return callback("BetWin", player, fmt.Sprintf(`{"id":"b%d-%s","type":"bet","amount":"1.00"}`, n, player))
	}
	place := func(player string) string {
		var answer struct{ Status, Rule string }
		status := p.post(p.gateway+"/bets/place", bets, map[string]any{
			"requestId": ids.New("req"), "playerId": player, "roundId": "R-1", "gameId": game, "stake": map[string]string{"amount": "1.00", "currency": "EUR"},
		}, &answer)
		require.Equal(t, http.StatusOK, status)
		return strings.TrimSpace(answer.Status + " " + answer.Rule)
	}
	turn := func(off bool) {
		o.do("kill-switches", map[string]any{"scope": "KILL_SWITCH_SCOPE_JURISDICTION", "value": "AT", "off": off, "reason": "the licence is suspended"}, nil)
	}
	require.Equal(t, "200 99.00", callback("BetWin", there, `{"id":"first","type":"bet","amount":"1.00"}`))
	require.Equal(t, "200 98.00", callback("BetWin", there, `{"id":"second","type":"bet","amount":"1.00"}`))
	require.Equal(t, "200 99.00", bet(elsewhere))

	turn(true)
	defer turn(false)
	var list struct {
		KillSwitches []struct{ Scope, Value, Reason string }
	}
	require.Equal(t, http.StatusOK, p.get(p.gateway+"/v1/operator/kill-switches?offOnly=true", o.token, &list))
	require.Contains(t, list.KillSwitches, struct{ Scope, Value, Reason string }{"KILL_SWITCH_SCOPE_JURISDICTION", "AT", "the licence is suspended"})
	taken := 0
	require.Eventually(t, func() bool {
		if place(there) == "REJECTED JURISDICTION_SWITCHED_OFF" {
			return true
		}
		taken++
		return false
	}, 10*time.Second, 50*time.Millisecond)
	left := fmt.Sprintf("%d.00", 98-taken)
	require.Equal(t, "400 game_id: the game cannot be played now", bet(there))
	require.Equal(t, "200 98.00", bet(elsewhere))
	require.Equal(t, "ACCEPTED", place(elsewhere))
	require.Equal(t, "200 "+left, callback("BetWin", there, `{"id":"first","type":"bet","amount":"1.00"}`), "a repetition is answered")
	require.Equal(t, fmt.Sprintf("200 %d.00", 103-taken), callback("BetWin", there, `{"id":"won","type":"win","amount":"5.00"}`))
	require.Equal(t, fmt.Sprintf("200 %d.00", 104-taken), callback("Rollback", there, `{"id":"back","original_id":"second"}`))

	turn(false)
	require.Eventually(t, func() bool { return place(there) == "ACCEPTED" }, 10*time.Second, 50*time.Millisecond)
	require.Equal(t, fmt.Sprintf("200 %d.00", 102-taken), bet(there))
}
