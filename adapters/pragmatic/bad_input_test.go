package pragmatic_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// required are the parameters that each method must have (providers.md 4.3), beside hash and providerId.
func (x *table) required() map[string]params {
	bet := x.bet("b", "1", "1.00")
	return map[string]params{
		"authenticate":      {"token", x.Token},
		"balance":           {"userId", x.Player},
		"bet":               bet,
		"result":            bet.with("reference", "w"),
		"bonusWin":          {"userId", x.Player, "amount", "1.00", "reference", "w", "timestamp", "1", "bonusCode", "c"},
		"jackpotWin":        {"timestamp", "1", "userId", x.Player, "gameId", "g", "roundId", "1", "jackpotId", "j", "amount", "1.00", "reference", "w"},
		"endRound":          x.endRound("1"),
		"refund":            x.refund("b"),
		"promoWin":          {"timestamp", "1", "userId", x.Player, "campaignId", "c", "campaignType", "T", "amount", "1.00", "currency", "EUR", "reference", "w"},
		"adjustment":        {"userId", x.Player, "gameId", "g", "roundId", "1", "amount", "1.00", "reference", "w", "validBetAmount", "1.00", "timestamp", "1"},
		"GetBalancePerGame": {"userId", x.Player, "gameIdList", "a"},
		"session/expired":   {"sessionId", "1", "playerId", x.Player},
		"roundDetails":      {"userId", x.Player, "roundId", "1", "smResult", "s", "gameCategory", "g", "betMultiplier", "1"},
	}
}

// TestBadParameters sends what a provider never should; nothing may change.
func TestBadParameters(t *testing.T) {
	t.Parallel()
	x := open(t)
	free := map[string]bool{"roundDetails": true, "smResult": true, "gameCategory": true, "betMultiplier": true} // may be empty
	for method, p := range x.required() {
		for i := 0; i < len(p); i += 2 {
			name := p[i]
			require.Equal(t, bad(name), x.call(method, p.without(name)), "%s without %s", method, name)
			twice := append(append(params{}, p...), name, p[i+1])
			require.Equal(t, bad(name), x.call(method, twice), "%s with %s twice", method, name)
			if !free[name] {
				require.Equal(t, bad(name), x.call(method, p.with(name, "")), "%s with an empty %s", method, name)
			}
			if !free[name] && name != "gameIdList" {
				require.Equal(t, bad(name), x.call(method, p.with(name, strings.Repeat("9", 6000))), "%s with a long %s", method, name)
				require.Equal(t, bad(name), x.call(method, p.with(name, "a\x00b")), "%s with a control character in %s", method, name)
			}
			if name == "amount" || name == "validBetAmount" {
				for _, wrong := range []string{"abc", "1,5", "1e2", "10.001", "NaN", "+1", " 1", "0x1", "1.", ".5", "99999999999999999999", "--1", "1 ", "1.0.0", "null"} {
					require.Equal(t, bad(name), x.call(method, p.with(name, wrong)), "%s with %s=%q", method, name, wrong)
				}
				if method != "adjustment" {
					require.Equal(t, bad(name), x.call(method, p.with(name, "-1.00")), "%s with a negative amount", method)
				}
			}
			if name == "timestamp" {
				require.Equal(t, bad(name), x.call(method, p.with(name, "noon")))
			}
		}
		require.Equal(t, bad("providerId"), x.raw("/"+method+".html", p.body(key)), "%s without providerId", method)
	}
	require.Equal(t, bad("promoWinReference"), x.call("result", x.bet("w", "1", "0").with("promoWinAmount", "1")))
	require.Equal(t, bad("promoWinAmount"), x.call("result", x.bet("w", "1", "0").with("promoWinAmount", "-1").with("promoWinReference", "p")))
	require.Equal(t, bad("currency"), x.call("promoWin", x.required()["promoWin"].with("currency", "USD")))
	require.Equal(t, bad("currency"), x.call("promoWin", x.required()["promoWin"].with("currency", "QQQ")))
	x.Cash("100.00", "0.00")
}

func TestHash(t *testing.T) {
	t.Parallel()
	x := open(t)
	p := params{"userId", x.Player, "providerId", "pragmaticplay", "note", "a b+c/(d)é%26", "token", "", "later", "x"}
	ok := `{"currency":"EUR","cash":100.00,"bonus":0.00,"error":0,"description":"Success"}`
	good := p.hash(key, plain)
	send := func(hash string) string { return x.raw("/balance.html", p.encode()+"&hash="+hash) }

	require.Equal(t, ok, send(good))
	require.Equal(t, ok, send(strings.ToUpper(good)))
	require.Equal(t, ok, x.raw("/balance.html", "hash="+good+"&"+p.encode()), "the order does not matter")
	require.Equal(t, ok, send(p.hash(key, url.QueryEscape)), "hashed as it is written in the body")
	browser := strings.NewReplacer("%28", "(", "%29", ")")
	require.Equal(t, ok, send(p.hash(key, func(s string) string { return browser.Replace(url.QueryEscape(s)) })), "hashed as a browser writes it")
	require.Equal(t, ok, x.raw("/BALANCE", p.encode()+"&hash="+good), "methods by any spelling")

	for name, body := range map[string]string{
		"none":             p.encode(),
		"empty":            p.encode() + "&hash=",
		"twice":            p.encode() + "&hash=" + good + "&hash=" + good,
		"short":            p.encode() + "&hash=" + good[:31],
		"other secret":     p.body("otherKey"),
		"no secret":        p.body(""),
		"parameter added":  p.encode() + "&more=1&hash=" + good,
		"parameter gone":   p.without("later").encode() + "&hash=" + good,
		"value changed":    p.with("later", "y").encode() + "&hash=" + good,
		"parameter twice":  p.encode() + "&later=x&hash=" + good,
		"not a form":       `{"userId":"` + x.Player + `"}`,
		"nothing":          "",
		"hash only":        "hash=" + good,
		"hash in capitals": p.encode() + "&HASH=" + good,
	} {
		require.Equal(t, refused[5], x.raw("/balance.html", body), name)
	}
	for name, body := range map[string]string{
		"broken escape":    p.body(key) + "&x=%zz",
		"cut escape":       p.body(key) + "&x=%4",
		"not UTF-8":        p.body(key) + "&x=%ff",
		"raw not UTF-8":    p.body(key) + "&x=\xff",
		"name not UTF-8":   p.body(key) + "&%ff=x",
		"far too long":     p.body(key) + "&x=" + strings.Repeat("x", 64<<10),
		"far too many":     p.body(key) + strings.Repeat("&x=1", 300),
		"user not UTF-8":   strings.Replace(p.body(key), "userId=", "userId=%c3%28", 1),
		"half a surrogate": p.body(key) + "&x=%ed%a0%80",
	} {
		require.Equal(t, refused[7], x.raw("/balance.html", body), name)
	}
	require.Equal(t, refused[7], x.raw("/nothing.html", p.body(key)))
	code, answer := x.Send(&adapterv1.HandleCallbackRequest{Method: http.MethodGet, Path: "/balance.html", RawQuery: p.body(key)})
	require.Equal(t, 200, code)
	require.Equal(t, refused[7], answer)
	code, answer = x.Send(&adapterv1.HandleCallbackRequest{IntegrationId: ids.New("int"), Path: "/balance.html", Body: []byte(p.body(key))})
	require.Equal(t, 200, code)
	require.Equal(t, refused[7], answer)
}

// TestKeyInRotation: both values verify until the old one is removed; a provider id that is set must fit.
func TestKeyInRotation(t *testing.T) {
	t.Parallel()
	x := open(t)
	p := params{"userId", x.Player, "providerId", "pragmaticplay"}
	ok := x.raw("/balance.html", p.body(key))
	require.Contains(t, ok, `"error":0`)
	x.Configure(map[string]string{"provider_id": "PragmaticPlay"}, map[string]string{"secret_key": "newKey", "secret_key_previous": key})
	require.Equal(t, ok, x.raw("/balance.html", p.body(key)))
	require.Equal(t, ok, x.raw("/balance.html", p.body("newKey")))
	require.Equal(t, bad("providerId"), x.raw("/balance.html", p.with("providerId", "other").body("newKey")))
	x.Configure(map[string]string{"provider_id": "fresh", "provider_id_previous": "PragmaticPlay"}, map[string]string{"secret_key": "newKey"})
	require.Equal(t, ok, x.raw("/balance.html", p.body("newKey")), "the former name")
	require.Equal(t, ok, x.raw("/balance.html", p.with("providerId", "Fresh").body("newKey")))
	require.Equal(t, bad("providerId"), x.raw("/balance.html", p.with("providerId", "other").body("newKey")))
	x.Configure(map[string]string{"provider_id": "fresh"}, map[string]string{"secret_key": "newKey"})
	require.Equal(t, bad("providerId"), x.raw("/balance.html", p.body("newKey")))
	x.Configure(nil, map[string]string{"secret_key": "newKey"})
	require.Equal(t, refused[5], x.raw("/balance.html", p.body(key)))
	require.Equal(t, ok, x.raw("/balance.html", p.body("newKey")))
}
