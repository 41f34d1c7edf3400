package bookmaker_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	t.Run("the contract to the letter, each call repeated", func(*testing.T) { toTheLetter(x) })
	t.Run("results", func(*testing.T) { results(x) })
	t.Run("refunds", func(*testing.T) { refunds(x) })
	t.Run("the same bet_id with other content", func(*testing.T) { otherContent(x) })
	t.Run("numbered results", func(*testing.T) { numbered(x) })
	x.verify()
}

func toTheLetter(x *table) {
	x.is(approved("abcde12345"), "check_bet", bet("abcde12345", "100"))
	x.Cash("100.00", "0.00")
	for range 2 {
		x.is(blocked("abcde12345"), "block_funds", bet("abcde12345", "100"))
		x.Cash("0.00", "100.00")
	}
	for range 2 {
		x.is(updated("abcde12345"), "update_bet_status", bet("abcde12345", "100", result("win", "200")))
		x.Cash("200.00", "0.00")
	}
	x.is(blocked("abcde12345"), "block_funds", bet("abcde12345", "100"))
	x.is(blocked("back"), "block_funds", bet("back", "100"))
	for range 2 {
		x.is(refunded("back"), "refund", bet("back", "100"))
		x.Cash("200.00", "0.00")
	}
	x.is(recalculated("round123"), "recalculate_bets", correction("round123", "5"))
	x.Cash("200.00", "0.00")
}

func results(x *table) {
	x.is(blocked("r1"), "block_funds", bet("r1", "10.50"))
	x.is(updated("r1"), "update_bet_status", bet("r1", "10.50", `"status":"accepted"`))
	x.Cash("189.50", "10.50")
	for range 2 {
		x.is(updated("r1"), "update_bet_status", bet("r1", "10.50", `"status":"lost"`))
		x.Cash("189.50", "0.00")
	}
	x.is(no(409, "rejected", "bet_settled", "The bet has another result", "r1"), "update_bet_status", bet("r1", "10.50", result("win", "5")))
	for i, c := range []struct{ fields, cash string }{
		{result("void", "0"), "189.50"}, {`"status":"push"`, "189.50"}, {result("half_won", "15"), "194.50"}, {result("half_lost", "5"), "189.50"},
		{result("cashed_out", "12.34"), "191.84"}, {result("LOST", "0"), "181.84"}, {result("won", "1.8166e2"), "353.50"},
	} {
		id := fmt.Sprintf("s%d", i)
		x.is(blocked(id), "block_funds", bet(id, "10"))
		x.is(updated(id), "update_bet_status", bet(id, "10", c.fields))
		x.Cash(c.cash, "0.00")
	}
	x.is(no(404, "rejected", "bet_not_found", "The bet is unknown", "never"), "update_bet_status", bet("never", "10", result("win", "20")))
}

func refunds(x *table) {
	x.is(blocked("f1"), "block_funds", bet("f1", "10"))
	x.is(no(422, "rejected", "amount_differs", "The amount exceeds what is left of the stake", "f1"), "refund", bet("f1", "10.01"))
	x.is(no(409, "rejected", "bet_id_conflict", "The bet_id was used for another bet", "f1"), "refund", bet("f1", "10", `"currency":"USD"`))
	x.is(no(400, "error", "invalid_field", "amount is not valid", "f1"), "refund", bet("f1", "0"))
	x.Cash("343.50", "10.00")
	x.is(refunded("f1"), "refund", bet("f1", "10.00"))
	x.is(no(409, "rejected", "bet_refunded", "The bet was refunded", "f1"), "update_bet_status", bet("f1", "10", result("win", "20")))
	x.is(updated("f1"), "update_bet_status", bet("f1", "10", `"status":"void"`))
	x.Cash("353.50", "0.00")

	// A paid bet goes back with its winnings.
	x.is(blocked("f2"), "block_funds", bet("f2", "10"))
	x.is(updated("f2"), "update_bet_status", bet("f2", "10", result("win", "30")))
	x.Cash("373.50", "0.00")
	x.is(refunded("f2"), "refund", bet("f2", "10"))
	x.Cash("353.50", "0.00")

	// A refund that overtakes its bet: the bet is refused when it comes.
	x.is(no(404, "rejected", "bet_not_found", "The bet is unknown", "f3"), "refund", bet("f3", "10"))
	x.is(no(409, "rejected", "bet_refunded", "The bet was refunded", "f3"), "block_funds", bet("f3", "10"))
	x.Cash("353.50", "0.00")
}

func otherContent(x *table) {
	other, _ := x.NewPlayer("50.00", "EUR")
	foreign := func(body string) string { return strings.ReplaceAll(body, "$P", other) }
	x.is(blocked("o1"), "block_funds", bet("o1", "1"))
	conflict := no(409, "rejected", "bet_id_conflict", "The bet_id was used for another bet", "o1")
	x.is(conflict, "block_funds", bet("o1", "2"))
	x.is(conflict, "block_funds", foreign(bet("o1", "1")))
	x.is(conflict, "update_bet_status", bet("o1", "2", result("win", "3")))
	unknown := no(404, "rejected", "bet_not_found", "The bet is unknown", "o1")
	x.is(unknown, "update_bet_status", foreign(bet("o1", "1", result("win", "3"))))
	x.is(unknown, "refund", foreign(bet("o1", "1")))
	x.CashOf(other, "EUR", "50.00", "0.00")
	x.is(refunded("o1"), "refund", bet("o1", "1"))
	x.Cash("353.50", "0.00")
}

func numbered(x *table) {
	x.is(blocked("n1"), "block_funds", bet("n1", "10"))
	told := func(seq int, fields string) string {
		return x.call("update_bet_status", bet("n1", "10", fields, fmt.Sprintf(`"seq":%d`, seq)))
	}
	require.Equal(x.t, updated("n1"), told(1, result("win", "30")))
	x.Cash("373.50", "0.00")
	require.Equal(x.t, updated("n1"), told(2, result("lost", "0")))
	x.Cash("343.50", "0.00")
	require.Equal(x.t, updated("n1"), told(2, result("lost", "0")), "repeated")
	require.Equal(x.t, updated("n1"), told(1, result("win", "30")), "overtaken: nothing moves")
	x.Cash("343.50", "0.00")
	require.Equal(x.t, no(409, "rejected", "bet_settled", "The bet has another result", "n1"), told(2, result("win", "1")))
	require.Equal(x.t, updated("n1"), told(3, result("win", "20")))
	x.Cash("363.50", "0.00")
	require.Equal(x.t, updated("n1"), told(4, `"status":"void"`))
	x.Cash("353.50", "0.00")
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	x := open(t, map[string]string{"partner_id": "12345"})
	for path, body := range map[string]string{
		"check_bet": bet("b", "1"), "block_funds": bet("b", "1"), "refund": bet("b", "1"), "update_bet_status": bet("b", "1", result("win", "2")), "recalculate_bets": correction("r", "5"),
	} {
		for _, field := range []string{"partner_id", "partner_player_id", "amount", "bet_id", "status", "payout", "round_id", "correct_result"} {
			if !strings.Contains(body, `"`+field+`":`) {
				continue
			}
			wrong := []string{`7`, `{"x":1}`, `true`, `[]`}
			if field == "amount" || field == "payout" {
				wrong = []string{`"7"`, `{"x":1}`, `true`, `[]`}
			}
			for _, value := range []string{"", "null"} {
				require.Contains(t, x.call(path, changed(t, body, field, value)), `400 {"status":"error","code":"missing_field","message":"`+field+` is required"`)
			}
			for _, value := range wrong {
				require.Contains(t, x.call(path, changed(t, body, field, value)), `400 {"status":"error","code":"invalid_field","message":"`+field+` is not valid"`, "%s %s", path, value)
			}
		}
	}
	for _, id := range []string{strings.Repeat("x", 201), `a\u0007b`} {
		require.Contains(t, x.call("block_funds", bet("b", "1", `"bet_id":"`+id+`"`)), "400 ", "twice in one body")
		require.Contains(t, x.call("block_funds", changed(t, bet("b", "1"), "bet_id", `"`+id+`"`)), `400 {"status":"error","code":"invalid_field","message":"bet_id is not valid"`)
	}
	for _, amount := range []string{"-1", "-0.01", "0.001", "0", "1e19", "99999999999999999999", "1e-9"} {
		require.Contains(t, x.call("block_funds", bet("b", amount)), `400 {"status":"error","code":"invalid_field","message":"amount is not valid"`, amount)
		require.Contains(t, x.call("check_bet", bet("b", amount)), `400 {"status":"error"`, amount)
	}
	for _, odds := range []string{"0.5", "-2", `"x"`, "1e3", "10000000", `"1/2"`} {
		require.Contains(t, x.call("block_funds", bet("b", "1", on("r", "5", odds))), `"message":"odds is not valid"`, odds)
	}
	require.Contains(t, x.call("update_bet_status", bet("b", "1", result("perhaps", "2"))), "status is not valid")
	for name, body := range map[string]string{
		"nothing": "", "text": "hello", "list": "[]", "cut": `{"a":1`, "two": `{}{}`, "same key twice": strings.Replace(bet("b", "1"), `{`, `{"amount":2,`, 1), "not UTF-8": "{\"a\":\"\xff\"}",
	} {
		require.Equal(t, no(400, "error", "invalid_json", "The call is not one JSON object", ""), x.call("block_funds", body), name)
	}
	require.Contains(t, x.call("block_funds", strings.Repeat(" ", 70_000)), "413 ")
	require.Equal(t, no(403, "error", "unknown_partner", "The partner_id is not that of the integration", "b"), x.call("block_funds", strings.Replace(bet("b", "1"), "12345", "54321", 1)))
	x.Cash("100.00", "0.00")
	x.verify()
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	for i, c := range []struct {
		status                              int
		code, message, amount, more, player string
	}{
		{402, "insufficient_funds", "The player's balance is less than the stake", "100.01", `"x":1`, "$P"},
		{404, "player_not_found", "The player is unknown", "1", `"x":1`, "nobody"},
		{422, "wrong_currency", "The player does not bet in this currency", "1", `"currency":"USD"`, "$P"},
		{422, "wrong_currency", "The player does not bet in this currency", "1", `"currency":"QQQ"`, "$P"},
	} {
		for _, path := range []string{"check_bet", "block_funds", "block_funds"} {
			id := fmt.Sprintf("no%d", i)
			x.is(no(c.status, "rejected", c.code, c.message, id), path, strings.ReplaceAll(bet(id, c.amount, c.more), "$P", c.player))
			x.Cash("100.00", "0.00")
		}
	}
	x.is(blocked("no1"), "block_funds", bet("no1", "1")) // refused before anything was written down, so the id is free
	x.is(refunded("no1"), "refund", bet("no1", "1"))
	x.is(blocked("held"), "block_funds", bet("held", "10"))
	x.is(blocked("held2"), "block_funds", bet("held2", "10"))

	x.Publish("player.updated.v1", x.Player, 1, &identityv1.PlayerUpdated{PlayerId: x.Player, Status: identityv1.PlayerStatus_PLAYER_STATUS_LOCKED})
	n := 0
	require.Eventually(t, func() bool {
		n++
		id := fmt.Sprintf("locked%d", n)
		return x.call("block_funds", bet(id, "0.01")) == no(403, "rejected", "player_blocked", "The player may not bet", id)
	}, 15*time.Second, 20*time.Millisecond)
	x.is(no(403, "rejected", "player_blocked", "The player may not bet", "b"), "check_bet", bet("b", "1"))
	x.is(updated("held"), "update_bet_status", bet("held", "10", result("win", "20")))
	x.is(refunded("held2"), "refund", bet("held2", "10"))
	for i := 1; i < n; i++ { // bets that were taken before the event came
		id := fmt.Sprintf("locked%d", i)
		x.is(refunded(id), "refund", bet(id, "0.01"))
	}
	x.Cash("110.00", "0.00")
	x.verify()
}

// TestCheckBet_Limits: a check meets the limits in the ledger, and names the largest stake, which is then taken; the stake itself is refused for the same reason.
func TestCheckBet_Limits(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	_, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Peer("compliance"))).SetGuard(t.Context(), &walletv1.SetGuardRequest{
		PlayerId: x.Player, Kind: walletv1.GuardKind_GUARD_KIND_STAKE, Layer: walletv1.GuardLayer_GUARD_LAYER_PLAYER,
		Window: walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H, Maximum: &commonv1.Money{Amount: "30.00", Currency: "EUR"}, Reason: "the player's own",
	})
	require.NoError(t, err)
	x.is(blocked("l1"), "block_funds", bet("l1", "10"))
	x.is(no(403, "rejected", "limit_reached", "The stake exceeds a limit of the player (STAKE, remaining 20.00, at most 20.00)", "l2"), "check_bet", bet("l2", "20.01"))
	x.is(no(403, "rejected", "limit_reached", "The stake exceeds a limit of the player (STAKE, remaining 20.00)", "l2"), "block_funds", bet("l2", "20.01"))
	x.is(approved("l3"), "check_bet", bet("l3", "20"))
	x.is(blocked("l3"), "block_funds", bet("l3", "20"))
	x.is(no(403, "rejected", "limit_reached", "The stake exceeds a limit of the player (STAKE, remaining 0.00, at most 0.00)", "l4"), "check_bet", bet("l4", "0.01"))
	x.verify()
}

func TestPlayerWithoutSession(t *testing.T) {
	t.Parallel()
	x := open(t, map[string]string{"currency": "USD"})
	player := ids.New("ply")
	x.Deposit(player, "20.00", "USD")
	of := func(body string) string { return strings.ReplaceAll(body, "$P", player) }
	x.is(approved("b"), "check_bet", of(bet("b", "5")))
	x.is(blocked("b"), "block_funds", of(bet("b", "5")))
	x.is(updated("b"), "update_bet_status", of(bet("b", "5", result("win", "7"))))
	x.CashOf(player, "USD", "22.00", "0.00")
	x.Lock(player, true)
	barred := no(403, "rejected", "player_blocked", "The player may not bet", "c")
	require.Eventually(t, func() bool { return x.call("check_bet", of(bet("c", "1"))) == barred }, 15*time.Second, 10*time.Millisecond)
	x.is(barred, "block_funds", of(bet("c", "1")))
}

func TestSignature(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	body, now := bet("b", "1"), x.Clock.Now().Unix()
	invalid := no(401, "error", "invalid_signature", "The signature is wrong", "")
	for name, change := range map[string]func(r *adapterv1.HandleCallbackRequest){
		"none":            func(r *adapterv1.HandleCallbackRequest) { r.Headers = r.Headers[:2] },
		"no timestamp":    func(r *adapterv1.HandleCallbackRequest) { r.Headers[1].Value = "" },
		"other timestamp": func(r *adapterv1.HandleCallbackRequest) { r.Headers[1].Value = fmt.Sprint(now + 1) },
		"no hex":          func(r *adapterv1.HandleCallbackRequest) { r.Headers[2].Value = strings.Repeat("x", 64) },
		"of the body":     func(r *adapterv1.HandleCallbackRequest) { r.Headers[2].Value = adapter.SignHMAC(secret, r.GetBody()) },
		"two":             func(r *adapterv1.HandleCallbackRequest) { r.Headers = append(r.Headers, r.Headers[2]) },
		"a space more":    func(r *adapterv1.HandleCallbackRequest) { r.Body = append(r.Body, ' ') },
	} {
		r := x.signed("block_funds", body, now)
		change(r)
		status, answer := x.Send(r)
		require.Equal(t, invalid, fmt.Sprintf("%d %s", status, answer), name)
	}
	for _, at := range []int64{now - 330, now + 330} { // the clock goes on meanwhile
		status, answer := x.Send(x.signed("block_funds", body, at))
		require.Equal(t, no(401, "error", "timestamp_out_of_window", "The timestamp is too old or ahead", ""), fmt.Sprintf("%d %s", status, answer))
	}
	x.Cash("100.00", "0.00")

	// The same bytes again within the window: the same answer and no second effect.
	r := x.signed("block_funds", body, now-200)
	for range 2 {
		status, answer := x.Send(r)
		require.Equal(t, blocked("b"), fmt.Sprintf("%d %s", status, answer))
	}
	x.Cash("99.00", "1.00")

	for path, want := range map[string]int{"steal": 404} {
		status, _ := x.Send(x.signed(path, body, now))
		require.Equal(t, want, status)
	}
	r = x.signed("block_funds", body, now)
	r.Method = "GET"
	status, _ := x.Send(r)
	require.Equal(t, 405, status)
	r = x.signed("block_funds", body, now)
	r.IntegrationId = "nobody"
	status, _ = x.Send(r)
	require.Equal(t, 404, status)

	x.Configure(nil, map[string]string{"signing_secret": "the-new-secret-of-both", "signing_secret_previous": secret})
	require.Eventually(t, func() bool {
		r := x.signed("check_bet", body, now)
		r.Headers[2].Value = adapter.SignHMAC("the-new-secret-of-both", []byte(fmt.Sprint(now)+"."+string(r.GetBody())))
		status, _ := x.Send(r)
		return status == 200
	}, 5*time.Second, 5*time.Millisecond)
	x.is(approved("b"), "check_bet", body)
}

// TestPartnerInRotation: a call may name its partner as it was before, for as long as that is kept.
func TestPartnerInRotation(t *testing.T) {
	t.Parallel()
	x := open(t, map[string]string{"partner_id": "54321", "partner_id_previous": "12345"})
	for partner, want := range map[string]string{
		"12345": approved("b"), "54321": approved("b"), "1": no(403, "error", "unknown_partner", "The partner_id is not that of the integration", "b"),
	} {
		x.is(want, "check_bet", strings.Replace(bet("b", "1"), "12345", partner, 1))
	}
}

// TestSwitchedOff: no stake is taken, and what belongs to bets that were taken is neither refused nor lost.
func TestSwitchedOff(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	body, now := bet("b", "1"), x.Clock.Now().Unix()
	x.is(blocked("b"), "block_funds", body)
	x.Enable(false)
	require.Eventually(t, func() bool {
		return x.call("check_bet", body) == no(403, "error", "integration_disabled", "The integration is switched off", "b")
	}, 5*time.Second, 5*time.Millisecond)
	require.Contains(t, x.call("block_funds", bet("new", "1")), "403 ")
	require.Contains(t, x.call("block_funds", "{"), "403 ")
	x.is(blocked("b"), "block_funds", body) // a repetition of what was taken: the partner would forget it
	for path, body := range map[string]string{
		"update_bet_status": bet("b", "1", result("win", "2")), "refund": bet("b", "1"), "recalculate_bets": `{"round_id":"r","correct_result":"1"}`,
	} { // what belongs to bets that were taken has to come again
		status, answer := x.Send(x.signed(path, body, now))
		require.Equal(t, 503, status, answer)
		require.Contains(t, answer, `"try_again"`)
	}
	x.Cash("99.00", "1.00")
}

func TestExactAmounts(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	x.is(blocked("a"), "block_funds", bet("a", "0.010000"))
	x.is(updated("a"), "update_bet_status", bet("a", "1e-2", result("win", "63727092.34")))
	x.Cash("63727192.33", "0.00")
	x.is(blocked("b"), "block_funds", bet("b", "63727192.33"))
	x.Cash("0.00", "63727192.33")
}

func TestParallelDuplicates(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	for _, c := range []struct{ path, body, want, cash, held string }{
		{"block_funds", bet("p", "10"), blocked("p"), "90.00", "10.00"},
		{"update_bet_status", bet("p", "10", result("win", "20")), updated("p"), "110.00", "0.00"},
		{"refund", bet("p", "10"), refunded("p"), "100.00", "0.00"},
	} {
		var wait sync.WaitGroup
		answers := make([]string, 8)
		for i := range answers {
			wait.Add(1)
			go func() {
				defer wait.Done()
				for n := 0; n < 50; n++ { // 503: the partner repeats
					if answers[i] = x.call(c.path, c.body); !strings.HasPrefix(answers[i], "503") {
						return
					}
				}
			}()
		}
		wait.Wait()
		for _, a := range answers {
			require.Equal(t, c.want, a)
		}
		x.Cash(c.cash, c.held)
	}
	x.verify()
}
