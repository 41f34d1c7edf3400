package evolution_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
)

// TestBadBodies sends what a provider never should; nothing may change and nothing may be told.
func TestBadBodies(t *testing.T) {
	t.Parallel()
	x := open(t, map[string]string{"test_environment": "true"})
	require.Equal(t, ok("99.000000"), x.debit("d0", "r0", "g0", "1"))
	bet := []string{"sid", "userId", "uuid", "currency", "game", "game.id", "transaction", "transaction.id", "transaction.refId", "transaction.amount"}
	required := map[string][]string{
		"check":        {"sid", "userId", "uuid"},
		"balance":      {"sid", "userId", "uuid", "currency"},
		"debit":        append([]string{"game.details", "game.details.table", "game.details.table.id"}, bet...),
		"credit":       bet,
		"cancel":       bet,
		"promo_payout": {"sid", "userId", "uuid", "currency", "promoTransaction", "promoTransaction.id", "promoTransaction.type", "promoTransaction.amount"},
	}
	bodies := map[string]string{
		"check":        edit(t, x.bet("", "", "", "1"), "channel", `{"type":"P"}`),
		"balance":      x.bet("", "", "", "1"),
		"debit":        x.bet("d1", "r1", "g1", "1"),
		"credit":       x.bet("c0", "r0", "g0", "5"),
		"cancel":       x.bet("d0", "r0", "g0", "1"),
		"promo_payout": x.promoBody("JackpotWin", "p0", "1"),
	}
	for method, paths := range required {
		for _, path := range paths {
			for _, value := range []string{"", "null", `""`, `[]`, `{}`, `true`, `"` + strings.Repeat("x", 300) + `"`, `"a\u0000b"`, `"\ud800"`} {
				answer := x.post(method, edit(t, bodies[method], path, value))
				require.Contains(t, answer, `{"status":"INVALID_PARAMETER"`, "%s with %s = %s", method, path, value)
				require.NotContains(t, answer, "balance")
			}
			if !strings.HasSuffix(path, "amount") {
				require.Contains(t, x.post(method, edit(t, bodies[method], path, "1")), `{"status":"INVALID_PARAMETER"`, "%s with %s = 1", method, path)
			}
		}
	}
	require.Equal(t, fails("INVALID_PARAMETER"), x.post("debit", edit(t, bodies["debit"], "transaction.amount", `"1"`)), "a number in quotes")

	for method, paths := range map[string][]string{
		"check": {"channel", "channel.type"}, "balance": {"game"}, "debit": {"game.type", "game.details.table.vid"}, "credit": {"game.type", "game.details", "game.details.table.vid"},
		"cancel": {"game.type", "game.details", "game.details.table.vid"}, "promo_payout": {"game", "promoTransaction.voucherId", "promoTransaction.remainingRounds"},
	} {
		for _, path := range paths {
			values := []string{"7", "true", `["x"]`}
			if strings.HasSuffix(path, "Rounds") {
				values = []string{`"7"`, "true", "-1", "1.5", "1e30", "{}"}
			}
			for _, value := range values {
				require.Equal(t, fails("INVALID_PARAMETER"), x.post(method, edit(t, bodies[method], path, value)), "%s with %s = %s", method, path, value)
			}
		}
	}
	for _, game := range []string{`{"id":7}`, `{"type":true}`, `{"details":["x"]}`, `{"details":{"table":"x"}}`, `{"details":{"table":{"id":7}}}`, `{"details":{"table":{"vid":7}}}`} {
		for _, method := range []string{"balance", "promo_payout"} {
			require.Equal(t, fails("INVALID_PARAMETER"), x.post(method, edit(t, bodies[method], "game", game)), "%s may be without a game, but not with %s", method, game)
		}
	}

	t.Run("not one JSON object", func(t *testing.T) {
		good := bodies["debit"]
		read := map[string]bool{ // the uuid is its last field
			"cut": true, "two": true, "tail": true, "duplicate key": true, "escaped duplicate": true, "nested duplicate": true, "invalid UTF-8": true, "too deep": true,
		}
		for name, body := range map[string]string{
			"empty": "", "text": "hello", "array": "[]", "number": "1", "cut": good[:len(good)-1], "two": good + good, "tail": good + "x",
			"duplicate key":        strings.Replace(good, `{"sid"`, `{"sid":"x","sid"`, 1),
			"escaped duplicate":    strings.Replace(good, `{"sid"`, `{"\u0073id":"x","sid"`, 1),
			"nested duplicate":     strings.Replace(good, `"amount":1`, `"amount":1,"amount":0`, 1),
			"invalid UTF-8":        strings.Replace(good, "roulette", "\xff\xfe", 1),
			"too deep":             strings.Replace(good, `"vid":null`, `"vid":`+strings.Repeat("[", 60)+strings.Repeat("]", 60), 1),
			"too long":             strings.Replace(good, "roulette", strings.Repeat("x", 70_000), 1),
			"byte order mark":      "\ufeff" + good,
			"single quotes":        strings.ReplaceAll(good, `"`, `'`),
			"a comma at the end":   strings.Replace(good, `}}`, `},}`, 1),
			"million open bracket": strings.Repeat("[", 60_000),
			"form":                 "sid=1&userId=2",
		} {
			want := `{"status":"INVALID_PARAMETER"}`
			if read[name] {
				want = fails("INVALID_PARAMETER")
			}
			require.Equal(t, want, x.post("debit", body), name)
		}
	})
	t.Run("the uuid before what is broken", func(t *testing.T) {
		rest := strings.TrimPrefix(bodies["debit"], "{")
		for name, body := range map[string]string{
			"invalid UTF-8 at the end": `{"uuid":"u-2",` + strings.Replace(rest, `"uuid":"u-1"`, "\"x\":\"\xff\"", 1),
			"broken in the middle":     `{"uuid":"u-2",` + strings.Replace(rest, `"game"`, `"game`, 1),
			"too long":                 `{"uuid":"u-2",` + strings.Replace(rest, "roulette", strings.Repeat("x", 70_000), 1),
		} {
			require.Equal(t, `{"status":"INVALID_PARAMETER","uuid":"u-2"}`, x.post("debit", body), name)
		}
		twice := `{"uuid":"u-2",` + rest
		require.Equal(t, `{"status":"INVALID_PARAMETER"}`, x.post("debit", twice), "of two nobody knows which is meant")
		code, body := x.Send(&adapterv1.HandleCallbackRequest{Path: "/debit", RawQuery: "authToken=other", Body: []byte(bodies["debit"] + "x")})
		require.Equal(t, `401 {"status":"INVALID_TOKEN_ID","uuid":"u-1"}`, strconv.Itoa(code)+" "+body)
	})
	_, err := x.Callbacks.HandleCallback(t.Context(), &adapterv1.HandleCallbackRequest{
		IntegrationId: adaptertest.Licence, Method: "POST", Path: "/debit", RawQuery: authQuery, Body: []byte(strings.Repeat(" ", 10<<20)),
	})
	require.Error(t, err, "the mesh does not carry it, and the gateway refuses it before")
	require.Equal(t, ok("98.000000"), x.post("debit", edit(t, bodies["debit"], "unknown", `{"a":[1,2]}`)), "what is not known is ignored")
	x.Cash("98.00", "2.00")
	require.Equal(t, ok("103.000000"), x.post("credit", bodies["credit"]))
	x.Cash("103.00", "1.00")
}
