package hub88_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/adapters/hub88"
	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// aggregator is the adapter in Hub88's own dialect, and a player with 100.00 EUR.
type aggregator struct {
	*adaptertest.Table
	t *testing.T
}

func openAggregator(t *testing.T) *aggregator {
	t.Helper()
	return &aggregator{t: t, Table: adaptertest.Open(t, hub88.Service(), adaptertest.Options{
		Settings: map[string]string{"provider_public_key_pem": spki(t, providerKey())}, Games: []string{"slot", "dice"},
	})}
}

// post delivers a signed body; more are replacements, old, new, old, new, that are made before $U and $T are filled in.
func (x *aggregator) post(path, body string, more ...string) string {
	x.t.Helper()
	raw := []byte(strings.NewReplacer("$U", x.Player, "$T", x.Token).Replace(strings.NewReplacer(more...).Replace(body)))
	status, answer := x.Send(&adapterv1.HandleCallbackRequest{
		Path: path, Body: raw, Headers: []*adapterv1.Header{{Name: "X-Hub88-Signature", Value: signed(x.t, providerKey(), raw)}},
	})
	require.Equal(x.t, 200, status, answer)
	return answer
}

func (x *aggregator) bet(id, round, amount string, more ...string) string {
	x.t.Helper()
	return x.post("/transaction/bet", fmt.Sprintf(betBody, id, round, "false", amount), more...)
}

func (x *aggregator) win(id, ref, round, amount string, more ...string) string {
	x.t.Helper()
	return x.post("/transaction/win", fmt.Sprintf(winBody, id, ref, round, "false", amount), more...)
}

func (x *aggregator) rollback(id, ref, round string, more ...string) string {
	x.t.Helper()
	return x.post("/transaction/rollback", fmt.Sprintf(rbkBody, id, ref, round, "false"), more...)
}

func (x *aggregator) ok(balance string) string {
	return `{"user":"` + x.Player + `","status":"RS_OK","request_uuid":"req-1","currency":"EUR","balance":` + balance + `}`
}

// TestForeignTokens: a token that is another player's than the one who is named is refused for results too; whether it is over is not asked there.
func TestForeignTokens(t *testing.T) {
	t.Parallel()
	x := openAggregator(t)
	other, foreign := x.NewPlayer("50.00", "EUR")
	require.Equal(t, x.ok("9000000"), x.bet("b1", "r1", "1000000"))
	for name, more := range map[string][]string{"another's token": {"$T", foreign}, "another's name": {"$U", other}} {
		require.Equal(t, fails("RS_ERROR_INVALID_TOKEN"), x.win("w1", "b1", "r1", "2000000", more...), name)
		require.Equal(t, fails("RS_ERROR_INVALID_TOKEN"), x.rollback("k1", "b1", "r1", more...), name)
		require.Equal(t, fails("RS_ERROR_INVALID_TOKEN"), x.rollback("k2", "never", "r1", more...), name)
	}
	both := []string{"$T", foreign, "$U", other}
	require.Equal(t, fails("RS_ERROR_TRANSACTION_DOES_NOT_EXIST"), x.win("w1", "b1", "r1", "2000000", both...), "a player who has no such bet")
	require.Equal(t, fails("RS_ERROR_TRANSACTION_DOES_NOT_EXIST"), x.rollback("k1", "b1", "r1", both...))
	x.Cash("90.00", "10.00")
	x.CashOf(other, "EUR", "50.00", "0.00")
	require.Equal(t, x.ok("8900000"), x.bet("never", "r2", "100000"), "a refused rollback is not remembered")
}

// TestRollbackWithATokenThatIsGone: Hub88's rollbacks do not need the token, and whoever never played here leaves nothing behind.
func TestRollbackWithATokenThatIsGone(t *testing.T) {
	t.Parallel()
	x := openAggregator(t)
	gone := []string{"$T", "gone-token-gone"}
	require.Equal(t, x.ok("9000000"), x.bet("b1", "r1", "1000000"))
	for range 2 {
		require.Equal(t, x.ok("10000000"), x.rollback("k1", "b1", "r1", gone...))
		require.Equal(t, x.ok("10000000"), x.rollback("k2", "late", "r2", gone...), "unknown, and remembered")
	}
	require.Equal(t, fails("RS_ERROR_TRANSACTION_DOES_NOT_EXIST"), x.bet("late", "r2", "100000"))
	for _, user := range []string{ids.New("ply"), "nobody"} {
		require.Equal(t, fails("RS_ERROR_INVALID_TOKEN"), x.rollback("k3", "b3", "r3", "$T", "gone-token-gone", "$U", user))
	}
	require.Equal(t, x.ok("9900000"), x.bet("b3", "r3", "100000"), "a stranger's rollback is not remembered")
	x.Cash("99.00", "1.00")
}

// TestCaletaTokens: results pass with a token that is over, and not with one that was never issued.
func TestCaletaTokens(t *testing.T) {
	t.Parallel()
	x := openCaleta(t, nil)
	x.bet(caletaOK("9000000"), "b1", "r1", "1000000")
	token := x.Token
	x.Token = "never-issued"
	x.win(fails("RS_ERROR_INVALID_TOKEN"), "w1", "b1", "r1", "false", "2000000")
	x.rollback(fails("RS_ERROR_INVALID_TOKEN"), "k1", "b1", "r1")
	x.rollback(fails("RS_ERROR_INVALID_TOKEN"), "k2", "b2", "r2")
	x.Cash("90.00", "10.00")
	x.Token = token
	x.bet(caletaOK("8900000"), "b2", "r2", "100000")
	x.EndSessions(x.Player)
	x.bet(fails("RS_ERROR_TOKEN_EXPIRED"), "b3", "r3", "100000")
	x.win(caletaOK("10900000"), "w1", "b1", "r1", "false", "2000000")
	x.rollback(caletaOK("11000000"), "k2", "b2", "r2")
	x.rollback(caletaOK("11000000"), "k4", "b4", "r4")
	x.Cash("110.00", "0.00")
}

// TestEcho: what a body that is broken still tells of its request is repeated, so that the provider finds it.
func TestEcho(t *testing.T) {
	t.Parallel()
	x := openAggregator(t)
	for name, more := range map[string][]string{
		"a key twice": {`{"user"`, `{"amount":1,"user"`}, "not UTF-8": {"10 lines", "\xff"}, "too deep": {`[1,{"b":null}]`, strings.Repeat("[", 60) + strings.Repeat("]", 60)},
		"cut": {`"meta":{"a":[1,{"b":null}]}}`, `"meta":`},
	} {
		require.Equal(t, fails("RS_ERROR_WRONG_SYNTAX"), x.bet("b", "r", "100000", more...), name)
	}
	require.Equal(t, `{"status":"RS_ERROR_WRONG_SYNTAX"}`, x.bet("b", "r", "100000", `{"user"`, `{"request_uuid":"req-2","user"`), "which one?")
	require.Equal(t, fails("RS_ERROR_INVALID_SIGNATURE"), func() string {
		_, answer := x.Send(&adapterv1.HandleCallbackRequest{Path: "/transaction/bet", Body: []byte(`{"request_uuid":"req-1","amount":`)})
		return answer
	}())
	x.Cash("100.00", "0.00")
}

// TestCaletaRoundClosedByItsBet: a bet that closes its round may have won all the same; a second win needs an open round.
func TestCaletaRoundClosedByItsBet(t *testing.T) {
	t.Parallel()
	x := openCaleta(t, nil)
	x.is(caletaOK("9000000"), "bet", fmt.Sprintf(caletaBet, "b1", "true", "r1", "false", "1000000"))
	x.Cash("90.00", "0.00")
	for range 2 {
		x.win(caletaOK("11000000"), "w1", "b1", "r1", "true", "2000000")
	}
	for range 2 {
		x.win(fails("RS_ERROR_TRANSACTION_DOES_NOT_EXIST"), "w1b", "b1", "r1", "true", "100000")
	}
	x.win(fails("RS_ERROR_DUPLICATE_TRANSACTION"), "w1", "b1", "r1", "true", "2100000")
	x.bet(fails("RS_ERROR_UNKNOWN"), "b1b", "r1", "100000")
	x.Cash("110.00", "0.00")

	// The same win many times at once.
	x.is(caletaOK("10000000"), "bet", fmt.Sprintf(caletaBet, "b3", "true", "r3", "false", "1000000"))
	var wg sync.WaitGroup
	answers := make([]string, 16)
	for i := range answers {
		wg.Go(func() {
			_, answers[i] = x.Send(x.request("win", fmt.Sprintf(caletaWin, "w3", "b3", "true", "r3", "1000000")))
		})
	}
	wg.Wait()
	for _, answer := range answers {
		require.Equal(t, caletaOK("11000000"), answer)
	}

	// Lost, as the provider says by a win of nothing: nothing more is won.
	x.is(caletaOK("10000000"), "bet", fmt.Sprintf(caletaBet, "b2", "true", "r2", "false", "1000000"))
	x.win(caletaOK("10000000"), "w2", "b2", "r2", "true", "0")
	x.win(fails("RS_ERROR_TRANSACTION_DOES_NOT_EXIST"), "w2b", "b2", "r2", "true", "100000")
	x.rollback(caletaOK("11000000"), "k2", "b2", "r2")
	x.win(fails("RS_ERROR_TRANSACTION_ROLLED_BACK"), "w2c", "b2", "r2", "true", "100000")
	x.Cash("110.00", "0.00")
}

// TestOtherContent: each transaction is one by its uuid, and says the same when it is repeated (providers.md 2.4, DUPLICATE_TRANSACTION).
func TestOtherContent(t *testing.T) {
	t.Parallel()
	x := openAggregator(t)
	other, foreign := x.NewPlayer("50.00", "EUR")
	x.Deposit(x.Player, "63727092.34", "EUR")
	require.Equal(t, x.ok("10000000"), x.bet("b1", "r1", "6372709234000"))
	require.Equal(t, x.ok("6372719234000"), x.win("w1", "b1", "r1", "6372709234000"))
	require.Equal(t, x.ok("6372719134000"), x.bet("b2", "r2", "100000"))
	require.Equal(t, x.ok("6372719234000"), x.rollback("k2", "b2", "r2"))
	for name, more := range map[string][]string{
		"user": {"$T", foreign, "$U", other}, "round": {`"round":"r`, `"round":"x`}, "game": {`"slot"`, `"dice"`}, "unknown game": {`"slot"`, `"nope"`},
		"currency": {`"EUR"`, `"USD"`}, "amount": {`234000`, `233000`}, "reference": {`_uuid":"b`, `_uuid":"x`}, "free": {`"is_free":false`, `"is_free":true`},
	} {
		if name != "reference" {
			require.Equal(t, fails("RS_ERROR_DUPLICATE_TRANSACTION"), x.bet("b1", "r1", "6372709234000", more...), "bet, another %s", name)
		}
		require.Equal(t, fails("RS_ERROR_DUPLICATE_TRANSACTION"), x.win("w1", "b1", "r1", "6372709234000", more...), "win, another %s", name)
		if name != "currency" && name != "amount" && name != "free" {
			require.Equal(t, fails("RS_ERROR_DUPLICATE_TRANSACTION"), x.rollback("k2", "b2", "r2", more...), "rollback, another %s", name)
		}
	}
	require.Equal(t, x.ok("10000000"), x.bet("b1", "r1", "6372709234000"), "and the first answer otherwise")
	require.Equal(t, x.ok("6372719234000"), x.win("w1", "b1", "r1", "6372709234000"))
	require.Equal(t, x.ok("6372719234000"), x.rollback("k2", "b2", "r2"))
	x.Cash("63727192.34", "0.00")
	x.CashOf(other, "EUR", "50.00", "0.00")
}

// TestBalanceBeyondTheWire: what was paid is answered as paid, although the balance does not fit into the protocol's 64 bits.
func TestBalanceBeyondTheWire(t *testing.T) {
	t.Parallel()
	x := openAggregator(t)
	require.Equal(t, x.ok("9999000"), x.bet("b1", "r1", "1000"))
	for range 2 {
		require.Equal(t, x.ok("9223372036854775807"), x.win("w1", "b1", "r1", "9223372036854775000"))
	}
	x.Cash("92233720368647.74", "0.00")
	require.Equal(t, x.ok("9999000"), x.rollback("k1", "w1", "r1"))
}

// TestCaletaBadBodies: each field missing and of each wrong type (providers.md 2.3); nothing may change.
func TestCaletaBadBodies(t *testing.T) {
	t.Parallel()
	x := openCaleta(t, nil)
	x.bet(caletaOK("9900000"), "b0", "r0", "100000")
	optional := map[string]bool{"game_id": true, "bet": true, "reward_uuid": true, "campaign_uuid": true, "user": true, "jackpot_win": true}
	for path, body := range map[string]string{
		"balance":  `{"token":"$T","request_uuid":"req-1","supplier_user":"su-1","game_code":"slot","game_id":7}`,
		"bet":      fmt.Sprintf(caletaBet, "b", "false", "r", "false", "100000"),
		"win":      strings.Replace(fmt.Sprintf(caletaWin, "w", "b0", "false", "r0", "100000"), `"amount"`, `"jackpot_win":1000,"amount"`, 1),
		"rollback": strings.Replace(fmt.Sprintf(caletaRbk, "k", "b0", "r0"), `"user"`, `"is_free":false,"game_id":7,"user"`, 1),
		"check":    `{"token":"$T"}`,
	} {
		var fields map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(body), &fields))
		for name, good := range fields {
			may := optional[name] || path == "rollback" && name == "is_free"
			for _, gone := range []string{without(t, fields, name), with(t, fields, name, "null")} {
				if !may {
					_, answer := x.Send(x.request(path, gone))
					require.Contains(t, answer, "RS_ERROR_WRONG_SYNTAX", "%s without %s", path, name)
					require.NotContains(t, answer, "balance")
				}
			}
			for _, wrong := range []string{`"text"`, `1`, `true`, `{}`, `[]`, `1.5`, `-1`} {
				if sameType(wrong, string(good)) || optional[name] && string(good) == "null" && wrong == `"text"` {
					continue
				}
				_, answer := x.Send(x.request(path, with(t, fields, name, wrong)))
				require.Contains(t, answer, "RS_ERROR_WRONG_TYPES", "%s with %s = %s", path, name, wrong)
				require.NotContains(t, answer, "balance")
			}
		}
	}
	x.Cash("99.00", "1.00")
}
