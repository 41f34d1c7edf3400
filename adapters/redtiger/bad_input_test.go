package redtiger_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
)

// TestBadBodies sends what a provider never should; nothing may change and nothing may be told.
func TestBadBodies(t *testing.T) {
	t.Parallel()
	x := open(t, map[string]string{"casino_id": "c1"})
	x.moved(x.stake("s0", "r0", "1.00"), "stake", "1.00", "99.00")
	base := []string{"token", "userId", "currency", "transaction", "transaction.id"}
	with := func(more ...string) []string { return append(append([]string{}, base...), more...) }
	required := map[string][]string{
		"auth":         {"token"},
		"stake":        with("transaction.stake", "round", "round.id", "game", "game.key"),
		"payout":       with("transaction.payout", "round", "round.id"),
		"refund":       with("transaction.stake", "round", "round.id"),
		"promo/buyin":  with("transaction.stake", "game", "game.key"),
		"promo/settle": with("transaction.payout"),
		"promo/refund": with("transaction.stake"),
	}
	bodies := map[string]string{
		"auth":         fmt.Sprintf(`{"token":"%s","userId":"%s","casino":"c1","currency":"EUR","ip":"192.0.2.1"}`, x.token, x.user),
		"stake":        x.body("stake", "s1", "r1", "1.00", false),
		"payout":       x.body("payout", "p0", "r0", "5.00", true),
		"refund":       x.body("stake", "s0", "r0", "1.00", false),
		"promo/buyin":  x.body("stake", "b0", "", "1.00", false),
		"promo/settle": x.body("payout", "b1", "", "1.00", false),
		"promo/refund": x.body("stake", "b0", "", "1.00", false),
	}
	for _, path := range []string{"promo/buyin", "promo/settle", "promo/refund"} {
		bodies[path] = edit(t, bodies[path], "round", "")
	}
	for path, fields := range required {
		for _, field := range fields {
			for _, value := range []string{"", "null", `""`, `[]`, `true`, `"` + strings.Repeat("x", 300) + `"`, `"a\u0000b"`, `"\ud800"`} {
				require.Equal(t, fails(200), x.post(path, edit(t, bodies[path], field, value)), "%s with %s = %s", path, field, value)
			}
		}
	}
	for field, value := range map[string]string{
		"round.ends": `"true"`, "round.starts": "1", "transaction.stakePromo": "[]", "transaction.details": `"x"`, "transaction.details.jackpot": "true",
		"casino": `"` + strings.Repeat("x", 51) + `"`, "promo": `"x"`, "promo.campaignCode": "1", "game.type": "1", "ip": "1", "transaction.id": `"` + strings.Repeat("x", 33) + `"`, "retry": `"no"`,
	} {
		require.Equal(t, fails(200), x.post("stake", edit(t, bodies["stake"], field, value)), "%s = %s", field, value)
	}

	t.Run("not one JSON object", func(t *testing.T) {
		good := bodies["stake"]
		for name, body := range map[string]string{
			"empty": "", "text": "hello", "array": "[]", "number": "1", "cut": good[:len(good)-1], "two": good + good, "tail": good + "x",
			"duplicate key":        strings.Replace(good, `{"token"`, `{"token":"x","token"`, 1),
			"escaped duplicate":    strings.Replace(good, `{"token"`, `{"\u0074oken":"x","token"`, 1),
			"nested duplicate":     strings.Replace(good, `"stake":"1.00"`, `"stake":"1.00","stake":"0.00"`, 1),
			"invalid UTF-8":        strings.Replace(good, `"slot"`, "\"\xff\xfe\"", 1),
			"too deep":             strings.Replace(good, `"version":"1.0"`, `"version":`+strings.Repeat("[", 60)+strings.Repeat("]", 60), 1),
			"too long":             strings.Replace(good, `"slot"`, `"`+strings.Repeat("x", 70_000)+`"`, 1),
			"byte order mark":      "\ufeff" + good,
			"single quotes":        strings.ReplaceAll(good, `"`, `'`),
			"million open bracket": strings.Repeat("[", 60_000),
			"form":                 "token=1&userId=2",
		} {
			require.Equal(t, fails(200), x.post("stake", body), name)
		}
	})
	huge := request("stake", strings.Repeat(" ", 10<<20))
	huge.IntegrationId, huge.Method = adaptertest.Licence, "POST"
	_, err := x.Callbacks.HandleCallback(t.Context(), huge)
	require.Error(t, err, "the mesh does not carry it, and the gateway refuses it before")
	x.Cash("99.00", "1.00")
	x.moved(x.post("stake", edit(t, bodies["stake"], "unknown", `{"a":[1,2]}`)), "stake", "1.00", "98.00", "what is not known is ignored")
	x.moved(x.post("payout", bodies["payout"]), "payout", "5.00", "103.00")
	x.Cash("103.00", "1.00")
}
