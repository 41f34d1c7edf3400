package a8r_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/ids"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	t.Run("a round, each call repeated", func(t *testing.T) { roundRepeated(x) })
	t.Run("all or none", func(t *testing.T) { atomic(x) })
	t.Run("the same id with other content", func(t *testing.T) { otherContent(x) })
	t.Run("rollbacks", func(t *testing.T) { rollbacks(x) })
	t.Run("tombstones", func(t *testing.T) { tombstones(x) })
	t.Run("finish", func(t *testing.T) { finishes(x) })
	x.verify()
}

func roundRepeated(x *table) {
	x.is(200, `{"balance":"100.00"}`, "Player/Balance", `{"player_id":"$P","currency":"EUR","later":{"x":1}}`)
	for range 2 {
		x.is(200, taken("90.00", "b1"), "Round/BetWin", betWin("r1", false, bet("b1", "10")))
		x.Cash("90.00", "10.00")
	}
	for range 2 {
		x.is(200, taken("126.00", "w1"), "Round/BetWin", betWin("r1", true, win("w1", "36.000000000000")))
		x.Cash("126.00", "0.00")
	}
	x.is(200, taken("126.00", "b1"), "Round/BetWin", betWin("r1", false, bet("b1", "10.00")))
	x.is(200, taken("126.00", "b1", "w1"), "Round/BetWin", betWin("r1", true, bet("b1", "10.00"), win("w1", "36.00")))
	x.is(400, invalid("round_id: the round is finished"), "Round/BetWin", betWin("r1", false, bet("b1x", "10.00")))

	// Bet and win at once, and the loss that is not reported but with the end of the round.
	x.is(200, taken("126.00", "b2", "w2"), "Round/BetWin", betWin("r2", true, bet("b2", "26.00"), win("w2", "26")))
	x.is(200, taken("116.00", "b3"), "Round/BetWin", betWin("r3", true, bet("b3", "10.00")))
	x.Cash("116.00", "0.00")

	// A win before its bet, and a win of its own bet.
	x.is(200, taken("121.00", "w4"), "Round/BetWin", betWin("r4", false, win("w4", "5.00")))
	x.is(200, taken("111.00", "b4"), "Round/BetWin", betWin("r4", false, bet("b4", "10.00")))
	x.is(200, taken("112.00", "w4b"), "Round/BetWin", betWin("r4", true, `{"id":"w4b","type":"win","amount":"1.00","bet_id":"b4"}`))
	x.is(200, taken("112.00", "b5", "b6", "w5"), "Round/BetWin", betWin("r5", true, bet("b5", "0"), bet("b6", "2.00"), win("w5", "2.00")))
	x.Cash("112.00", "0.00")
}

func atomic(x *table) {
	x.is(400, `{"code":"invalid_argument","msg":"Not enough funds","meta":{"api_code":"100","api_message":"Not enough funds","balance":"112.00"}}`,
		"Round/BetWin", betWin("r10", false, bet("b10", "112.01")))
	x.is(400, `{"code":"invalid_argument","msg":"Not enough funds","meta":{"api_code":"100","api_message":"Not enough funds","balance":"112.00"}}`,
		"Round/BetWin", betWin("r11", true, bet("b11", "100.00"), bet("b12", "12.01"), win("w11", "500.00")))
	x.Cash("112.00", "0.00")
	x.is(200, taken("0.00", "b11", "b12"), "Round/BetWin", betWin("r12", false, bet("b11", "100.00"), bet("b12", "12.00")))
	x.is(200, taken("112.00", "w11", "w12"), "Round/BetWin", betWin("r12", true, win("w11", "12.00"), win("w12", "100.00")))
}

func otherContent(x *table) {
	x.is(200, taken("111.00", "b20"), "Round/BetWin", betWin("r20", false, bet("b20", "1.00")))
	other, _ := x.NewPlayer("50.00", "EUR")
	for name, body := range map[string]string{
		"win":    betWin("r20", false, win("b20", "1.00")),
		"amount": betWin("r20", false, bet("b20", "2.00")),
		"player": strings.ReplaceAll(betWin("r20", false, bet("b20", "1.00")), "$P", other),
	} {
		status, answer := x.call("Round/BetWin", body)
		require.Equal(x.t, 400, status, name)
		require.Contains(x.t, answer, `{"code":"already_exists"`, name)
		require.Contains(x.t, answer, `"api_code":"409"`, name)
	}
	x.CashOf(other, "EUR", "50.00", "0.00")
	x.Cash("111.00", "1.00")
	x.is(200, taken("112.00", "w20"), "Round/BetWin", betWin("r20", true, win("w20", "1.00")))
}

func rollbacks(x *table) {
	x.is(200, taken("102.00", "b30"), "Round/BetWin", betWin("r30", false, bet("b30", "10.00")))
	for range 2 {
		x.is(200, taken("112.00", "k30"), "Round/Rollback", back("r30", "k30", "b30"))
		x.Cash("112.00", "0.00")
	}
	x.is(200, taken("112.00", "k30b"), "Round/Rollback", back("r30", "k30b", "b30"))
	x.is(200, taken("117.00", "w30"), "Round/BetWin", betWin("r30", true, win("w30", "5.00"))) // a win after the rollback is paid

	// A bet after its win: each is taken back by itself.
	x.is(200, taken("127.00", "b31", "w31"), "Round/BetWin", betWin("r31", true, bet("b31", "10.00"), win("w31", "20.00")))
	x.is(200, taken("137.00", "k31"), "Round/Rollback", back("r31", "k31", "b31"))
	x.is(200, taken("117.00", "k32"), "Round/Rollback", back("r31", "k32", "w31"))
	x.is(200, taken("116.00", "b33", "w33"), "Round/BetWin", betWin("r33", false, bet("b33", "2.00"), win("w33", "1.00")))
	x.is(200, taken("117.00", "k33", "k34"), "Round/Rollback", back("r33", "k33", "w33", "k34", "b33"))
	x.Cash("117.00", "0.00")

	// Winnings that are spent: the balance shown is clamped, the debt is paid by what comes next.
	x.is(200, taken("217.00", "w35"), "Round/BetWin", betWin("r35", true, win("w35", "100.00")))
	x.is(200, taken("17.00", "b36"), "Round/BetWin", betWin("r36", true, bet("b36", "200.00")))
	x.is(200, taken("0.00", "k35"), "Round/Rollback", back("r35", "k35", "w35"))
	x.is(200, taken("0.00", "w37"), "Round/BetWin", betWin("r37", true, win("w37", "83.00")))
	x.is(200, taken("112.00", "w38"), "Round/BetWin", betWin("r38", true, win("w38", "112.00")))
	x.is(400, invalid("transactions: original_ids must be unique"), "Round/Rollback", back("r38", "k38", "w38", "k39", "w38"))
}

func tombstones(x *table) {
	x.is(200, takenIn("", "112.00", "k40", "k41"), "Round/Rollback", back("r40", "k40", "b40", "k41", "w40"))
	for range 2 {
		x.is(200, takenIn("", "112.00", "b40"), "Round/BetWin", betWin("r40", false, bet("b40", "10.00")))
	}
	x.is(200, takenIn("", "112.00", "w40"), "Round/BetWin", betWin("r40", false, win("w40", "10.00")))
	x.is(200, taken("111.00", "b42"), "Round/BetWin", betWin("r40", false, bet("b42", "1.00")))
	x.is(200, taken("112.00", "w42"), "Round/BetWin", betWin("r40", true, win("w42", "1.00")))
	x.Cash("112.00", "0.00")
}

func finishes(x *table) {
	x.is(200, taken("111.00", "b50"), "Round/BetWin", betWin("r50", false, bet("b50", "1.00")))
	for range 2 {
		x.is(200, `{"balance":"111.00"}`, "Round/Finish", `{"player_id":"$P","currency":"EUR","round_id":"r50"}`)
	}
	x.is(400, invalid("round_id: the round is finished"), "Round/BetWin", betWin("r50", false, bet("b51", "1.00")))
	x.is(200, `{"balance":"111.00"}`, "Round/Finish", `{"player_id":"$P","currency":"EUR","round_id":"never-seen"}`)
	x.Cash("111.00", "0.00")
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	good := betWin("r", false, bet("b", "1.00"))
	bodies := map[string]string{
		"Player/Balance":   `{"player_id":"$P","currency":"EUR"}`,
		"Round/BetWin":     good,
		"Round/Rollback":   `{"player_id":"$P","currency":"EUR","round_id":"r","transactions":[{"id":"k","original_id":"b"}]}`,
		"Round/Finish":     `{"player_id":"$P","currency":"EUR","round_id":"r"}`,
		"Freespins/Finish": `{"issue_id":"i","amount":"1"}`,
	}
	required := []string{"player_id", "currency", "game_id", "provider", "round_id", "transactions", "issue_id", "amount"}
	for method, body := range bodies {
		for _, field := range required {
			if !strings.Contains(body, `"`+field+`":`) || field == "amount" && method != "Freespins/Finish" {
				continue
			}
			for _, value := range []string{"", "null", `""`} {
				if field == "transactions" && value == `""` {
					continue
				}
				x.is(400, invalid(field+": value is required"), method, changed(t, body, field, value))
			}
			for _, value := range []string{`7`, `{"x":1}`, `true`} {
				x.is(400, invalid(field+": value is not valid"), method, changed(t, body, field, value))
			}
		}
	}
	for _, method := range []string{"Player/Balance", "Round/Rollback", "Round/Finish"} { // may be absent, but not wrong
		for _, field := range []string{"game_id", "provider"} {
			for _, value := range []string{`7`, `{"x":1}`, `true`, `"a\u0000b"`, `"` + strings.Repeat("x", 256) + `"`} {
				x.is(400, invalid(field+": value is not valid"), method, changed(t, bodies[method], field, value))
			}
		}
	}
	x.is(400, invalid("transactions: value is required"), "Round/BetWin", changed(t, good, "transactions", "[]"))
	x.is(400, invalid("transactions: ids must be unique"), "Round/BetWin", betWin("r", false, bet("b", "1"), win("b", "1")))
	x.is(400, invalid("transactions: ids must be unique"), "Round/Rollback", back("r", "k", "b", "k", "c"))
	for field, transaction := range map[string]string{
		"id: value is required":      `{"type":"bet","amount":"1"}`,
		"type: value is required":    `{"id":"b","amount":"1"}`,
		"type: value is not valid":   `{"id":"b","type":"refund","amount":"1"}`,
		"amount: value is required":  `{"id":"b","type":"bet"}`,
		"amount: value is not valid": `{"id":"b","type":"bet","amount":1}`,
		"bet_id: value is not valid": `{"id":"b","type":"win","amount":"1","bet_id":1}`,
		"id: value is not valid":     `{"id":1,"type":"win","amount":"1"}`,
	} {
		x.is(400, invalid("transactions[0]."+field), "Round/BetWin", betWin("r", false, transaction))
	}
	for _, amount := range []string{"-1", "-0.01", "+1", "1e2", " 1", "1.", ".5", "1,0", "0x1", "NaN", "0.001", "0.0000000000001", "1000000000000000000", "999999999999999999.99", "9999999999999999999"} {
		x.is(400, invalid("transactions[0].amount: value is not valid"), "Round/BetWin", betWin("r", false, bet("b", amount)))
	}
	x.is(400, invalid("finished: value is not valid"), "Round/BetWin", changed(t, good, "finished", `"yes"`))
	for name, body := range map[string]string{
		"nothing": "", "text": "hello", "list": "[]", "cut": good[:len(good)-1], "two": good + good, "same key twice": strings.Replace(good, `{"player_id"`, `{"currency":"EUR","player_id"`, 1),
		"same nested key": strings.Replace(good, `"type":"bet"`, `"type":"bet","id":"c"`, 1), "not UTF-8": strings.Replace(good, `"b"`, "\"\xff\"", 1), "deep": `{"x":` + strings.Repeat("[", 60) + strings.Repeat("]", 60) + `}`,
	} {
		status, answer := x.call("Round/BetWin", body)
		require.Equal(t, "400 "+invalid("the json request could not be decoded"), fmt.Sprintf("%d %s", status, answer), name)
	}
	x.is(400, invalid("the request is too long"), "Round/BetWin", good+strings.Repeat(" ", 70_000))
	x.Cash("100.00", "0.00")
	x.verify()
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	x := open(t, map[string]string{"duplicate_status": "409"})
	good := betWin("r", false, bet("b", "1.00"))
	stranger := strings.ReplaceAll(good, "$P", "ply_01ARZ3NDEKTSV4RRFFQ69G5FAV")
	x.is(400, twirp("invalid_argument", "101", "Player is invalid"), "Round/BetWin", stranger)
	x.is(400, twirp("invalid_argument", "101", "Player is invalid"), "Player/Balance", `{"player_id":"nobody","currency":"EUR"}`)
	x.is(400, twirp("invalid_argument", "101", "Player is invalid"), "Round/Rollback", strings.ReplaceAll(back("r", "k", "b"), "$P", "nobody"))
	for _, currency := range []string{`"USD"`, `"QQQ"`, `"FANTASY"`} {
		no := twirp("invalid_argument", "154", "Currency is not allowed for the player")
		x.is(400, no, "Round/BetWin", changed(t, good, "currency", currency))
		x.is(400, no, "Player/Balance", changed(t, `{"player_id":"$P"}`, "currency", currency))
		x.is(400, no, "Round/Finish", changed(t, `{"player_id":"$P","round_id":"r"}`, "currency", currency))
		x.is(400, no, "Round/Rollback", changed(t, back("r", "k", "b"), "currency", currency))
	}
	x.is(400, invalid("currency: value is not valid"), "Round/BetWin", changed(t, good, "currency", `"eur"`))
	x.is(400, invalid("game_id: the game is unknown"), "Round/BetWin", changed(t, good, "game_id", `"one:nothing"`))
	x.is(200, taken("99.00", "b"), "Round/BetWin", good)
	x.is(409, twirp("already_exists", "409", "The transaction id was used for another transaction"), "Round/BetWin", betWin("r", false, bet("b", "2.00")))

	x.Publish("player.updated.v1", x.Player, 1, &identityv1.PlayerUpdated{PlayerId: x.Player, Status: identityv1.PlayerStatus_PLAYER_STATUS_LOCKED})
	disabled := twirp("invalid_argument", "101", "Player is disabled")
	n := 0
	require.Eventually(t, func() bool {
		n++
		_, answer := x.call("Round/BetWin", betWin("r", false, bet(fmt.Sprintf("locked%d", n), "0.00")))
		return answer == disabled
	}, 15*time.Second, 20*time.Millisecond)
	x.is(200, taken("102.00", "w"), "Round/BetWin", betWin("r", false, win("w", "3.00")))
	x.is(200, taken("103.00", "k"), "Round/Rollback", back("r", "k", "b"))
	x.is(200, `{"balance":"103.00"}`, "Round/Finish", `{"player_id":"$P","currency":"EUR","round_id":"r"}`)
	x.Cash("103.00", "0.00")
	x.verify()
}

// TestOneIdAtOnce: one id names one transaction, also when a bet and a win come under it at the same moment.
func TestOneIdAtOnce(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	free := 100
	for i := range 10 {
		id, round := fmt.Sprintf("x%d", i), fmt.Sprintf("r%d", i)
		var bets, wins [3]int
		var all sync.WaitGroup
		for n := range bets {
			all.Go(func() { bets[n], _ = x.Send(x.request("Round/BetWin", betWin(round, false, bet(id, "1.00")))) })
			all.Go(func() { wins[n], _ = x.Send(x.request("Round/BetWin", betWin(round, false, win(id, "1.00")))) })
		}
		all.Wait()
		all200, all400 := [3]int{200, 200, 200}, [3]int{400, 400, 400}
		var money string
		if bets[0] == 200 {
			require.Equal(t, [][3]int{all200, all400}, [][3]int{bets, wins})
			free, money = free-1, bet(id, "1.00")
		} else {
			require.Equal(t, [][3]int{all400, all200}, [][3]int{bets, wins})
			free, money = free+1, win(id, "1.00")
		}
		x.is(200, taken(fmt.Sprintf("%d.00", free), id), "Round/BetWin", betWin(round, false, money))
	}
	x.verify()
}

// TestWithoutSession: a test player who never opened a game plays in its own currency and no other.
func TestWithoutSession(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	x.Player = ids.New("tpl")
	foreign := twirp("invalid_argument", "154", "Currency is not allowed for the player")
	for method, body := range map[string]string{
		"Player/Balance": `{"player_id":"$P","currency":"USD"}`,
		"Round/Finish":   `{"player_id":"$P","currency":"USD","round_id":"r1"}`,
		"Round/Rollback": strings.Replace(back("r1", "x1", "never"), "EUR", "USD", 1),
		"Round/BetWin":   strings.Replace(betWin("r1", false, win("w1", "20.00")), "EUR", "USD", 1),
	} {
		x.is(400, foreign, method, body)
	}
	x.is(400, foreign, "Round/BetWin", strings.Replace(betWin("r1", false, bet("b1", "1.00")), "EUR", "USD", 1))
	x.is(200, takenIn("", "0.00", "x2"), "Round/Rollback", back("r1", "x2", "b2")) // of the unknown, with the balance
	x.is(200, takenIn("", "0.00", "x2"), "Round/Rollback", back("r1", "x2", "b2"))
	x.is(200, takenIn("", "0.00", "b2"), "Round/BetWin", betWin("r1", false, bet("b2", "1.00")))
	x.is(200, taken("20.00", "w1"), "Round/BetWin", betWin("r1", false, win("w1", "20.00")))
	x.is(200, taken("20.00", "x2", "x3"), "Round/Rollback", back("r1", "x2", "b2", "x3", "never"))
	x.is(200, `{"balance":"20.00"}`, "Player/Balance", `{"player_id":"$P","currency":"EUR"}`)
	x.verify()
}

func TestSignature(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	body := betWin("r", false, bet("b", "1.00"))
	forbidden := twirp("permission_denied", "403", "Forbidden")
	good := x.request("Round/BetWin", body)
	for name, change := range map[string]func(r *adapterv1.HandleCallbackRequest){
		"none":        func(r *adapterv1.HandleCallbackRequest) { r.Headers = nil },
		"empty":       func(r *adapterv1.HandleCallbackRequest) { r.Headers[1].Value = "" },
		"no hex":      func(r *adapterv1.HandleCallbackRequest) { r.Headers[1].Value = strings.Repeat("z", 64) },
		"another key": func(r *adapterv1.HandleCallbackRequest) { r.Headers[1].Value = adapter.SignHMAC("other", r.GetBody()) },
		"two":         func(r *adapterv1.HandleCallbackRequest) { r.Headers = append(r.Headers, r.Headers[1]) },
		"one space more": func(r *adapterv1.HandleCallbackRequest) {
			r.Body = append(r.Body, ' ')
		},
	} {
		r := x.request("Round/BetWin", body)
		change(r)
		status, answer := x.Send(r)
		require.Equal(t, "403 "+forbidden, fmt.Sprintf("%d %s", status, answer), name)
	}
	r := x.request("Round/Steal", body)
	status, answer := x.Send(r)
	require.Equal(t, 404, status)
	require.Contains(t, answer, `"code":"bad_route"`)
	r = x.request("Round/BetWin", body)
	r.Method = "GET"
	status, _ = x.Send(r)
	require.Equal(t, 404, status)
	r = x.request("Round/BetWin", body)
	r.IntegrationId = "nobody"
	status, _ = x.Send(r)
	require.Equal(t, 404, status)
	x.Cash("100.00", "0.00")

	// A rotated secret: the new one and the old one are taken, nothing else.
	x.Configure(nil, map[string]string{"auth_token": "the-new-secret", "auth_token_previous": authToken})
	require.Eventually(t, func() bool {
		r := x.request("Player/Balance", `{"player_id":"$P","currency":"EUR"}`)
		r.Headers[1].Value = adapter.SignHMAC("the-new-secret", r.GetBody())
		status, _ := x.Send(r)
		return status == 200
	}, 5*time.Second, 5*time.Millisecond)
	status, _ = x.Send(good)
	require.Equal(t, 200, status)

	x.Enable(false)
	require.Eventually(t, func() bool {
		status, answer := x.call("Player/Balance", `{"player_id":"$P","currency":"EUR"}`)
		return status == 403 && answer == forbidden
	}, 5*time.Second, 5*time.Millisecond)
	x.is(500, twirp("internal", "500", "Unknown error"), "Round/Rollback", back("r", "k", "a")) // has to come again
	status, _ = x.Send(good)
	require.Equal(t, 500, status)
	x.Cash("99.00", "1.00")
}

func TestExactAmounts(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	x.is(200, taken("63727192.34", "w"), "Round/BetWin", betWin("r", false, win("w", "63727092.34")))
	x.is(200, taken("63727192.33", "b"), "Round/BetWin", betWin("r", false, bet("b", "0.010000")))
	x.is(200, taken("99.99", "k"), "Round/Rollback", back("r", "k", "w"))
	x.is(200, taken("101.50", "w2"), "Round/BetWin", betWin("r", false, win("w2", "000000000000000001.510000000000"))) // 18 digits before the point, 12 after
	x.is(200, taken("101.49", "b2", "b3"), "Round/BetWin", betWin("r", false, bet("b2", "00.01"), bet("b3", "000")))

	player, _ := x.NewPlayer("1.00000000", "BTC")
	btc := strings.ReplaceAll(strings.ReplaceAll(betWin("rb", true, bet("bb", "0.123456"), win("wb", "0.00000001")), "$P", player), "EUR", "BTC")
	x.is(200, taken("0.87654401", "bb", "wb"), "Round/BetWin", btc)
	x.verify()
}

// TestRollback_AllOrNone: a list with a transaction that is another player's, or with an id that is another rollback's, takes nothing back.
func TestRollback_AllOrNone(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	other, _ := x.NewPlayer("50.00", "EUR")
	status, answer := x.call("Round/BetWin", strings.ReplaceAll(betWin("r1", false, bet("o1", "5")), "$P", other))
	require.Equal(t, 200, status, answer)
	x.is(200, taken("70.00", "b1", "b2", "b3"), "Round/BetWin", betWin("r1", false, bet("b1", "10"), bet("b2", "10"), bet("b3", "10")))
	x.is(200, taken("80.00", "k3"), "Round/Rollback", back("r1", "k3", "b3"))
	for name, body := range map[string]string{"foreign": back("r1", "k1", "b1", "k2", "o1"), "used": back("r1", "k1", "b1", "k3", "b2")} {
		status, answer = x.call("Round/Rollback", body)
		require.Equal(t, 400, status, name)
		require.Contains(t, answer, `"api_code":"409"`, name)
		x.Cash("80.00", "20.00")
	}
	x.CashOf(other, "EUR", "45.00", "5.00")
	for range 2 {
		x.is(200, taken("100.00", "k1", "k2", "k4"), "Round/Rollback", back("r1", "k1", "b1", "k2", "b2", "k4", "never"))
	}
	x.Cash("100.00", "0.00")
	x.verify()
}

// TestRollback_OfWhatNeverCounted: a bet that came after its cancellation was never taken, and another cancellation of it is accepted like the first.
func TestRollback_OfWhatNeverCounted(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	x.is(200, taken("90.00", "x"), "Round/BetWin", betWin("r1", false, bet("x", "10")))
	x.is(200, taken("90.00", "a1"), "Round/Rollback", back("r1", "a1", "a"))
	status, answer := x.call("Round/BetWin", betWin("r1", false, bet("a", "1")))
	require.Equal(t, 200, status, answer)
	x.Cash("90.00", "10.00")
	for range 2 {
		x.is(200, taken("100.00", "a2", "x1"), "Round/Rollback", back("r1", "a2", "a", "x1", "x"))
	}
	x.Cash("100.00", "0.00")
	x.verify()
}

// TestOtherCurrency: what was staked in a currency is paid, taken back and finished in it, though the player has opened a game in another since, and in no other.
func TestOtherCurrency(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	x.is(200, taken("70.00", "b1", "b2", "b3"), "Round/BetWin", betWin("r1", false, bet("b1", "10"), bet("b2", "10"), bet("b3", "10")))
	x.Deposit(x.Player, "50.00", "USD")
	x.Launch(x.Player, "USD")
	foreign := twirp("invalid_argument", "154", "Currency is not allowed for the player")
	for _, original := range []string{"b1", "never"} {
		x.is(400, foreign, "Round/Rollback", strings.ReplaceAll(back("r1", "k"+original, original), "EUR", "USD"))
	}
	x.is(200, taken("90.00", "w1"), "Round/BetWin", betWin("r1", false, win("w1", "20")))
	x.is(200, taken("100.00", "k1", "k2"), "Round/Rollback", back("r1", "k1", "b1", "k2", "never"))
	x.is(200, `{"balance":"100.00"}`, "Round/Finish", `{"player_id":"$P","currency":"EUR","round_id":"r1"}`)
	x.is(200, strings.Replace(taken("100.00", "k3"), `"round_id_casino":"*"`, `"round_id_casino":""`, 1), "Round/Rollback", back("r2", "k3", "b4")) // of what is not known, in a currency that the player has a session in
	x.Cash("100.00", "0.00")
	x.CashOf(x.Player, "USD", "50.00", "0.00")
	x.verify()
}

// TestLongIds: 255 characters are taken, whatever the letters; one more is not.
// TestTwoCurrencies: each call names its currency, and the player has a session in each.
func TestTwoCurrencies(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	x.Deposit(x.Player, "50.00", "USD")
	x.Launch(x.Player, "USD") // the newer of the two
	usd := func(body string) string { return strings.Replace(body, `"currency":"EUR"`, `"currency":"USD"`, 1) }
	x.is(200, taken("90.00", "b1"), "Round/BetWin", betWin("1", false, bet("b1", "10.00")))
	x.is(200, taken("49.00", "b2"), "Round/BetWin", usd(betWin("2", false, bet("b2", "1.00"))))
	x.is(200, `{"balance":"90.00"}`, "Player/Balance", `{"player_id":"$P","currency":"EUR"}`)
	x.is(200, `{"balance":"49.00"}`, "Player/Balance", `{"player_id":"$P","currency":"USD"}`)
	x.is(200, taken("92.00", "w1"), "Round/BetWin", betWin("1", true, win("w1", "2.00")))
	x.is(200, taken("50.00", "r2"), "Round/Rollback", usd(back("2", "r2", "b2")))
	x.CashOf(x.Player, "EUR", "92.00", "0.00")
	x.CashOf(x.Player, "USD", "50.00", "0.00")
}

func TestLongIds(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	for _, letter := range []string{"x", "é", "😀"} {
		long := strings.Repeat(letter, 255)
		x.is(200, taken("90.00", long), "Round/BetWin", betWin(long, false, bet(long, "10")))
		x.is(200, taken("100.00", letter+"w"), "Round/BetWin", betWin(long, false, fmt.Sprintf(`{"id":%q,"type":"win","amount":"10","bet_id":%q}`, letter+"w", long)))
		x.is(200, taken("110.00", long), "Round/Rollback", back(long, long, long))
		x.is(200, taken("100.00", letter+"k"), "Round/Rollback", back(long, letter+"k", letter+"w"))
		for _, body := range []string{betWin("r", false, bet(long+letter, "10")), betWin(long+letter, false, bet("b", "10"))} {
			status, answer := x.call("Round/BetWin", body)
			require.Equal(t, 400, status, answer)
		}
		x.Cash("100.00", "0.00")
	}
	x.verify()
}

// moment is a time in an answer: of calls at the same time one is the first, and which is not told.
var moment = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`)

func TestParallelDuplicates(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	all := func(method, body string) map[string]int {
		var (
			mu   sync.Mutex
			wait sync.WaitGroup
			seen = map[string]int{}
		)
		for range 8 {
			wait.Add(1)
			go func() {
				defer wait.Done()
				status, answer := x.Send(x.request(method, body))
				for n := 0; status == 500 && n < 50; n++ { // still under way: the provider asks again
					status, answer = x.Send(x.request(method, body))
				}
				mu.Lock()
				defer mu.Unlock()
				seen[fmt.Sprintf("%d %s", status, moment.ReplaceAllString(answer, "*"))]++
			}()
		}
		wait.Wait()
		return seen
	}
	for _, c := range []struct{ method, body, cash, held string }{
		{"Round/BetWin", betWin("r", false, bet("b", "10.00")), "90.00", "10.00"},
		{"Round/BetWin", betWin("r", false, win("w", "5.00"), bet("b2", "1.00")), "94.00", "1.00"},
		{"Round/Rollback", back("r", "k", "b"), "104.00", "1.00"},
	} {
		require.Len(t, all(c.method, c.body), 1, "one answer for all: %s", c.body)
		x.Cash(c.cash, c.held)
	}
	x.verify()
}
