package studio

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/a8r"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/hub88"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/pragmatic"
)

// grants give three free rounds of 0.20 by each protocol's own API.
var grants = map[string]func(h *dialected, name string) (int, map[string]any){
	"caleta": func(h *dialected, name string) (int, map[string]any) {
		signed := func(path string, body any) (int, map[string]any) {
			raw, err := json.Marshal(body)
			require.NoError(h.t, err)
			signature, err := hub88.Sign(h.key, raw)
			require.NoError(h.t, err)
			return h.do(http.MethodPost, path, raw, "X-Auth-Signature", signature)
		}
		_, list := signed("/api/freebet/prepaids/list", map[string]any{"operator_id": "pitboss", "currency": "EUR"})
		var prepaids []map[string]any
		require.NoError(h.t, json.Unmarshal([]byte(list["raw"].(string)), &prepaids))
		require.Len(h.t, prepaids, 1, "of the four games the slot has free rounds")
		return signed("/api/freebet/rewards/create", map[string]any{
			"operator_id": "pitboss", "user": "player-1", "prepaid_uuid": prepaids[0]["prepaid_uuid"], "bet_value": 20_000, "bet_count": 3,
			"reward_uuid": name, "end_time": time.Now().UTC().Add(time.Hour).Format("2006-01-02T15:04:05"),
		})
	},
	"pragmatic": func(h *dialected, name string) (int, map[string]any) {
		q := url.Values{
			"secureLogin": {"pb_casino"}, "bonusCode": {name}, "playerId": {"player-1"}, "currency": {"EUR"}, "rounds": {"3"},
			"startDate": {strconv.FormatInt(time.Now().Add(-time.Minute).Unix(), 10)}, "expirationDate": {strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)},
		}
		q.Set("hash", pragmatic.Hash(q, "testKey"))
		return h.do(http.MethodPost, "/IntegrationService/v3/http/FreeRoundsBonusAPI/v2/bonus/player/create?"+q.Encode(),
			[]byte(`{"gameList":[{"gameId":"pbs_goldenvault","betValues":[{"currency":"EUR","totalBet":0.20}]}]}`))
	},
	"a8r": func(h *dialected, name string) (int, map[string]any) {
		raw, err := json.Marshal(map[string]any{
			"casino_id": "pitboss", "issue_id": name, "freespins_quantity": 3, "bet_amount": "0.20", "games": []string{GameCode},
			"valid_until": time.Now().UTC().Add(time.Hour).Format(time.RFC3339), "player": map[string]string{"id": "player-1", "currency": "EUR"},
		})
		require.NoError(h.t, err)
		return h.do(http.MethodPost, "/v2/casino_a8r.Freespins/Issue", raw, "X-REQUEST-SIGN", a8r.Sign("hmac-secret", raw))
	},
}

func TestFreeRoundsThroughEveryProtocolThatHasThem(t *testing.T) {
	for _, d := range dialects {
		grant := grants[d.name]
		if grant == nil {
			continue
		}
		t.Run(d.name, func(t *testing.T) {
			h := newDialected(t, d)
			status, out := grant(h, "free-1")
			require.Equal(t, http.StatusOK, status, out)
			status, again := grant(h, "free-1")
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, out["error"], again["error"], "granting again changes nothing")
			play := h.start(GameCode)
			_, v := h.do(http.MethodGet, play, nil)
			require.EqualValues(t, 3, v["free_rounds"].(map[string]any)["left"])
			require.Equal(t, "0.20", v["free_rounds"].(map[string]any)["bet"])
			won := int64(0)
			for i := range 3 {
				status, r := h.post(play+"/spin", map[string]string{"spin_id": fmt.Sprintf("free-%04d", i), "free": "free-1"})
				require.Equal(t, http.StatusOK, status, r)
				require.Equal(t, "settled", r["status"], r)
				require.EqualValues(t, 2-i, r["free_left"])
				won += parse(r["win"].(string))
				_, same := h.post(play+"/spin", map[string]string{"spin_id": fmt.Sprintf("free-%04d", i), "free": "free-1"})
				require.Equal(t, r["round_id"], same["round_id"])
			}
			status, out = h.post(play+"/spin", map[string]string{"spin_id": "free-over", "free": "free-1"})
			require.Equal(t, http.StatusBadRequest, status)
			require.Equal(t, "no_free_rounds", reason(out))
			require.Eventually(t, func() bool {
				l := h.s.Licensee(d.name, h.s.operators[9].Key)
				return h.s.FreeRounds(l, "player-1")[0].State == rewardFinished
			}, 5*time.Second, 5*time.Millisecond)
			require.Equal(t, 1_000_00+won, h.book.balance, "the stakes were nobody's, the wins are the player's, once")
			if d.name == "pragmatic" {
				require.Equal(t, 1, h.book.calls["total "+text2(won)], "bonusWin tells the total")
			}
			_, books := h.admin(http.MethodGet, "/admin/books?operator_id=9", "")
			require.Equal(t, "0.00", books["totals"].([]any)[0].(map[string]any)["bets"].(map[string]any)["amount"])
			_, v = h.do(http.MethodGet, play, nil)
			require.Nil(t, v["free_rounds"])
		})
	}
}

func TestFreeRoundsEnd(t *testing.T) {
	h := newDialected(t, a8rDialect, func(c *Config) { c.RewardSweep = 5 * time.Millisecond })
	_, _ = grants["a8r"](h, "free-1")
	l := h.s.Licensee("a8r", "pitboss")
	require.True(t, h.s.Revoke(l, "free-1"))
	require.True(t, h.s.Revoke(l, "free-1"), "twice is once")
	require.False(t, h.s.Revoke(l, "none"))
	play := h.start(GameCode)
	status, _ := h.post(play+"/spin", map[string]string{"spin_id": "free-0001", "free": "free-1"})
	require.Equal(t, http.StatusBadRequest, status, "revoked")

	_, _ = grants["a8r"](h, "free-2")
	status, r := h.post(play+"/spin", map[string]string{"spin_id": "free-0002", "free": "free-2"})
	require.Equal(t, http.StatusOK, status)
	require.False(t, h.s.Revoke(l, "free-2"), "begun")
	h.restart()
	h.s.mu.Lock()
	f := h.s.rewards[rewardKey(9, "free-2")]
	require.Equal(t, 1, f.Used)
	f.Expires = h.s.now()
	h.s.mu.Unlock()
	require.Eventually(t, func() bool {
		h.book.mu.Lock()
		defer h.book.mu.Unlock()
		return h.book.calls["/v2/a8r_casino.Freespins/Finish"] == 1
	}, 5*time.Second, 5*time.Millisecond, "the total of what was played is told when the time is over")
	require.Equal(t, 1_000_00+parse(r["win"].(string)), h.book.balance)

	for field, value := range map[string]any{"freespins_quantity": 0, "bet_amount": "0.15", "games": []string{CodeRoulette}, "valid_until": "soon"} {
		raw, err := json.Marshal(map[string]any{
			"casino_id": "pitboss", "issue_id": "free-3", "freespins_quantity": 3, "bet_amount": "0.20", "games": []string{GameCode},
			"valid_until": time.Now().UTC().Add(time.Hour).Format(time.RFC3339), "player": map[string]string{"id": "player-1", "currency": "EUR"}, field: value,
		})
		require.NoError(t, err)
		status, out := h.do(http.MethodPost, "/v2/casino_a8r.Freespins/Issue", raw, "X-REQUEST-SIGN", a8r.Sign("hmac-secret", raw))
		require.Equal(t, http.StatusBadRequest, status, field)
		require.Equal(t, "invalid_argument", out["code"])
	}
}
