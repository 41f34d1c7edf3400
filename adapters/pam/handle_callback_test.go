package pam_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// TestHandleCallback: the gateway alone may call; the answer is JSON that nobody keeps, with the id of the call.
func TestHandleCallback(t *testing.T) {
	t.Parallel()
	x := open(t)
	req := &adapterv1.HandleCallbackRequest{
		IntegrationId: adaptertest.Licence, Method: http.MethodGet, Path: "/players/session", RawQuery: "provider=One",
		Headers: []*adapterv1.Header{{Name: "Authorization", Value: "Bearer " + apiToken}, {Name: "x-player-token", Value: x.Token}, {Name: "x-correlation-id", Value: "c-1"}},
	}
	resp, err := x.Callbacks.HandleCallback(t.Context(), req)
	require.NoError(t, err)
	require.EqualValues(t, 200, resp.GetStatus())
	for name, want := range map[string]string{"content-type": "application/json", "cache-control": "no-store", "x-correlation-id": "c-1"} {
		require.Equal(t, want, adapter.Header(resp.GetHeaders(), name))
	}
	req.Headers = append(req.Headers, &adapterv1.Header{Name: "X-Player-Token", Value: x.Token})
	resp, err = x.Callbacks.HandleCallback(t.Context(), req)
	require.NoError(t, err)
	require.EqualValues(t, 400, resp.GetStatus(), "two tokens are none")
	_, err = adapterv1.NewAdapterServiceClient(x.As(testkit.Peer("gaming"))).HandleCallback(t.Context(), req)
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}

func TestSession(t *testing.T) {
	t.Parallel()
	x := open(t)
	session := func(token string) string {
		return `{"status":"OK","session":{"playerId":"` + x.Player + `","token":"` + token + `","currency":"EUR","country":"DE","language":"de","gameId":"` + x.game() + `"}}`
	}
	require.Equal(t, session(x.Token), x.get(200, "/players/session", request{}))
	require.Equal(t, "PAM_ERR_SESSION_NOT_FOUND", codeOf(t, x.get(401, "/players/session", request{token: strings.Repeat("x", 40)})))
	require.Equal(t, "PAM_ERR_SESSION_NOT_FOUND", codeOf(t, x.get(401, "/players/session", request{query: "provider=Two"})), "bound to its provider")
	require.Equal(t, session(x.Token), x.get(200, "/players/session", request{query: "provider=one"}))

	code, _ := x.raw(request{method: http.MethodPut, path: "/players/session", query: "provider=Two"})
	require.Equal(t, 401, code)
	require.Equal(t, session(x.Token), x.get(200, "/players/session", request{}), "a call that fails replaces nothing")
	code, body := x.raw(request{method: http.MethodPut, path: "/players/session"})
	require.Equal(t, 200, code)
	var fresh struct{ Session struct{ Token string } }
	require.NoError(t, json.Unmarshal([]byte(body), &fresh))
	require.Regexp(t, `^[0-9a-f]{40}$`, fresh.Session.Token)
	require.Equal(t, session(fresh.Session.Token), body)
	require.Equal(t, "PAM_ERR_SESSION_EXPIRED", codeOf(t, x.get(401, "/players/session", request{})))
	require.Equal(t, "PAM_ERR_SESSION_EXPIRED", codeOf(t, x.get(401, "/players/"+x.Player+"/balance", request{})))

	funds := `{"status":"OK","balance":{"cashAmount":100.00,"bonusAmount":0.00,"promoAmount":0}}`
	old := x.Token
	x.Token = fresh.Session.Token
	require.Equal(t, funds, x.get(200, "/players/"+x.Player+"/balance", request{}))
	other, foreign := x.NewPlayer("5.00", "EUR")
	require.Equal(t, "PAM_ERR_SESSION_NOT_FOUND", codeOf(t, x.get(401, "/players/"+other+"/balance", request{})))
	require.Equal(t, "PAM_ERR_SESSION_NOT_FOUND", codeOf(t, x.get(401, "/players/"+x.Player+"/balance", request{token: foreign})))
	require.Equal(t, "PAM_ERR_SESSION_NOT_FOUND", codeOf(t, x.get(401, "/players/"+ids.New("ply")+"/balance", request{})))
	require.Equal(t, "PAM_ERR_SESSION_NOT_FOUND", codeOf(t, x.get(401, "/players/"+x.Player+"/balance", request{token: x.LaunchAt(adaptertest.Other, x.Player, "EUR")})))

	// Stakes need the new token; results of a bet take the old one.
	require.Equal(t, done("90.00"), x.post(x.tx("WITHDRAW", "t1", "b1", "r1", "10")))
	path := "/players/" + x.Player + "/transactions"
	code, body = x.raw(request{method: http.MethodPost, path: path, token: old, body: x.tx("WITHDRAW", "t2", "b2", "r1", "10")})
	require.Equal(t, 401, code)
	require.Equal(t, "PAM_ERR_SESSION_EXPIRED", codeOf(t, body))
	code, _ = x.raw(request{method: http.MethodPost, path: path, token: old, body: x.tx("WITHDRAW", "t1", "b1", "r1", "10")})
	require.Equal(t, 200, code, "a repetition needs no session")
	code, _ = x.raw(request{method: http.MethodPost, path: path, token: old, body: x.tx("DEPOSIT", "t3", "b1", "r1", "10")})
	require.Equal(t, 200, code)
	require.Equal(t, done("99.00"), x.post(x.tx("WITHDRAW", "t5", "b5", "r1", "1")))
	code, body = x.raw(request{method: http.MethodPost, path: path, token: old, body: x.tx("CANCEL", "t6", "b5", "r1", "1", "currency", "USD")})
	require.Equal(t, 200, code)
	require.Equal(t, "PAM_ERR_TRANS_CURRENCY", codeOf(t, body), "with a token that is over, too")
	x.Cash("99.00", "1.00")
	code, _ = x.raw(request{method: http.MethodPost, path: path, token: old, body: x.tx("CANCEL", "t6", "b5", "r1", "1")})
	require.Equal(t, 200, code)
	code, body = x.raw(request{
		method: http.MethodPost, path: path, token: old, query: "provider=Two", body: x.tx("PROMODEPOSIT", "t7", "", "", "10", "provider", "Two"),
	})
	require.Equal(t, 401, code, "a token that is over is still bound to its provider")
	require.Equal(t, "PAM_ERR_SESSION_NOT_FOUND", codeOf(t, body))
	code, body = x.raw(request{method: http.MethodPost, path: path, token: strings.Repeat("x", 40), body: x.tx("DEPOSIT", "t4", "b1", "r1", "10")})
	require.Equal(t, 401, code)
	require.Equal(t, "PAM_ERR_SESSION_NOT_FOUND", codeOf(t, body))
	x.Cash("100.00", "0.00")
}

// TestSession_ProviderAsEntered: whose a session is follows from how its game was entered, and not from the name that the catalogue has for the studio ("One").
func TestSession_ProviderAsEntered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		games, provider string
		status          int
	}{
		{"slot=Slot", "Three", 200},
		{"Two/slot=Slot", "Two", 200},
		{"Two/slot=Slot", "One", 200},
		{"Two/slot=Slot", "Three", 401},
		{"Two/slot=Slot, Three/other=Other", "Three", 401},
		{"Three/other=Other", "Three", 401},
	} {
		t.Run(c.games+" by "+c.provider, func(t *testing.T) { // each with services of its own, which end with it
			x := opened(t, map[string]string{"games": c.games}, "slot")
			query := "provider=" + c.provider
			x.get(c.status, "/players/session", request{query: query})
			code, _ := x.raw(request{method: http.MethodPut, path: "/players/session"})
			require.Equal(t, 200, code)
			x.get(c.status, "/players/"+x.Player+"/transactions", request{query: query + "&providerBetRef=b"}) // the token is over
		})
	}
}

func TestRound(t *testing.T) {
	t.Parallel()
	x := open(t)
	first := x.id(x.tx("WITHDRAW", "t1", "b1", "r1", "10.000000"))
	require.Equal(t, done("90.00"), x.post(x.tx("WITHDRAW", "t1", "b1", "r1", "10")))
	require.Equal(t, done("85.50"), x.post(x.tx("WITHDRAW", "t2", "b2", "r1", "4.5")), "a second bet of the round")
	require.Equal(t, done("85.50"), x.post(x.tx("WITHDRAW", "t1", "b1", "r1", "10.00", "transactionDateTime", "2026-03-01T10:00:01.5+01:00")), "a repetition shows the balance of now")
	require.Equal(t, first, x.id(x.tx("WITHDRAW", "t1", "b1", "r1", "10.00")))
	x.Cash("85.50", "14.50")

	for range 2 {
		require.Equal(t, done("105.50"), x.post(x.tx("DEPOSIT", "t3", "b1", "r1", "20")))
	}
	require.Equal(t, done("106.50"), x.post(x.tx("DEPOSIT", "t4", "b1", "r1", "1")), "a second win of the bet")
	require.Equal(t, done("106.50"), x.post(x.tx("DEPOSIT", "t5", "b2", "r1", "0", "isGameOver", true)))
	require.Equal(t, done("106.50"), x.post(x.tx("DEPOSIT", "t4", "b1", "r1", "1")), "a repetition after the end")
	x.fails("PAM_ERR_TRANS_ALREADY_SETTLED", "106.50", x.tx("DEPOSIT", "t6", "b1", "r1", "1"))
	x.fails("PAM_ERR_TRANS_ALREADY_SETTLED", "106.50", x.tx("WITHDRAW", "t7", "b7", "r1", "1"))
	x.fails("PAM_ERR_TRANS_ALREADY_SETTLED", "106.50", x.tx("CANCEL", "t8", "b1", "r1", "1"))
	x.fails("PAM_ERR_TRANS_NOT_FOUND", "106.50", x.tx("DEPOSIT", "t9", "", "r9", "1"))
	x.fails("PAM_ERR_TRANS_NOT_FOUND", "106.50", x.tx("DEPOSIT", "t9", "b9", "r9", "1"))

	for name, body := range map[string]string{
		"amount": x.tx("WITHDRAW", "t1", "b1", "r1", "11"), "round": x.tx("WITHDRAW", "t1", "b1", "r2", "10"), "game": x.tx("WITHDRAW", "t1", "b1", "r1", "10", "providerGameId", "other"),
		"win": x.tx("DEPOSIT", "t3", "b1", "r1", "21"),
	} {
		x.fails("PAM_ERR_DUPLICATE_TRANS", "106.50", body)
		x.Cash("106.50", "0.00")
		require.NotEmpty(t, name)
	}
	other, token := x.NewPlayer("50.00", "EUR")
	code, body := x.raw(request{method: http.MethodPost, path: "/players/" + other + "/transactions", token: token, body: x.tx("WITHDRAW", "t1", "b1", "r1", "10")})
	require.Equal(t, 200, code)
	require.Equal(t, "PAM_ERR_DUPLICATE_TRANS", codeOf(t, body))
	x.CashOf(other, "EUR", "50.00", "0.00")

	require.Equal(t, done("105.50"), x.post(x.tx("WITHDRAW", "t10", "", "r10", "1")), "without a reference")
	require.Equal(t, done("107.50"), x.post(x.tx("DEPOSIT", "t11", "", "r10", "2")))
	require.Equal(t, done("106.50"), x.post(x.tx("WITHDRAW", "t12", "b12", "", "1", "providerGameId", nil)), "without round and game")
	require.Equal(t, done("108.50"), x.post(x.tx("DEPOSIT", "t13", "b12", "", "2", "providerGameId", nil)))
	require.Equal(t, done("107.50"), x.post(x.tx("WITHDRAW", "t14", "b14", "r14", "1", "isGameOver", true)), "lost at once")
	require.Equal(t, done("107.50"), x.post(x.tx("WITHDRAW", "t15", "b15", "r15", "0")), "a stake of nothing")
	// Two bets of one reference, as of a provider whose reference is the round's: winnings are of the newest, and a repetition stays with its bet.
	require.Equal(t, done("106.50"), x.post(x.tx("WITHDRAW", "t16", "r16", "r16", "1")))
	require.Equal(t, done("107.50"), x.post(x.tx("DEPOSIT", "t17", "r16", "r16", "1")))
	require.Equal(t, done("106.50"), x.post(x.tx("WITHDRAW", "t18", "r16", "r16", "1")))
	require.Equal(t, done("106.50"), x.post(x.tx("DEPOSIT", "t17", "r16", "r16", "1")))
	require.Equal(t, done("107.50"), x.post(x.tx("DEPOSIT", "t19", "r16", "r16", "1")))
	x.Cash("107.50", "0.00")
	x.intact()
}

func TestCancel(t *testing.T) {
	t.Parallel()
	x := open(t)
	require.Equal(t, done("90.00"), x.post(x.tx("WITHDRAW", "t1", "b1", "r1", "10")))
	require.Equal(t, done("85.00"), x.post(x.tx("WITHDRAW", "t2", "b2", "r1", "5")))
	for range 2 {
		require.Equal(t, done("95.00"), x.post(x.tx("CANCEL", "t3", "b1", "r1", "0.01")), "the bet's own amount")
	}
	x.fails("PAM_ERR_TRANS_ALREADY_CANCELLED", "95.00", x.tx("CANCEL", "t4", "b1", "r1", "10"))
	x.fails("PAM_ERR_TRANS_ALREADY_CANCELLED", "95.00", x.tx("DEPOSIT", "t5", "b1", "r1", "10"))
	require.Equal(t, done("102.00"), x.post(x.tx("DEPOSIT", "t6", "b2", "r1", "7")), "the other bet of the round")
	x.fails("PAM_ERR_TRANS_ALREADY_SETTLED", "102.00", x.tx("CANCEL", "t7", "b2", "r1", "5"))
	x.fails("PAM_ERR_CANCEL_NON_WITHDRAW", "102.00", x.tx("CANCEL", "t8", "t6", "r1", "5"))
	x.fails("PAM_ERR_CANCEL_NOT_FOUND", "102.00", x.tx("CANCEL", "t9", "b9", "r9", "5"))
	require.Equal(t, done("101.00"), x.post(x.tx("WITHDRAW", "t10", "b9", "r9", "1")), "which leaves nothing behind")
	require.Equal(t, done("102.00"), x.post(x.tx("CANCEL", "t10", "", "r9", "1")), "by the bet's own id")
	x.fails("PAM_ERR_TRANS_CURRENCY", "102.00", x.tx("CANCEL", "t11", "b9", "r9", "1", "currency", "USD"))
	x.Cash("102.00", "0.00")

	require.Equal(t, done("92.00"), x.post(x.tx("WITHDRAW", "t20", "b20", "r20", "10")))
	x.fails("PAM_ERR_NEGATIVE_STAKE", "92.00", x.tx("CANCEL", "t21", "b20", "r20", "-1"))
	finer := x.tx("CANCEL", "t21", "b20", "r20", "10.000001", "bonusAmount", json.Number("0.123456"), "promoAmount", 7)
	for range 2 {
		require.Equal(t, done("102.00"), x.post(finer), "amounts that the currency cannot hold are ignored too")
	}
	require.Equal(t, done("102.00"), x.post(x.tx("CANCEL", "t21", "b20", "r20", "1")))
	x.fails("PAM_ERR_DUPLICATE_TRANS", "102.00", x.tx("CANCEL", "t21", "b20", "r21", "10"))
	x.fails("PAM_ERR_DUPLICATE_TRANS", "102.00", x.tx("CANCEL", "t21", "b20", "r20", "10", "providerGameId", "other"))
	x.Cash("102.00", "0.00")
	x.intact()
}

func TestCancel_AnothersBet(t *testing.T) {
	t.Parallel()
	x := open(t)
	require.Equal(t, done("90.00"), x.post(x.tx("WITHDRAW", "t1", "b1", "r1", "10")))
	mine := x.Player
	x.Player, x.Token = x.NewPlayer("50.00", "EUR")
	x.fails("PAM_ERR_DUPLICATE_TRANS", "50.00", x.tx("CANCEL", "t1", "", "r1", "10"))
	x.fails("PAM_ERR_CANCEL_NOT_FOUND", "50.00", x.tx("CANCEL", "t2", "b1", "r1", "10"))
	x.fails("PAM_ERR_TRANS_NOT_FOUND", "50.00", x.tx("DEPOSIT", "t3", "t1", "r1", "10"))
	x.fails("PAM_ERR_TRANS_NOT_FOUND", "50.00", x.tx("DEPOSIT", "t4", "b1", "r1", "10"))
	x.get(200, "/players/session", request{})
	x.CashOf(mine, "EUR", "90.00", "10.00")
	x.Cash("50.00", "0.00")
}

func TestRound_OfRefusedStakesAlone(t *testing.T) {
	t.Parallel()
	x := open(t)
	path := "/players/" + x.Player + "/gamerounds/r1"
	x.fails("PAM_ERR_CASH_OVERDRAFT", "100.00", x.tx("WITHDRAW", "t1", "b1", "r1", "500"))
	require.Equal(t, "PAM_ERR_ROUND_NOT_FOUND", codeOf(t, x.get(404, path, request{})))
	require.Equal(t, done("99.00"), x.post(x.tx("WITHDRAW", "t2", "b2", "r1", "1")))
	x.get(200, path, request{})
}

func TestWithdraw_AnothersGame(t *testing.T) {
	t.Parallel()
	x := opened(t, map[string]string{"games": "Two/slot=Slot, One/other=Other"}, "slot", "other")
	x.fails("PAM_ERR_GAME_NOT_FOUND", "100.00", x.tx("WITHDRAW", "t1", "b1", "r1", "1"))
	require.Equal(t, done("99.00"), x.post(x.tx("WITHDRAW", "t1", "b1", "r1", "1", "providerGameId", "other")))
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	x := open(t)
	for name, c := range map[string]struct{ code, body string }{
		"funds":            {"PAM_ERR_CASH_OVERDRAFT", x.tx("WITHDRAW", "x1", "b1x", "r", "100.01")},
		"bonus":            {"PAM_ERR_BONUS_OVERDRAFT", x.tx("WITHDRAW", "x2", "b2x", "r", "0", "bonusAmount", 1)},
		"cash and bonus":   {"PAM_ERR_BONUS_OVERDRAFT", x.tx("WITHDRAW", "x3", "b3x", "r", "1", "bonusAmount", 1)},
		"promo":            {"PAM_ERR_PROMO_OVERDRAFT", x.tx("WITHDRAW", "x4", "b4x", "r", "1", "promoAmount", 1)},
		"negative":         {"PAM_ERR_NEGATIVE_STAKE", x.tx("WITHDRAW", "x5", "b5x", "r", "-1")},
		"negative bonus":   {"PAM_ERR_NEGATIVE_STAKE", x.tx("WITHDRAW", "x6", "b6x", "r", "1", "bonusAmount", -0.5)},
		"negative promo":   {"PAM_ERR_NEGATIVE_STAKE", x.tx("PROMODEPOSIT", "x7", "b7x", "r", "1", "promoAmount", -0.5)},
		"negative win":     {"PAM_ERR_NEGATIVE_STAKE", x.tx("DEPOSIT", "x8", "b8x", "r", "-1")},
		"currency":         {"PAM_ERR_TRANS_CURRENCY", x.tx("WITHDRAW", "x9", "b9x", "r", "1", "currency", "USD")},
		"unknown currency": {"PAM_ERR_TRANS_CURRENCY", x.tx("WITHDRAW", "x10", "b10x", "r", "1", "currency", "QQQ")},
		"game":             {"PAM_ERR_GAME_NOT_FOUND", x.tx("WITHDRAW", "x11", "b11x", "r", "1", "providerGameId", "nope")},
		"huge":             {"PAM_ERR_CASH_OVERDRAFT", x.tx("WITHDRAW", "x12", "b12x", "r", "92233720368547758.07")},
	} {
		t.Run(name, func(*testing.T) { x.fails(c.code, "100.00", c.body) })
	}
	require.Equal(t, done("99.00"), x.post(x.tx("WITHDRAW", "t1", "b1", "r1", "1")))
	x.fails("PAM_ERR_GAME_NOT_FOUND", "99.00", x.tx("DEPOSIT", "t2", "b1", "r1", "1", "providerGameId", "nope"))
	x.fails("PAM_ERR_TRANS_CURRENCY", "99.00", x.tx("DEPOSIT", "t2", "b1", "r1", "1", "currency", "USD"))

	require.Equal(t, done("98.00"), x.post(x.tx("WITHDRAW", "t6", "b6", "r6", "1")))
	x.limit("1.00")
	x.fails("PAM_ERR_BET_NOT_ALLOWED", "98.00", x.tx("WITHDRAW", "limited", "limited", "r1", "1"))
	x.lock()
	x.fails("PAM_ERR_BET_NOT_ALLOWED", "98.00", x.tx("WITHDRAW", "t3", "b3", "r1", "1"))
	x.fails("PAM_ERR_BET_NOT_ALLOWED", "98.00", x.tx("PROMOWITHDRAW", "t3", "b3", "r1", "1"))
	require.Equal(t, done("100.00"), x.post(x.tx("DEPOSIT", "t4", "b1", "r1", "2")), "a locked player's win")
	require.Equal(t, done("101.00"), x.post(x.tx("PROMODEPOSIT", "t5", "", "", "1")))
	require.Equal(t, done("102.00"), x.post(x.tx("CANCEL", "t7", "b6", "r6", "1")))
	require.Equal(t, `{"status":"OK","balance":{"cashAmount":102.00,"bonusAmount":0.00,"promoAmount":0}}`, x.get(200, "/players/"+x.Player+"/balance", request{}))
	require.Equal(t, "PAM_ERR_SESSION_NOT_FOUND", codeOf(t, x.get(401, "/players/ply_other/balance", request{})))
	require.Equal(t, "PAM_ERR_SESSION_EXPIRED", codeOf(t, x.get(401, "/players/session", request{})))

	x.Cash("102.00", "0.00")
	x.intact()
}

func TestPromotions(t *testing.T) {
	t.Parallel()
	x := open(t)
	promos := func(kind string) []map[string]any {
		return []map[string]any{{"promoType": kind, "promoCode": "c1", "promoName": "n", "promoStatus": "OPEN", "promoAmount": 3, "currency": "EUR"}}
	}
	for range 2 {
		require.Equal(t, done("103.00"), x.post(x.tx("PROMODEPOSIT", "t1", "", "", "3", "promos", promos("PROMOTOURNAMENT"), "providerGameId", "nope")), "neither bet nor game nor round")
	}
	x.fails("PAM_ERR_DUPLICATE_TRANS", "103.00", x.tx("PROMODEPOSIT", "t1", "", "", "4", "promos", promos("PROMOTOURNAMENT"), "providerGameId", "nope"))
	require.Equal(t, done("104.50"), x.post(x.tx("PROMODEPOSIT", "t2", "", "", "0", "promoAmount", json.Number("1.5"), "promos", promos("PROMOMONEYREWARD"))))
	require.Equal(t, done("94.50"), x.post(x.tx("PROMOWITHDRAW", "t3", "b3", "r3", "10")), "a buy-in")
	require.Equal(t, done("104.50"), x.post(x.tx("PROMOCANCEL", "t4", "b3", "r3", "10")))
	x.fails("PAM_ERR_TRANS_ALREADY_CANCELLED", "104.50", x.tx("PROMOCANCEL", "t5", "b3", "r3", "10"))
	x.fails("PAM_ERR_CANCEL_NON_WITHDRAW", "104.50", x.tx("PROMOCANCEL", "t5", "t2", "", "1.5"))
	x.fails("PAM_ERR_CANCEL_NOT_FOUND", "104.50", x.tx("PROMOCANCEL", "t6", "b6", "r3", "10"))
	require.Equal(t, done("104.50"), x.post(x.tx("PROMOWITHDRAW", "t7", "b7", "r7", "0", "promoAmount", 2, "promos", promos("FREEROUNDS"))), "a free round takes no money")
	require.Equal(t, done("114.50"), x.post(x.tx("PROMODEPOSIT", "t8", "", "", "10", "promos", promos("FREESPINS"))))
	x.fails("PAM_ERR_PROMO_OVERDRAFT", "114.50", x.tx("PROMOWITHDRAW", "t9", "b9", "r9", "0", "promoAmount", 2))
	require.Equal(t, done("113.50"), x.post(x.tx("WITHDRAW", "t1", "b1", "r1", "1")), "an id is a key within its type")
	require.Equal(t, done("213.50"), x.post(x.tx("DEPOSIT", "t10", "b1", "r1", "100", "jackpots", []map[string]any{{"jackpotId": "j", "jackpotAmount": 99}}, "tip", map[string]any{"tipAmount": 0})))
	contribution := []map[string]any{{"jackpotId": "j", "jackpotAmount": json.Number("0.001234"), "jackpotBuckets": []map[string]any{{"bucketAmount": json.Number("0.000617")}}}}
	require.Equal(t, done("212.50"), x.post(x.tx("WITHDRAW", "t11", "b11", "r1", "1", "jackpots", contribution)), "what moves nothing may be finer than the currency")
	require.Equal(t, done("213.50"), x.post(x.tx("CANCEL", "t12", "b11", "r1", "1")))
	x.Cash("213.50", "0.00")
	x.intact()
}

// TestRepeated_PromotionsDoNotCount: a repetition is told by id, type, player, game and round, whatever promotions come with it (providers.md 1.5.1).
func TestRepeated_PromotionsDoNotCount(t *testing.T) {
	t.Parallel()
	x := open(t)
	promos := []map[string]any{{"promoType": "FREESPINS", "promoCode": "c1"}}
	first := x.id(x.tx("PROMODEPOSIT", "t1", "b1", "", "10", "promos", promos))
	require.Equal(t, first, x.id(x.tx("PROMODEPOSIT", "t1", "b1", "", "10")))
	require.Equal(t, done("110.00"), x.post(x.tx("PROMODEPOSIT", "t1", "b1", "", "10", "promos", []map[string]any{{"promoType": "PROMOTOURNAMENT"}})))
	x.fails("PAM_ERR_DUPLICATE_TRANS", "110.00", x.tx("PROMODEPOSIT", "t1", "b1", "", "11"))
	other, token := x.NewPlayer("50.00", "EUR")
	_, body := x.raw(request{method: http.MethodPost, path: "/players/" + other + "/transactions", token: token, body: x.tx("PROMODEPOSIT", "t1", "b1", "", "10")})
	require.Equal(t, "PAM_ERR_DUPLICATE_TRANS", codeOf(t, body), "another player's")
	x.CashOf(other, "EUR", "50.00", "0.00")

	require.Equal(t, done("110.00"), x.post(x.tx("WITHDRAW", "t2", "b2", "r2", "0", "promoAmount", 2, "promos", promos)))
	won := x.id(x.tx("DEPOSIT", "t3", "b2", "r2", "5", "promos", promos))
	require.Equal(t, won, x.id(x.tx("DEPOSIT", "t3", "b2", "r2", "5")))
	x.fails("PAM_ERR_DUPLICATE_TRANS", "115.00", x.tx("DEPOSIT", "t3", "b2", "r2", "6"))
	x.fails("PAM_ERR_DUPLICATE_TRANS", "115.00", x.tx("DEPOSIT", "t3", "b2", "r3", "5"))
	x.Cash("115.00", "0.00")
	x.intact()
}

// TestSwitchedOff: what pays or gives back has to come again, a stake that was taken is told to be, and no other is taken.
func TestSwitchedOff(t *testing.T) {
	t.Parallel()
	x := open(t)
	bet := x.tx("WITHDRAW", "t1", "b1", "r1", "10")
	first := x.id(bet)
	x.fails("PAM_ERR_CASH_OVERDRAFT", "90.00", x.tx("WITHDRAW", "t2", "b2", "r2", "500"))
	x.Enable(false)
	path := "/players/" + x.Player + "/balance"
	require.Eventually(t, func() bool { return strings.Contains(x.get(200, path, request{}), "PAM_ERR_UNDEFINED") }, 5*time.Second, 5*time.Millisecond)
	for _, kind := range []string{"DEPOSIT", "CANCEL", "PROMODEPOSIT", "PROMOCANCEL"} {
		require.Equal(t, "PAM_ERR_TIMEOUT", codeOf(t, x.post(x.tx(kind, "t3", "b1", "r1", "10"))), kind)
	}
	for _, body := range []string{x.tx("WITHDRAW", "t4", "b4", "r4", "1"), x.tx("PROMOWITHDRAW", "t1", "b1", "r1", "10"), x.tx("WITHDRAW", "t2", "b2", "r2", "500")} {
		require.Equal(t, "PAM_ERR_UNDEFINED", codeOf(t, x.post(body)), body)
	}
	require.Equal(t, first, x.id(bet), "a repetition is told what came of it")
	x.bad("malformed", "{}")
	x.Cash("90.00", "10.00")
	x.Enable(true)
	require.Eventually(t, func() bool { return x.post(x.tx("DEPOSIT", "t3", "b1", "r1", "15")) == done("105.00") }, 5*time.Second, 5*time.Millisecond)
	x.Cash("105.00", "0.00")
	x.intact()
}

// TestReconciliation: the provider's own token settles and cancels for any player and stakes for none.
func TestReconciliation(t *testing.T) {
	t.Parallel()
	x := open(t)
	require.Equal(t, done("90.00"), x.post(x.tx("WITHDRAW", "t1", "b1", "r1", "10")))
	require.Equal(t, done("80.00"), x.post(x.tx("WITHDRAW", "t2", "b2", "r1", "10")))
	x.EndSessions(x.Player)
	with := func(player, query, body string) (int, string) {
		return x.raw(request{method: http.MethodPost, path: "/players/" + player + "/transactions", token: recon, query: query, body: body})
	}
	for _, kind := range []string{"WITHDRAW", "PROMOWITHDRAW"} {
		code, body := with(x.Player, "", x.tx(kind, "t3", "b3", "r1", "10"))
		require.Equal(t, 401, code)
		require.Equal(t, "PAM_ERR_SESSION_NOT_FOUND", codeOf(t, body))
	}
	code, body := with(x.Player, "provider=Two", x.tx("DEPOSIT", "t4", "b1", "r1", "15", "provider", "Two"))
	require.Equal(t, 401, code, body)
	code, body = with(ids.New("ply"), "", x.tx("PROMODEPOSIT", "t4", "", "", "15"))
	require.Equal(t, 200, code)
	require.Equal(t, "PAM_ERR_PLAYER_NOT_FOUND", codeOf(t, body))
	for i, body := range []string{x.tx("DEPOSIT", "t4", "b1", "r1", "15"), x.tx("CANCEL", "t5", "b2", "r1", "10"), x.tx("PROMODEPOSIT", "t6", "", "", "5")} {
		code, body = with(x.Player, "", body)
		require.Equal(t, 200, code)
		require.Equal(t, done([]string{"95.00", "105.00", "110.00"}[i]), ourID.ReplaceAllString(body, `"transactionId":"#"`))
	}
	require.Equal(t, "PAM_ERR_SESSION_NOT_FOUND", codeOf(t, x.get(401, "/players/session", request{token: recon})))
	x.Cash("110.00", "0.00")
	x.intact()
}

func TestQueries(t *testing.T) {
	t.Parallel()
	x := open(t)
	path := "/players/" + x.Player + "/transactions"
	x.id(x.tx("WITHDRAW", "t1", "b1", "r1", "10"))
	x.id(x.tx("DEPOSIT", "t2", "b1", "r1", "12.5", "isGameOver", true))
	x.id(x.tx("WITHDRAW", "t3", "b3", "r3", "1"))
	x.id(x.tx("CANCEL", "t4", "b3", "r3", "1"))
	x.id(x.tx("PROMODEPOSIT", "t1", "", "", "2"))
	x.fails("PAM_ERR_CASH_OVERDRAFT", "104.50", x.tx("WITHDRAW", "t5", "b5", "r5", "1000"))

	list := func(pairs ...string) []map[string]any {
		var a struct {
			Status       string
			Transactions []map[string]any
		}
		require.NoError(t, json.Unmarshal([]byte(x.get(200, path, request{query: queryOf(pairs...)})), &a))
		require.Equal(t, "OK", a.Status)
		require.NotNil(t, a.Transactions)
		for _, x := range a.Transactions {
			require.NotEmpty(t, x["transactionDateTime"])
			delete(x, "transactionDateTime")
		}
		return a.Transactions
	}
	line := func(kind, id, bet, round string, amount float64, over bool) map[string]any {
		m := map[string]any{
			"currency": "EUR", "provider": "One", "transactionType": kind, "cashAmount": amount, "bonusAmount": 0.0, "promoAmount": 0.0, "providerTransactionId": id,
			"isGameOver": over, "providerGameId": "slot",
		}
		if bet != "" {
			m["providerBetRef"] = bet
		}
		if round != "" {
			m["providerRoundId"] = round
		}
		return m
	}
	bet, win := line("WITHDRAW", "t1", "b1", "r1", 10, false), line("DEPOSIT", "t2", "b1", "r1", 12.5, true)
	require.Equal(t, []map[string]any{bet, win}, list("providerBetRef", "b1"))
	require.Equal(t, []map[string]any{bet, win}, list("providerBetRef", "b1", "providerTransactionId", "t4"), "the reference wins")
	require.Equal(t, []map[string]any{bet, line("PROMODEPOSIT", "t1", "", "", 2, false)}, list("providerTransactionId", "t1"))
	require.Equal(t, []map[string]any{line("WITHDRAW", "t3", "b3", "r3", 1, false), line("CANCEL", "t4", "b3", "r3", 1, false)}, list("providerBetRef", "b3"))
	require.Empty(t, list("providerTransactionId", "t5"), "a refused one is none")
	require.Empty(t, list("providerBetRef", "never"))
	require.Equal(t, "PAM_ERR_UNDEFINED", codeOf(t, x.get(400, path, request{})))
	require.Equal(t, "PAM_ERR_UNDEFINED", codeOf(t, x.get(400, path, request{query: queryOf("providerBetRef", strings.Repeat("b", 41))})))

	var r struct{ Gameround map[string]string }
	require.NoError(t, json.Unmarshal([]byte(x.get(200, "/players/"+x.Player+"/gamerounds/r1", request{})), &r))
	require.Equal(t, "slot r1", r.Gameround["providerGameId"]+" "+r.Gameround["providerRoundId"])
	require.NotEmpty(t, r.Gameround["startTime"])
	require.NotEmpty(t, r.Gameround["endTime"])
	x.id(x.tx("WITHDRAW", "t6", "b6", "r6", "1"))
	require.NotContains(t, x.get(200, "/players/"+x.Player+"/gamerounds/r6", request{}), "endTime")
	require.Equal(t, "PAM_ERR_ROUND_NOT_FOUND", codeOf(t, x.get(404, "/players/"+x.Player+"/gamerounds/never", request{})))
	other, token := x.NewPlayer("5.00", "EUR")
	require.Equal(t, "PAM_ERR_ROUND_NOT_FOUND", codeOf(t, x.get(404, "/players/"+other+"/gamerounds/r1", request{token: token})))
	require.Equal(t, `{"status":"OK","transactions":[]}`, x.get(200, "/players/"+other+"/transactions", request{token: token, query: queryOf("providerBetRef", "b1")}))
}

// TestQueries_AsTold: a transaction is shown with the time and the three amounts that its provider told, a cancellation with those of its bet.
func TestQueries_AsTold(t *testing.T) {
	t.Parallel()
	x := open(t)
	split := func(bonus, promo string) []any {
		return []any{"bonusAmount", json.Number(bonus), "promoAmount", json.Number(promo)}
	}
	at := func(moment string) []any { return []any{"transactionDateTime", moment} }
	x.id(x.tx("WITHDRAW", "t1", "b1", "r1", "10", at("2026-03-01T10:00:00.123456+01:00")...))
	x.id(x.tx("DEPOSIT", "t2", "b1", "r1", "1.5", append(split("2.25", "3"), at("2026-03-01T11:00:00Z")...)...))
	x.id(x.tx("DEPOSIT", "t2", "b1", "r1", "1.5", append(split("2.25", "3"), at("2026-03-01T12:00:00Z")...)...)) // repeated: the first stays
	x.id(x.tx("WITHDRAW", "t3", "b3", "r3", "4", at("2026-03-01T13:00:00Z")...))
	x.id(x.tx("CANCEL", "t4", "b3", "r3", "0.01", append(split("0.02", "0.03"), at("2026-03-01T14:00:00Z")...)...))
	x.id(x.tx("PROMODEPOSIT", "t5", "b5", "", "0", append(split("0", "7"), at("2026-03-01T15:00:00Z")...)...))
	list := func(pairs ...string) (lines []string) {
		var a struct{ Transactions []map[string]json.RawMessage }
		require.NoError(t, json.Unmarshal([]byte(x.get(200, "/players/"+x.Player+"/transactions", request{query: queryOf(pairs...)})), &a))
		for _, l := range a.Transactions {
			text := ""
			for _, name := range []string{"transactionType", "providerBetRef", "cashAmount", "bonusAmount", "promoAmount", "transactionDateTime"} {
				text += strings.Trim(string(l[name]), `"`) + " "
			}
			lines = append(lines, strings.TrimSpace(text))
		}
		return lines
	}
	require.Equal(t, []string{"WITHDRAW b1 10.00 0.00 0.00 2026-03-01T10:00:00.123456+01:00", "DEPOSIT b1 1.50 2.25 3.00 2026-03-01T11:00:00Z"}, list("providerBetRef", "b1"))
	require.Equal(t, []string{"WITHDRAW b3 4.00 0.00 0.00 2026-03-01T13:00:00Z", "CANCEL b3 4.00 0.00 0.00 2026-03-01T14:00:00Z"}, list("providerBetRef", "b3"))
	require.Equal(t, []string{"CANCEL b3 4.00 0.00 0.00 2026-03-01T14:00:00Z"}, list("providerTransactionId", "t4"))
	require.Equal(t, []string{"PROMODEPOSIT b5 0.00 0.00 7.00 2026-03-01T15:00:00Z"}, list("providerBetRef", "b5"))
	x.Cash("103.75", "0.00")
	x.fails("PAM_ERR_CANCEL_NON_WITHDRAW", "103.75", x.tx("PROMOCANCEL", "t6", "b5", "", "7"))

	// Of two bets of one reference the later one by the provider's clock is meant, and of two at one time the one that came later.
	x.id(x.tx("WITHDRAW", "t7", "b7", "r7", "2", at("2026-03-01T16:00:01Z")...))
	x.id(x.tx("WITHDRAW", "t8", "b7", "r7", "5", at("2026-03-01T17:00:00+01:00")...))
	require.Equal(t, done("98.75"), x.post(x.tx("CANCEL", "t9", "b7", "r7", "0")))
	x.id(x.tx("WITHDRAW", "t10", "b10", "r10", "2"))
	x.id(x.tx("WITHDRAW", "t11", "b10", "r10", "5"))
	require.Equal(t, done("96.75"), x.post(x.tx("CANCEL", "t12", "b10", "r10", "0")))
	x.Cash("96.75", "7.00")
	x.intact()
}

// TestAtOnce sends the same transactions in parallel: each has one effect.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	x := open(t)
	at := func(body string) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { x.post(body) })
		}
		wg.Wait()
	}
	at(x.tx("WITHDRAW", "t1", "b1", "r1", "10"))
	x.Cash("90.00", "10.00")
	at(x.tx("DEPOSIT", "t2", "b1", "r1", "5"))
	x.Cash("95.00", "0.00")
	at(x.tx("PROMODEPOSIT", "t3", "", "", "5"))
	x.Cash("100.00", "0.00")
	x.id(x.tx("WITHDRAW", "t4", "b4", "r4", "1"))
	at(x.tx("CANCEL", "t5", "b4", "r4", "1"))
	x.Cash("100.00", "0.00")
	x.intact()
}

// TestAmounts are exact.
func TestAmounts(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.Deposit(x.Player, "63727092.34", "EUR")
	require.Equal(t, done("100.00"), x.post(x.tx("WITHDRAW", "t1", "b1", "r1", "63727092.340000")))
	require.Equal(t, done("63727192.34"), x.post(x.tx("DEPOSIT", "t2", "b1", "r1", "63727092.34")))
	coin, token := x.NewPlayer("1236.12345678", "BTC")
	code, body := x.raw(request{method: http.MethodPost, path: "/players/" + coin + "/transactions", token: token, body: x.tx("WITHDRAW", "t3", "b3", "r3", "0.123456", "currency", "BTC")})
	require.Equal(t, 200, code)
	require.Contains(t, body, `"balance":{"cashAmount":1236.000000,"bonusAmount":0.000000,"promoAmount":0}`, "what is finer than the wire is cut")
	x.CashOf(coin, "BTC", "1236.00000078", "0.12345600")

	finer := x.tx("WITHDRAW", "t4", "b4", "r4", "0.1234567", "currency", "BTC")
	code, body = x.raw(request{method: http.MethodPost, path: "/players/" + coin + "/transactions", token: token, body: finer})
	require.Equal(t, 400, code, "more than six decimals")
	require.Equal(t, "PAM_ERR_UNDEFINED", codeOf(t, body))
	zeros := x.tx("WITHDRAW", "t4", "b4", "r4", "0.10000000", "currency", "BTC")
	code, body = x.raw(request{method: http.MethodPost, path: "/players/" + coin + "/transactions", token: token, body: zeros})
	require.Equal(t, 200, code, body)
	x.CashOf(coin, "BTC", "1235.90000078", "0.22345600")
}
