package pam_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// TestSender: who calls comes first, then the path, then what every call must carry.
func TestSender(t *testing.T) {
	t.Parallel()
	x := open(t)
	path := "/players/" + x.Player + "/balance"
	ok := x.get(200, path, request{})
	require.Equal(t, ok, x.get(200, path, request{headers: map[string]string{"Authorization": "bearer " + apiToken}}))
	for name, v := range map[string]string{"none": "", "other": "Bearer other", "bare": apiToken, "basic": "Basic " + apiToken, "empty": "Bearer "} {
		h := map[string]string{"Authorization": v}
		require.Equal(t, "PAM_ERR_API_TOKEN", codeOf(t, x.get(401, path, request{headers: h})), name)
		require.Equal(t, "PAM_ERR_API_TOKEN", codeOf(t, x.get(401, "/nothing", request{headers: h})), name)
	}
	require.Equal(t, "PAM_ERR_MISSING_PROVIDER", codeOf(t, x.get(400, path, request{query: "x=1"})))
	require.Equal(t, "PAM_ERR_MISSING_PROVIDER", codeOf(t, x.get(400, path, request{query: "provider="})))
	for _, q := range []string{"provider=%zz", "provider=One&provider=Two", "provider=a%00b", "provider=%ff", "provider=" + strings.Repeat("x", 65), "provider=-"} {
		require.Equal(t, "PAM_ERR_UNDEFINED", codeOf(t, x.get(400, path, request{query: q})), q)
	}
	for _, name := range []string{"X-Player-Token", "X-Correlation-ID"} {
		require.Equal(t, "PAM_ERR_UNDEFINED", codeOf(t, x.get(400, path, request{headers: map[string]string{name: ""}})), name)
		require.Equal(t, "PAM_ERR_UNDEFINED", codeOf(t, x.get(400, path, request{headers: map[string]string{name: strings.Repeat("x", 300)}})), name)
		require.Equal(t, "PAM_ERR_UNDEFINED", codeOf(t, x.get(400, path, request{headers: map[string]string{name: "a\x01"}})), name)
	}
	for _, p := range []string{"/", "", "/players", "/players/", "/players/session/x", "/players//balance", "/players/%zz/balance", "/player/session", "/players/" + x.Player + "/gamerounds"} {
		require.Equal(t, "PAM_ERR_UNDEFINED", codeOf(t, x.get(404, p, request{})), p)
	}
	for _, p := range []string{"/players/a%00b/balance", "/players/%ff/balance", "/players/" + strings.Repeat("x", 300) + "/balance", "/players/" + x.Player + "/gamerounds/" + strings.Repeat("x", 41)} {
		require.Equal(t, "PAM_ERR_UNDEFINED", codeOf(t, x.get(400, p, request{})), p)
	}
	require.Equal(t, "PAM_ERR_PLAYER_NOT_FOUND", codeOf(t, x.get(200, "/players/"+strings.Repeat("x", 65)+"/balance", request{})))
	code, body := x.raw(request{method: http.MethodDelete, path: path})
	require.Equal(t, 405, code)
	require.Equal(t, "PAM_ERR_UNDEFINED", codeOf(t, body))
	require.Equal(t, "PAM_ERR_SESSION_NOT_FOUND", codeOf(t, x.get(401, "/players/"+ids.New("ply")+"/balance", request{})))

	x.Configure(nil, map[string]string{"api_token": "new-token", "api_token_previous": apiToken})
	require.Equal(t, ok, x.get(200, path, request{}), "the token before, while it is replaced")
	require.Equal(t, ok, x.get(200, path, request{headers: map[string]string{"Authorization": "Bearer new-token"}}))
	x.Configure(map[string]string{"require_api_token": "false"}, nil)
	require.Equal(t, ok, x.get(200, path, request{headers: map[string]string{"Authorization": ""}}))
}

// TestBadBodies sends what an aggregator never should; nothing may change.
func TestBadBodies(t *testing.T) {
	t.Parallel()
	x := open(t)
	path := "/players/" + x.Player + "/transactions"
	bad := x.bad
	for _, kind := range []string{"WITHDRAW", "DEPOSIT", "CANCEL", "PROMOWITHDRAW", "PROMODEPOSIT", "PROMOCANCEL"} {
		for _, name := range []string{"currency", "provider", "transactionType", "cashAmount", "bonusAmount", "promoAmount", "transactionDateTime", "providerTransactionId"} {
			bad(kind+" without "+name, x.tx(kind, "t", "b", "r", "1", name, nil))
			bad(kind+" with null "+name, strings.Replace(x.tx(kind, "t", "b", "r", "1", name, "@"), `"@"`, "null", 1))
			bad(kind+" with a list as "+name, x.tx(kind, "t", "b", "r", "1", name, []int{1}))
			bad(kind+" with true as "+name, x.tx(kind, "t", "b", "r", "1", name, true))
		}
		for _, name := range []string{"cashAmount", "bonusAmount", "promoAmount"} {
			bad(kind+" with a text as "+name, x.tx(kind, "t", "b", "r", "1", name, "1.00"))
			if strings.HasSuffix(kind, "CANCEL") {
				continue // whose amounts are ignored
			}
			bad(kind+" too fine "+name, x.tx(kind, "t", "b", "r", "1", name, json.Number("0.001")))
			bad(kind+" too large "+name, x.tx(kind, "t", "b", "r", "1", name, json.Number("99999999999999999999")))
			bad(kind+" exponent "+name, x.tx(kind, "t", "b", "r", "1", name, json.Number("1e400")))
		}
		for _, name := range []string{"providerTransactionId", "providerBetRef", "providerGameId", "providerRoundId"} {
			bad(kind+" number as "+name, x.tx(kind, "t", "b", "r", "1", name, 1))
			bad(kind+" long "+name, x.tx(kind, "t", "b", "r", "1", name, strings.Repeat("x", 41)))
			bad(kind+" control character in "+name, x.tx(kind, "t", "b", "r", "1", name, "a\x00b"))
		}
		bad(kind+" other provider", x.tx(kind, "t", "b", "r", "1", "provider", "Two"))
		bad(kind+" time", x.tx(kind, "t", "b", "r", "1", "transactionDateTime", "noon"))
		for _, currency := range []string{"eur", "EURO", "EU", "E1R", "Eur", "BTC1"} {
			bad(kind+" currency form "+currency, x.tx(kind, "t", "b", "r", "1", "currency", currency))
		}
		bad(kind+" game over", x.tx(kind, "t", "b", "r", "1", "isGameOver", "yes"))
		bad(kind+" promotions", x.tx(kind, "t", "b", "r", "1", "promos", "x"))
		bad(kind+" promotion type", x.tx(kind, "t", "b", "r", "1", "promos", []any{map[string]any{"promoType": 1}}))
		bad(kind+" jackpots", x.tx(kind, "t", "b", "r", "1", "jackpots", []any{1}))
		bad(kind+" jackpot amount", x.tx(kind, "t", "b", "r", "1", "jackpots", []any{map[string]any{"jackpotAmount": "1"}}))
		bad(kind+" tip", x.tx(kind, "t", "b", "r", "1", "tip", "x"))
	}
	for _, kind := range []string{"WITHDRAW", "CANCEL"} { // 40 characters are 40, whatever the letters
		long := strings.Repeat("é", 40)
		code, answer := x.raw(request{method: http.MethodPost, path: path, body: x.tx(kind, long, long, long, "1")})
		require.Equal(t, 200, code, answer)
		require.Contains(t, answer, `"status":"OK"`)
		bad(kind+" long", x.tx(kind, long+"é", long, long, "1"))
	}
	bad("unknown type", x.tx("BET", "t", "b", "r", "1"))
	for _, kind := range []string{"WITHDRAW", "PROMOWITHDRAW"} {
		bad(kind+" unknown promotion", x.tx(kind, "t", "b", "r", "1", "promos", []any{map[string]any{"promoType": "FREESPINS"}, map[string]any{"promoType": "NOSUCH"}}))
	}
	good := x.tx("WITHDRAW", "t", "b", "r", "1")
	for name, body := range map[string]string{
		"nothing": "", "no object": "[]", "cut": good[:len(good)-1], "two": good + good, "key twice": strings.Replace(good, "{", `{"currency":"EUR",`, 1),
		"not UTF-8": strings.Replace(good, `"One"`, "\"On\xff\"", 1), "far too long": strings.Replace(good, "{", `{"x":"`+strings.Repeat("x", 70_000)+`",`, 1),
		"far too deep": strings.Replace(good, "{", `{"x":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+",", 1),
	} {
		bad(name, body)
	}
	x.Cash("100.00", "0.00")
	code, _ := x.raw(request{method: http.MethodPost, path: path, token: x.LaunchAt(adaptertest.Other, x.Player, "EUR"), body: good})
	require.Equal(t, 401, code)
	x.Cash("100.00", "0.00")
}

// bad asserts that a transaction is refused as malformed.
func (x *table) bad(name, body string) {
	x.t.Helper()
	code, answer := x.raw(request{method: http.MethodPost, path: "/players/" + x.Player + "/transactions", body: body})
	require.Equal(x.t, 400, code, "%s: %s", name, answer)
	require.Equal(x.t, "PAM_ERR_UNDEFINED", codeOf(x.t, answer), name)
	require.NotContains(x.t, answer, "Balance")
}

// TestBadExtras: what comes with tips, promotions and jackpots must be right too, though it moves nothing.
func TestBadExtras(t *testing.T) {
	t.Parallel()
	x := open(t)
	for _, kind := range []string{"WITHDRAW", "DEPOSIT", "CANCEL", "PROMOWITHDRAW", "PROMODEPOSIT", "PROMOCANCEL"} {
		for path, with := range map[string]func(value any) any{
			"tip": func(v any) any { return map[string]any{"tipAmount": v} },
			"promos": func(v any) any {
				return []any{map[string]any{"promoType": "PROMOBONUS"}, map[string]any{"promoAmount": v}}
			},
			"promos ":  func(v any) any { return []any{map[string]any{"promoAmountTotal": v}} },
			"jackpots": func(v any) any { return []any{map[string]any{"jackpotAmount": v}} },
			"jackpots ": func(v any) any {
				return []any{map[string]any{"jackpotBuckets": []any{map[string]any{"bucketAmount": v}}}}
			},
		} {
			name := strings.TrimSpace(path)
			for _, value := range []any{"1", true, []int{1}} {
				x.bad(kind+" "+path, x.tx(kind, "t", "b", "r", "1", name, with(value)))
			}
			x.fails("PAM_ERR_NEGATIVE_STAKE", "100.00", x.tx(kind, "t", "b", "r", "1", name, with(-1)))
		}
		x.bad(kind+" promotion's name", x.tx(kind, "t", "b", "r", "1", "promos", []any{map[string]any{"promoName": 1}}))
		x.bad(kind+" jackpot's id", x.tx(kind, "t", "b", "r", "1", "jackpots", []any{map[string]any{"jackpotId": 1}}))
	}
	x.Cash("100.00", "0.00")
}
