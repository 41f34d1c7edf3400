package hub88_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// The bodies are written as Hub88 writes them; $U and $T stand for the player and the token.
const (
	betBody = `{"user":"$U","token":"$T","transaction_uuid":"%s","supplier_transaction_id":"s-1","supplier_user":null,"round":"%s","round_closed":%s,"request_uuid":"req-1","reward_uuid":null,"is_free":false,"is_supplier_promo":false,"is_aggregated":false,"game_code":"slot","currency":"EUR","amount":%s,"bet":"10 lines","meta":{"a":[1,{"b":null}]}}`
	winBody = `{"user":"$U","token":"$T","transaction_uuid":"%s","supplier_transaction_id":"s-2","supplier_user":null,"reference_transaction_uuid":"%s","round":"%s","round_closed":%s,"request_uuid":"req-1","reward_uuid":null,"is_free":false,"is_supplier_promo":false,"is_aggregated":false,"game_code":"slot","currency":"EUR","amount":%s,"bet":null,"meta":null}`
	rbkBody = `{"user":"$U","token":"$T","transaction_uuid":"%s","supplier_transaction_id":"s-3","reference_transaction_uuid":"%s","round":"%s","round_closed":%s,"request_uuid":"req-1","game_code":"slot","meta":null}`
)

func (x *table) fill(body string) string {
	return strings.NewReplacer("$U", x.user, "$T", x.token).Replace(body)
}

func (x *table) bet(id, round, amount string) string {
	return x.post("/transaction/bet", x.fill(fmt.Sprintf(betBody, id, round, "false", amount)))
}

func (x *table) win(id, ref, round, amount string) string {
	return x.post("/transaction/win", x.fill(fmt.Sprintf(winBody, id, ref, round, "true", amount)))
}

func (x *table) rollback(id, ref, round string) string {
	return x.post("/transaction/rollback", x.fill(fmt.Sprintf(rbkBody, id, ref, round, "false")))
}

func (x *table) ok(balance string) string {
	return x.fill(`{"user":"$U","status":"RS_OK","request_uuid":"req-1","currency":"EUR","balance":` + balance + `}`)
}

func fails(status string) string {
	return `{"status":"` + status + `","request_uuid":"req-1"}`
}

func TestConformance(t *testing.T) {
	t.Parallel()
	x := open(t)

	t.Run("info and balance", func(t *testing.T) { infoAndBalance(t, x) })
	t.Run("a round, each transaction repeated", func(t *testing.T) { roundRepeated(t, x) })
	t.Run("the same transaction with other content", func(t *testing.T) { otherContent(t, x) })
	t.Run("rollbacks", func(t *testing.T) { rollbacks(t, x) })
	t.Run("refusals", func(t *testing.T) { refusals(t, x) })
	x.cash("EUR", "126.00", "0.00")
	v, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Operator("finance"))).VerifyLedger(t.Context(), &walletv1.VerifyLedgerRequest{})
	require.NoError(t, err)
	require.True(t, v.GetOk(), "%v", v.GetViolations())
}

func infoAndBalance(t *testing.T, x *table) {
	require.Equal(t, x.fill(`{"user":"$U","status":"RS_OK","request_uuid":"r","country":"DE","sub_partner_id":"brand"}`), x.post("/user/info", x.fill(`{"user":"$U","request_uuid":"r"}`)))
	require.Equal(t, `{"status":"RS_ERROR_UNKNOWN","request_uuid":"r"}`, x.post("/user/info", `{"user":"ply_nobody","request_uuid":"r"}`))
	require.Equal(t, `{"status":"RS_ERROR_WRONG_SYNTAX","request_uuid":"r"}`, x.post("/user/info", `{"user":"abc","request_uuid":"r"}`))
	require.Equal(t, x.ok("10000000"), x.post("/user/balance", x.fill(`{"user":"$U","token":"$T","game_code":"slot","request_uuid":"req-1","later":"ignored"}`)))
	require.Equal(t, fails("RS_ERROR_INVALID_TOKEN"), x.post("/user/balance", x.fill(`{"user":"$U","token":"other-token","game_code":"slot","request_uuid":"req-1"}`)))
	require.Equal(t, fails("RS_ERROR_INVALID_TOKEN"), x.post("/user/balance", x.fill(`{"user":"somebody","token":"$T","game_code":"slot","request_uuid":"req-1"}`)))
	require.Equal(t, fails("RS_ERROR_INVALID_GAME"), x.post("/user/balance", x.fill(`{"user":"$U","token":"$T","game_code":"nope","request_uuid":"req-1"}`)))
}

func roundRepeated(t *testing.T, x *table) {
	for range 2 {
		require.Equal(t, x.ok("9000000"), x.bet("b1", "r1", "1000000"))
	}
	for range 2 {
		require.Equal(t, x.ok("12600000"), x.win("w1", "b1", "r1", "3600000"))
	}
	require.Equal(t, x.ok("9000000"), x.bet("b1", "r1", "1000000"), "the stored answer")
	require.Equal(t, fails("RS_ERROR_UNKNOWN"), x.bet("b1x", "r1", "1000000"), "the round is closed")
	require.Equal(t, x.ok("12700000"), x.win("w1late", "b1", "r1", "100000"), "a late win is paid")
	x.cash("EUR", "127.00", "0.00")
}

func otherContent(t *testing.T, x *table) {
	require.Equal(t, x.ok("12600000"), x.bet("b2", "r2", "100000"))
	require.Equal(t, fails("RS_ERROR_DUPLICATE_TRANSACTION"), x.bet("b2", "r2", "200000"))
	require.Equal(t, fails("RS_ERROR_DUPLICATE_TRANSACTION"), x.bet("b2", "r2b", "100000"))
	require.Equal(t, x.ok("12600000"), x.win("w2", "b2", "r2", "0"))
	require.Equal(t, fails("RS_ERROR_DUPLICATE_TRANSACTION"), x.win("w2", "b2", "r2", "500000"))
	require.Equal(t, fails("RS_ERROR_DUPLICATE_TRANSACTION"), x.win("w2", "b1", "r2", "0"))
}

func rollbacks(t *testing.T, x *table) {
	require.Equal(t, x.ok("11600000"), x.bet("b3", "r3", "1000000"))
	require.Equal(t, x.ok("10600000"), x.bet("b3b", "r3", "1000000"))
	for _, id := range []string{"k3", "k3", "k3-other"} {
		require.Equal(t, x.ok("11600000"), x.rollback(id, "b3", "r3"))
	}
	require.Equal(t, fails("RS_ERROR_TRANSACTION_DOES_NOT_EXIST"), x.win("w3", "b3", "r3", "100000"))
	require.Equal(t, x.ok("12600000"), x.rollback("k3b", "b3b", "r3"))
	// Before its bet: remembered, and the late bet is refused.
	require.Equal(t, x.ok("12600000"), x.rollback("k4", "b4", "r4"))
	require.Equal(t, x.ok("12600000"), x.rollback("k4", "b4", "r4"))
	require.Equal(t, fails("RS_ERROR_TRANSACTION_DOES_NOT_EXIST"), x.bet("b4", "r4", "100000"))
	// After the win: the bet's amount comes back, then the win's goes, each by itself.
	require.Equal(t, x.ok("11600000"), x.bet("b5", "r5", "1000000"))
	require.Equal(t, x.ok("13600000"), x.win("w5", "b5", "r5", "2000000"))
	require.Equal(t, x.ok("14600000"), x.rollback("k5", "b5", "r5"))
	require.Equal(t, x.ok("12600000"), x.rollback("k5w", "w5", "r5"))
	require.Equal(t, x.ok("12600000"), x.rollback("k5w", "w5", "r5"))
	require.Equal(t, fails("RS_ERROR_DUPLICATE_TRANSACTION"), x.rollback("k5w", "b5", "r5"))
}

func refusals(t *testing.T, x *table) {
	require.Equal(t, x.fill(`{"user":"$U","status":"RS_ERROR_NOT_ENOUGH_MONEY","request_uuid":"req-1","currency":"EUR","balance":12600000}`), x.bet("b6", "r6", "99900000"))
	require.Equal(t, fails("RS_ERROR_TRANSACTION_DOES_NOT_EXIST"), x.win("w6", "none", "r6", "100000"))
	body := x.fill(fmt.Sprintf(betBody, "b7", "r7", "false", "100000"))
	for name, c := range map[string]struct{ old, new, status string }{
		"unknown token":    {x.token, "unknown-token", "RS_ERROR_INVALID_TOKEN"},
		"foreign user":     {x.user, "ply_other", "RS_ERROR_INVALID_TOKEN"},
		"unknown game":     {`"slot"`, `"nope"`, "RS_ERROR_INVALID_GAME"},
		"other currency":   {`"EUR"`, `"USD"`, "RS_ERROR_WRONG_CURRENCY"},
		"unknown currency": {`"EUR"`, `"QQQ"`, "RS_ERROR_WRONG_CURRENCY"},
		"odd currency":     {`"EUR"`, `"eur"`, "RS_ERROR_WRONG_CURRENCY"},
		"wrong partner":    {`{"user"`, `{"sub_partner_id":"other","user"`, "RS_ERROR_INVALID_PARTNER"},
	} {
		require.Equal(t, fails(c.status), x.post("/transaction/bet", strings.Replace(body, c.old, c.new, 1)), name)
	}
	// Tokens are not checked for results: an unknown one does not keep winnings back.
	require.Equal(t, x.ok("12500000"), x.bet("b8", "r8", "100000"))
	won := strings.Replace(x.fill(fmt.Sprintf(winBody, "w8", "b8", "r8", "true", "100000")), x.token, "gone-token", 1)
	require.Equal(t, x.ok("12600000"), x.post("/transaction/win", won))
	foreign := strings.Replace(strings.Replace(won, x.user, "ply_other", 1), `"w8"`, `"w8f"`, 1)
	require.Equal(t, fails("RS_ERROR_TRANSACTION_DOES_NOT_EXIST"), x.post("/transaction/win", foreign))
}

// TestBadBodies sends what a provider never should; nothing may change.
func TestBadBodies(t *testing.T) {
	t.Parallel()
	x := open(t)
	bodies := map[string]string{
		"/transaction/bet":      x.fill(fmt.Sprintf(betBody, "b", "r", "false", "100000")),
		"/transaction/win":      x.fill(fmt.Sprintf(winBody, "w", "b0", "r0", "false", "100000")),
		"/transaction/rollback": x.fill(fmt.Sprintf(rbkBody, "k", "b0", "r0", "false")),
		"/user/balance":         x.fill(`{"user":"$U","token":"$T","game_code":"slot","request_uuid":"req-1"}`),
		"/user/info":            x.fill(`{"user":"$U","request_uuid":"req-1"}`),
	}
	require.Equal(t, x.ok("9900000"), x.bet("b0", "r0", "100000"))
	optional := map[string]bool{"supplier_user": true, "reward_uuid": true, "is_supplier_promo": true, "is_aggregated": true, "bet": true, "meta": true}

	t.Run("each field missing, of every wrong type", func(t *testing.T) {
		for path, body := range bodies {
			var fields map[string]json.RawMessage
			require.NoError(t, json.Unmarshal([]byte(body), &fields))
			for name, good := range fields {
				if !optional[name] {
					require.Contains(t, x.post(path, without(t, fields, name)), "RS_ERROR_WRONG_SYNTAX", "%s without %s", path, name)
				}
				for _, wrong := range []string{`"text"`, `1`, `true`, `{}`, `[]`, `1.5`} {
					if sameType(wrong, string(good)) || optional[name] && string(good) == "null" && (wrong == `"text"` || wrong == `{}`) {
						continue
					}
					require.Contains(t, x.post(path, with(t, fields, name, wrong)), "RS_ERROR_WRONG_TYPES", "%s with %s = %s", path, name, wrong)
				}
			}
		}
	})

	t.Run("amounts", func(t *testing.T) {
		for _, amount := range []string{"-1", "-0", "1.0", "1e5", "9223372036854775808", "100000000000000000000000000", "999", "1"} {
			require.Equal(t, fails("RS_ERROR_WRONG_TYPES"), x.bet("b", "r", amount), amount)
		}
		require.Contains(t, x.bet("bmax", "r", "9223372036854775000"), "RS_ERROR_NOT_ENOUGH_MONEY")
	})

	t.Run("not one JSON object", func(t *testing.T) {
		good := bodies["/transaction/bet"]
		for name, body := range map[string]string{
			"empty": "", "text": "hello", "array": "[]", "number": "1", "cut": good[:len(good)-1], "two": good + good, "tail": good + "x",
			"duplicate key":        strings.Replace(good, `{"user"`, `{"amount":1,"user"`, 1),
			"escaped duplicate":    strings.Replace(good, `{"user"`, `{"\u0061mount":1,"user"`, 1),
			"nested duplicate":     strings.Replace(good, `{"a":`, `{"a":1,"a":`, 1),
			"invalid UTF-8":        strings.Replace(good, "10 lines", "\xff\xfe", 1),
			"invalid UTF-8 in id":  strings.Replace(good, `"b"`, "\"\xc3\x28\"", 1),
			"half a surrogate":     strings.Replace(good, `"transaction_uuid":"b"`, `"transaction_uuid":"\ud800"`, 1),
			"NUL in id":            strings.Replace(good, `"transaction_uuid":"b"`, `"transaction_uuid":"a\u0000b"`, 1),
			"too deep":             strings.Replace(good, `"meta":{`, `"meta":{"x":`+strings.Repeat("[", 60)+strings.Repeat("]", 60)+`,`, 1),
			"too long":             strings.Replace(good, "10 lines", strings.Repeat("x", 70_000), 1),
			"endless id":           strings.Replace(good, `"transaction_uuid":"b"`, `"transaction_uuid":"`+strings.Repeat("x", 256)+`"`, 1),
			"byte order mark":      "\ufeff" + good,
			"single quotes":        strings.ReplaceAll(good, `"`, `'`),
			"a comma at the end":   strings.Replace(good, `}}`, `},}`, 1),
			"a comment":            "/* */" + good,
			"million open bracket": strings.Repeat("[", 60_000),
		} {
			require.Contains(t, x.post("/transaction/bet", body), `"status":"RS_ERROR_WRONG_SYNTAX"`, name)
		}
	})
	x.cash("EUR", "99.00", "1.00")
}

func with(t *testing.T, fields map[string]json.RawMessage, name, value string) string {
	t.Helper()
	changed := map[string]json.RawMessage{}
	for k, v := range fields {
		changed[k] = v
	}
	changed[name] = json.RawMessage(value)
	b, err := json.Marshal(changed)
	require.NoError(t, err)
	return string(b)
}

func without(t *testing.T, fields map[string]json.RawMessage, name string) string {
	t.Helper()
	changed := map[string]json.RawMessage{}
	for k, v := range fields {
		if k != name {
			changed[k] = v
		}
	}
	b, err := json.Marshal(changed)
	require.NoError(t, err)
	return string(b)
}

func sameType(a, b string) bool {
	kind := func(s string) byte {
		switch c := s[0]; {
		case c == 't' || c == 'f':
			return 't'
		case c >= '0' && c <= '9' && !strings.Contains(s, "."):
			return '0'
		case c >= '0' && c <= '9':
			return '.'
		default:
			return c
		}
	}
	return kind(a) == kind(b)
}

func TestSignature(t *testing.T) {
	t.Parallel()
	x := open(t)
	body := x.fill(fmt.Sprintf(betBody, "b", "r", "false", "100000"))
	change := func(f func(r *adapterv1.HandleCallbackRequest)) *adapterv1.HandleCallbackRequest {
		r := x.request("/transaction/bet", body)
		f(r)
		return r
	}
	good := x.request("/transaction/bet", body).Headers[1].Value
	for name, r := range map[string]*adapterv1.HandleCallbackRequest{
		"none":           change(func(r *adapterv1.HandleCallbackRequest) { r.Headers = r.Headers[:1] }),
		"empty":          change(func(r *adapterv1.HandleCallbackRequest) { r.Headers[1].Value = "" }),
		"no base64":      change(func(r *adapterv1.HandleCallbackRequest) { r.Headers[1].Value = "!!!" }),
		"line break":     change(func(r *adapterv1.HandleCallbackRequest) { r.Headers[1].Value = good[:20] + "\n" + good[20:] }),
		"another key":    change(func(r *adapterv1.HandleCallbackRequest) { r.Headers[1].Value = signed(t, strangerKey(), r.Body) }),
		"two signatures": change(func(r *adapterv1.HandleCallbackRequest) { r.Headers = append(r.Headers, r.Headers[1]) }),
		"other header":   change(func(r *adapterv1.HandleCallbackRequest) { r.Headers[1].Name = "X-Auth-Signature" }),
		"changed amount": change(func(r *adapterv1.HandleCallbackRequest) {
			r.Body = []byte(strings.Replace(body, "100000", "100001", 1))
		}),
		"one more space":  change(func(r *adapterv1.HandleCallbackRequest) { r.Body = append(r.Body, ' ') }),
		"signature of ''": change(func(r *adapterv1.HandleCallbackRequest) { r.Headers[1].Value = signed(t, providerKey(), nil) }),
	} {
		code, answer := x.send(r)
		require.EqualValues(t, 200, code, name)
		require.Equal(t, fails("RS_ERROR_INVALID_SIGNATURE"), answer, name)
	}
	_, answer := x.send(change(func(r *adapterv1.HandleCallbackRequest) { r.Body = []byte("no json") }))
	require.Equal(t, `{"status":"RS_ERROR_INVALID_SIGNATURE"}`, answer)
	x.cash("EUR", "100.00", "0.00")

	t.Run("around the protocol", func(t *testing.T) {
		code, answer := x.send(change(func(r *adapterv1.HandleCallbackRequest) { r.Path = "/transaction/steal" }))
		require.EqualValues(t, 404, code)
		require.Equal(t, `{"status":"RS_ERROR_UNKNOWN"}`, answer)
		code, _ = x.send(change(func(r *adapterv1.HandleCallbackRequest) { r.Method = "GET" }))
		require.EqualValues(t, 405, code)
		code, answer = x.send(change(func(r *adapterv1.HandleCallbackRequest) { r.IntegrationId = "nobody" }))
		require.EqualValues(t, 404, code)
		require.Equal(t, `{"status":"RS_ERROR_INVALID_PARTNER"}`, answer)

		x.out.mu.Lock()
		x.out.enabled = false
		x.out.mu.Unlock()
		require.Eventually(t, func() bool {
			code, answer := x.send(x.request("/user/info", `{"request_uuid":"req-1"}`))
			return code == 200 && answer == fails("RS_ERROR_INVALID_PARTNER")
		}, 5*time.Second, 5*time.Millisecond)
		_, answer = x.send(change(func(*adapterv1.HandleCallbackRequest) {}))
		require.Equal(t, fails("RS_ERROR_INVALID_PARTNER"), answer)
		x.out.mu.Lock()
		x.out.enabled = true
		x.out.settings["signature_failure_status"] = "401"
		x.out.mu.Unlock()
		require.Eventually(t, func() bool {
			code, _ := x.send(change(func(r *adapterv1.HandleCallbackRequest) { r.Headers = nil }))
			return code == 401
		}, 5*time.Second, 5*time.Millisecond)
	})
	x.cash("EUR", "100.00", "0.00")
}

func TestTokenExpiredAndLocked(t *testing.T) {
	t.Parallel()
	x := open(t, "PITBOSS_GAMING_SESSION_TTL", "1h")
	require.Equal(t, x.ok("9900000"), x.bet("b", "r", "100000"))
	require.Equal(t, x.ok("9800000"), x.bet("b1", "r", "100000"))
	require.Equal(t, x.ok("9700000"), x.bet("b2", "r", "100000"))
	x.Clock.Advance(2 * time.Hour)
	require.Equal(t, fails("RS_ERROR_TOKEN_EXPIRED"), x.bet("b3", "r", "100000"))
	require.Equal(t, x.ok("9700000"), x.post("/user/balance", x.fill(`{"user":"$U","token":"$T","game_code":"slot","request_uuid":"req-1"}`)))
	require.Equal(t, x.ok("9800000"), x.rollback("k2", "b2", "r"))
	x.Publish("player.updated.v1", x.user, 1, &identityv1.PlayerUpdated{PlayerId: x.user, Status: identityv1.PlayerStatus_PLAYER_STATUS_LOCKED})
	n := 0
	require.Eventually(t, func() bool {
		n++
		return x.bet(fmt.Sprintf("l%d", n), "r", "100000") == fails("RS_ERROR_USER_DISABLED")
	}, 15*time.Second, 20*time.Millisecond)
	require.Equal(t, x.ok("10000000"), x.win("w", "b", "r", "200000"))
	require.Equal(t, x.ok("10100000"), x.rollback("k1", "b1", "r"))
}

func TestRollbackOfASpentWin(t *testing.T) {
	t.Parallel()
	x := open(t)
	require.Equal(t, x.ok("9000000"), x.bet("b", "r", "1000000"))
	require.Equal(t, x.ok("14000000"), x.win("w", "b", "r", "5000000"))
	require.Equal(t, x.ok("1000000"), x.bet("b2", "r2", "13000000"))
	for range 2 {
		require.Equal(t, x.ok("0"), x.rollback("k", "w", "r"), "the rest becomes a debt")
	}
	require.Equal(t, x.ok("1000000"), x.win("w2", "b2", "r2", "5000000"), "which the next winnings pay first")
	x.cash("EUR", "10.00", "0.00")
}

func TestHugeBody(t *testing.T) {
	t.Parallel()
	x := open(t)
	r := x.request("/transaction/bet", strings.Repeat(" ", 10<<20))
	_, err := x.callbacks.HandleCallback(t.Context(), r)
	require.Error(t, err, "the mesh does not carry it, and the gateway refuses it before")
	_, answer := x.send(x.request("/transaction/bet", strings.Repeat(" ", 200<<10)))
	require.Equal(t, `{"status":"RS_ERROR_WRONG_SYNTAX"}`, answer)
	r = x.request("/transaction/bet", strings.Repeat(" ", 200<<10))
	r.Headers = nil
	_, answer = x.send(r)
	require.Equal(t, `{"status":"RS_ERROR_INVALID_SIGNATURE"}`, answer, "the signature comes first, whatever the size")
}

// TestFreeBetsFromBonusMoney: where free bets are paid from bonus money, a lack of it is told with the balance that every other answer tells, the cash.
func TestFreeBetsFromBonusMoney(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.out.mu.Lock()
	x.out.settings = maps.Clone(x.out.settings)
	x.out.settings["free_bets"] = "promo"
	x.out.mu.Unlock()
	_, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Peer("bonus"))).GrantBonus(t.Context(), &walletv1.GrantBonusRequest{
		RequestId: ids.New("req"), PlayerId: x.user, GrantId: "gnt_1", Amount: &commonv1.Money{Amount: "5.00", Currency: "EUR"},
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_BONUS, SourceId: "gnt_1"},
	})
	require.NoError(t, err)
	free := func(id, amount string) string {
		body := strings.ReplaceAll(fmt.Sprintf(betBody, id, "r"+id, "false", amount), `"is_free":false`, `"is_free":true`)
		return x.post("/transaction/bet", x.fill(body))
	}
	require.Eventually(t, func() bool { // the integration is kept for a millisecond
		return strings.Contains(free(ids.New("f"), "800000"), "RS_ERROR_NOT_ENOUGH_MONEY")
	}, 5*time.Second, 5*time.Millisecond)
	require.Equal(t, strings.Replace(x.ok("10000000"), "RS_OK", "RS_ERROR_NOT_ENOUGH_MONEY", 1), free("f1", "900000"), "not the 5.00 of bonus money")
	require.Equal(t, x.ok("10000000"), free("f2", "300000"))
}
