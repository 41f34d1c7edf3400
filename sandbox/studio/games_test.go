package studio

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/blackjack"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/crash"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/fair"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/roulette"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/slot"
)

// launchGame starts a session of the game and returns the path of its API.
func (h *house) launchGame(code string) string {
	body := launchBody()
	body["game_code"] = code
	status, out := h.signed("/operator/generic/v2/game/url", body)
	require.Equal(h.t, http.StatusOK, status, out)
	return "/play/" + strings.TrimPrefix(out["url"].(string), h.http.URL+"/game/")
}

func (h *house) post(path string, body any) (int, map[string]any) {
	raw, err := json.Marshal(body)
	require.NoError(h.t, err)
	code, out := h.do(http.MethodPost, path, raw)
	if r, ok := out["round"].(map[string]any); ok && code == http.StatusOK {
		return code, r
	}
	return code, out
}

func (h *house) act(play string, round map[string]any, id, action string) (int, map[string]any) {
	return h.post(play+"/rounds/"+round["round_id"].(string)+"/actions", map[string]string{"action_id": id, "action": action})
}

// dealt deals hands until one waits for the player and allows the action.
func (h *house) dealt(play, action string) map[string]any {
	for i := range 200 {
		code, r := h.spin(play, fmt.Sprintf("%s-%06d", action, i), "1.00")
		require.Equal(h.t, http.StatusOK, code, r)
		if r["status"] == "playing" {
			if actions, _ := r["actions"].([]any); slices.Contains(actions, any(action)) {
				return r
			}
			_, r = h.act(play, r, fmt.Sprintf("stand-%06d", i), "stand")
			require.Equal(h.t, "settled", r["status"])
		}
	}
	h.t.Fatalf("no hand allowed %s", action)
	return nil
}

func hands(r map[string]any) []any { return r["outcome"].(map[string]any)["hands"].([]any) }

func TestRouletteTakesSeveralBetsAsOneStake(t *testing.T) {
	h := newHouse(t)
	play := h.launchGame(CodeRoulette)
	bets := []map[string]string{{"on": "red", "stake": "1.00"}, {"on": "black", "stake": "1.00"}, {"on": "straight:0", "stake": "0.10"}}
	code, r := h.post(play+"/spin", map[string]any{"spin_id": "spin-0001", "bets": bets})
	require.Equal(t, http.StatusOK, code, r)
	require.Equal(t, "settled", r["status"])
	require.Equal(t, "2.10", r["bet"])
	outcome := r["outcome"].(map[string]any)
	want := "2.00"
	if outcome["number"].(float64) == 0 {
		want = "3.60"
	}
	require.Equal(t, want, r["win"])
	require.Equal(t, []string{"/bet", "/win"}, h.peer.paths())
	require.EqualValues(t, 210_000, h.peer.bodies("/transaction/bet")[0]["amount"])
	require.Equal(t, CodeRoulette, h.peer.bodies("/transaction/bet")[0]["game_code"])
	for _, bad := range []any{
		[]map[string]string{}, []map[string]string{{"on": "green", "stake": "1.00"}}, []map[string]string{{"on": "red", "stake": "0.05"}},
		[]map[string]string{{"on": "red", "stake": "1.00"}, {"on": "red", "stake": "1.00"}}, []map[string]string{{"on": "red", "stake": "-1.00"}},
		[]map[string]string{{"on": "red", "stake": "100.00"}, {"on": "low", "stake": "0.10"}}, []map[string]string{{"on": "red", "stake": "0.15"}},
	} {
		code, out := h.post(play+"/spin", map[string]any{"spin_id": "spin-0002", "bets": bad})
		require.Equal(t, http.StatusBadRequest, code, bad)
		require.Equal(t, "bad_bet", reason(out))
	}
	code, out := h.post(play+"/spin", map[string]any{"spin_id": "spin-0001", "bets": bets[:2]})
	require.Equal(t, http.StatusConflict, code)
	require.Equal(t, "spin_id_reused", reason(out))
}

// TestRouletteSaysWhichStakesItTakes: what is published is exactly what is accepted.
func TestRouletteSaysWhichStakesItTakes(t *testing.T) {
	h := newHouse(t)
	play := h.launchGame(CodeRoulette)
	for _, path := range []string{"paytable.json", "info.json"} {
		_, doc := h.do(http.MethodGet, "/games/"+CodeRoulette+"/"+path, nil)
		require.Equal(t, map[string]any{"min": "0.10", "step": "0.10", "max": "100.00"}, doc["stakes"].(map[string]any)["EUR"], path)
	}
	most := []map[string]string{{"on": "red", "stake": "99.90"}, {"on": "odd", "stake": "0.10"}}
	code, r := h.post(play+"/spin", map[string]any{"spin_id": "spin-0001", "bets": most})
	require.Equal(t, http.StatusOK, code, r)
	require.Equal(t, "100.00", r["bet"])
	_, page := h.do(http.MethodGet, "/games/"+CodeRoulette+"/paytable", nil)
	require.Contains(t, page["raw"], "<td>EUR</td><td>0.10</td><td>100.00</td>")
	_, doc := h.do(http.MethodGet, "/games/"+GameCode+"/info.json", nil)
	require.Equal(t, map[string]any{"min": "0.10", "max": "100.00"}, doc["stakes"].(map[string]any)["EUR"], "the slot has levels")
}

// TestAGameRefusesWhatItDoesNotKnow: a player who asks for more than a bet is not served less.
func TestAGameRefusesWhatItDoesNotKnow(t *testing.T) {
	h := newHouse(t)
	bets := []map[string]string{{"on": "red", "stake": "0.10"}}
	for code, asks := range map[string][]map[string]any{
		GameCode:      {{"bet": "0.10", "auto_cashout": "1.50"}, {"bet": "0.10", "bets": bets}},
		CodeBlackjack: {{"bet": "0.10", "auto_cashout": "1.50"}, {"bet": "0.10", "bets": bets}},
		CodeCrash:     {{"bet": "0.10", "bets": bets}},
		CodeRoulette:  {{"bets": bets, "auto_cashout": "1.50"}, {"bets": bets, "bet": "0.10"}},
	} {
		play := h.launchGame(code)
		for _, ask := range asks {
			ask["spin_id"] = "spin-0001"
			status, out := h.post(play+"/spin", ask)
			require.Equal(t, http.StatusBadRequest, status, "%s %v", code, ask)
			require.Equal(t, "bad_bet", reason(out))
		}
	}
	require.Empty(t, h.peer.paths())
}

func TestBlackjackDoubleIsASecondBetOfTheRound(t *testing.T) {
	h := newHouse(t)
	play := h.launchGame(CodeBlackjack)
	r := h.dealt(play, "double")
	require.Len(t, r["outcome"].(map[string]any)["dealer"], 1, "the hole card is hidden")
	require.Nil(t, r["win"])
	before := len(h.peer.paths())
	code, r := h.act(play, r, "double-1-0001", "double")
	require.Equal(t, http.StatusOK, code, r)
	require.Equal(t, "settled", r["status"])
	require.Equal(t, "2.00", r["bet"])
	require.Equal(t, true, hands(r)[0].(map[string]any)["doubled"])
	require.Equal(t, []string{"/bet", "/win"}, h.peer.paths()[before:])
	bets, wins := h.peer.bodies("/transaction/bet"), h.peer.bodies("/transaction/win")
	first, second, win := bets[len(bets)-2], bets[len(bets)-1], wins[len(wins)-1]
	require.Equal(t, first["round"], second["round"])
	require.NotEqual(t, first["transaction_uuid"], second["transaction_uuid"])
	require.Equal(t, first["transaction_uuid"], win["reference_transaction_uuid"])
	_, again := h.act(play, r, "double-1-0001", "double")
	require.Equal(t, r, again, "the same action happens once")
	code, out := h.act(play, r, "double-1-0001", "stand")
	require.Equal(t, http.StatusConflict, code)
	require.Equal(t, "action_id_reused", reason(out))
	code, out = h.act(play, r, "hit-after-end", "hit")
	require.Equal(t, http.StatusConflict, code)
	require.Equal(t, "not_your_turn", reason(out))
}

func TestBlackjackSplitPlaysTwoHands(t *testing.T) {
	h := newHouse(t)
	play := h.launchGame(CodeBlackjack)
	_, r := h.act(play, h.dealt(play, "split"), "split-1-0001", "split")
	require.Len(t, hands(r), 2)
	require.Equal(t, "2.00", r["bet"])
	for i := 0; r["status"] == "playing"; i++ {
		_, r = h.act(play, r, fmt.Sprintf("stand-all-%03d", i), "stand")
	}
	require.Equal(t, "settled", r["status"])
	_, books := h.admin(http.MethodGet, "/admin/books", "")
	total := books["totals"].([]any)[0].(map[string]any)
	staked, err := currencies["EUR"].parse(total["bets"].(map[string]any)["amount"].(string))
	require.NoError(t, err)
	won, err := currencies["EUR"].parse(total["wins"].(map[string]any)["amount"].(string))
	require.NoError(t, err)
	require.Equal(t, 100_00000-1000*staked+1000*won, h.peer.balance, "the books agree with the wallet")
}

// TestActionWithoutMoney: a double that the wallet refuses, or whose answers are lost, leaves the hand as it was.
func TestActionWithoutMoney(t *testing.T) {
	h := newHouse(t)
	play := h.launchGame(CodeBlackjack)
	r := h.dealt(play, "double")
	balance := h.peer.balance
	h.peer.says("/transaction/bet", "RS_ERROR_NOT_ENOUGH_MONEY")
	_, refused := h.act(play, r, "double-1-0001", "double")
	require.Equal(t, "playing", refused["status"])
	require.Equal(t, "insufficient_funds", refused["reason"])
	require.Equal(t, "1.00", refused["bet"])
	require.Equal(t, hands(r), hands(refused))
	require.Equal(t, balance, h.peer.balance)
	code, other := h.act(play, r, "double-1-0001", "stand")
	require.Equal(t, http.StatusConflict, code, "the id of an action that was refused is used, too")
	require.Equal(t, "action_id_reused", reason(other))

	h.peer.says("/transaction/bet", "garbage", "500", "500", "garbage")
	_, out := h.act(play, r, "double-2-0001", "double")
	require.NotEqual(t, "settled", out["status"])
	now := h.eventually(play, r["spin_id"].(string), "playing")
	require.Equal(t, hands(r), hands(now))
	require.Equal(t, "wallet_unreachable", now["reason"])
	require.Equal(t, balance, h.peer.balance, "the stake came back")
	rollbacks := h.peer.bodies("/transaction/rollback")
	require.Equal(t, false, rollbacks[len(rollbacks)-1]["round_closed"], "the round goes on")
	_, done := h.act(play, r, "stand-at-last", "stand")
	require.Equal(t, "settled", done["status"])
	require.Equal(t, "1.00", done["bet"])
}

func TestAHandLeftAloneStands(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.Abandon = 30 * time.Millisecond })
	play := h.launchGame(CodeBlackjack)
	for i := range 50 {
		id := fmt.Sprintf("spin-%06d", i)
		_, r := h.spin(play, id, "1.00")
		if r["status"] == "playing" {
			h.eventually(play, id, "settled")
			return
		}
	}
	t.Fatal("no hand was dealt that could be left alone")
}

func TestRestartKeepsAHand(t *testing.T) {
	h := newHouse(t)
	play := h.launchGame(CodeBlackjack)
	r := h.dealt(play, "hit")
	h.restart()
	_, v := h.do(http.MethodGet, play, nil)
	require.Equal(t, r["outcome"], v["open_round"].(map[string]any)["outcome"])
	code, done := h.act(play, r, "stand-after-restart", "stand")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "settled", done["status"])
}

func TestCrashFlightsInParallel(t *testing.T) {
	h := newHouse(t)
	play := h.launchGame(CodeCrash)
	var flying []map[string]any
	for i := 0; len(flying) < 4; i++ {
		require.Less(t, i, 400)
		code, r := h.spin(play, fmt.Sprintf("flight-%04d", i), "1.00")
		require.Contains(t, []int{http.StatusOK, http.StatusConflict}, code, r) // one that has crashed may still be under way to the wallet
		if code == http.StatusOK && r["status"] == "playing" {
			require.NotContains(t, r["outcome"], "crash_point", "where it ends stays secret")
			flying = append(flying, r)
		}
		flying = slices.DeleteFunc(flying, func(f map[string]any) bool {
			_, out := h.do(http.MethodGet, play+"/spins/"+f["spin_id"].(string), nil)
			return out["round"].(map[string]any)["status"] != "playing"
		})
	}
	code, out := h.post(play+"/fairness/rotate", map[string]string{})
	require.Equal(t, http.StatusConflict, code, "a seed in use is not shown")
	require.Equal(t, "round_open", reason(out))
	require.Eventually(t, func() bool { return time.Now().UnixMilli()-int64(startedMS(flying[3])) > 200 }, time.Second, time.Millisecond)
	told := map[float64][]any{}
	for i, f := range flying {
		code, r := h.act(play, f, fmt.Sprintf("cash-out-%04d", i), "cashout")
		if code == http.StatusConflict { // it crashed before
			r = r["round"].(map[string]any)
		}
		r = h.eventually(play, r["spin_id"].(string), "settled")
		o := r["outcome"].(map[string]any)
		if o["state"] == "cashed_out" {
			require.Equal(t, o["cashed_out_at"], r["win"], "a stake of 1.00 is paid the multiplier")
			require.Greater(t, r["win"], "1.00")
		} else {
			require.Equal(t, "0.00", r["win"])
		}
		require.NotEmpty(t, o["crash_point"])
		at := r["balance_ms"].(float64)
		told[at] = append(told[at], r["balance"])
	}
	require.Contains(t, told[slices.Max(slices.Collect(maps.Keys(told)))], wireText(h.peer.balance), "whichever flight ended last shows what is left")
}

// TestNoMoreThanFourFlights: a target that is far away keeps flights open as long as they do not crash.
func TestNoMoreThanFourFlights(t *testing.T) {
	h := newHouse(t)
	play := h.launchGame(CodeCrash)
	h.peer.says("/transaction/win", slices.Repeat([]string{"500"}, 100)...) // what crashes is not over either
	refused := false
	for i := range 5 {
		code, out := h.spin(play, fmt.Sprintf("flight-%04d", i), "1.00")
		if i < 4 {
			require.Equal(t, http.StatusOK, code, out)
			continue
		}
		require.Equal(t, http.StatusConflict, code)
		require.Equal(t, "round_open", reason(out))
		refused = true
	}
	require.True(t, refused)
	h.peer.says("/transaction/win")
}

func startedMS(r map[string]any) float64 {
	return r["outcome"].(map[string]any)["started_ms"].(float64)
}

func TestCrashEndsByItself(t *testing.T) {
	h := newHouse(t)
	play := h.launchGame(CodeCrash)
	seen := map[string]bool{}
	for i := 0; !seen["cashed_out"] || i < 5; i++ {
		require.Less(t, i, 60)
		id := fmt.Sprintf("flight-%04d", i)
		code, r := h.post(play+"/spin", map[string]string{"spin_id": id, "bet": "1.00", "auto_cashout": "1.02"})
		require.Equal(t, http.StatusOK, code, r)
		r = h.eventually(play, id, "settled")
		o := r["outcome"].(map[string]any)
		seen[o["state"].(string)] = true
		want := "0.00"
		if o["state"] == "cashed_out" {
			want = "1.02"
		}
		require.Equal(t, want, r["win"])
	}
	for _, bad := range []string{"1", "1.00", "1.005", "x", "10000.01", "-2", "1e3"} {
		code, out := h.post(play+"/spin", map[string]string{"spin_id": "flight-bad1", "bet": "1.00", "auto_cashout": bad})
		require.Equal(t, http.StatusBadRequest, code, bad)
		require.Equal(t, "bad_bet", reason(out))
	}
}

// TestEveryGameCanBeChecked computes rounds again from what a player sees: the seeds that were committed to.
func TestEveryGameCanBeChecked(t *testing.T) {
	h := newHouse(t)
	for code, ask := range map[string]map[string]any{
		GameCode:     {"bet": "0.10"},
		CodeRoulette: {"bets": []map[string]string{{"on": "red", "stake": "0.10"}}},
		CodeCrash:    {"bet": "0.10", "auto_cashout": "1.01"}, CodeBlackjack: {"bet": "0.10"},
	} {
		t.Run(code, func(t *testing.T) {
			play := h.launchGame(code)
			_, v := h.do(http.MethodGet, play+"/fairness", nil)
			first, next := v["server_seed_hash"], v["next_server_seed_hash"]
			_, v = h.post(play+"/fairness/rotate", map[string]string{"client_seed": "my-choice"})
			require.Equal(t, next, v["server_seed_hash"], "the seed that was committed to is the one used")
			require.Equal(t, "my-choice", v["client_seed"])
			require.Equal(t, first, v["revealed"].([]any)[0].(map[string]any)["server_seed_hash"])

			var rounds []map[string]any
			for i := range 4 {
				ask["spin_id"] = fmt.Sprintf("%s-%d", code, i)
				status, r := h.post(play+"/spin", ask)
				require.Equal(t, http.StatusOK, status, r)
				if code == CodeBlackjack {
					for n := 0; r["status"] == "playing"; n++ {
						_, r = h.act(play, r, fmt.Sprintf("stand-%d-%03d", i, n), "stand")
					}
				}
				r = h.eventually(play, ask["spin_id"].(string), "settled")
				require.NotContains(t, r["proof"], "server_seed")
				require.EqualValues(t, i, r["proof"].(map[string]any)["nonce"])
				rounds = append(rounds, r)
			}
			_, v = h.post(play+"/fairness/rotate", map[string]string{})
			shown := v["revealed"].([]any)[0].(map[string]any)
			require.Equal(t, next, shown["server_seed_hash"])
			require.Equal(t, next, fair.Hash(shown["server_seed"].(string)))
			require.EqualValues(t, 4, shown["rounds"])
			for i, r := range rounds {
				s := fair.NewStream(shown["server_seed"].(string), "my-choice", int64(i))
				requireDrawn(t, code, s, r["outcome"].(map[string]any))
			}
			_, out := h.do(http.MethodGet, play+"/spins/"+code+"-0", nil)
			require.Equal(t, shown["server_seed"], out["round"].(map[string]any)["proof"].(map[string]any)["server_seed"])
		})
	}
	code, out := h.post(h.launch()+"/fairness/rotate", map[string]string{"client_seed": "a:b"})
	require.Equal(t, http.StatusBadRequest, code)
	require.Equal(t, "bad_client_seed", reason(out))
}

func requireDrawn(t *testing.T, code string, s *fair.Stream, outcome map[string]any) {
	switch code {
	case GameCode:
		r, err := slot.Draw(s)
		require.NoError(t, err)
		for i, stop := range r.Paid.Stops {
			require.EqualValues(t, stop, outcome["stops"].([]any)[i])
		}
	case CodeRoulette:
		n, err := roulette.Draw(s)
		require.NoError(t, err)
		require.EqualValues(t, n, outcome["number"])
	case CodeCrash:
		point, err := crash.Draw(s)
		require.NoError(t, err)
		require.Equal(t, hundredths(point), outcome["crash_point"])
	case CodeBlackjack:
		var cards []any
		for range 4 {
			n, err := fair.Uniform(s, 52)
			require.NoError(t, err)
			cards = append(cards, blackjack.Card(n).String())
		}
		mine := outcome["hands"].([]any)[0].(map[string]any)["cards"].([]any)
		require.Equal(t, []any{cards[0], cards[2]}, mine[:2])
		require.Equal(t, []any{cards[1], cards[3]}, outcome["dealer"].([]any)[:2])
	}
}

func TestEveryGameHasItsPages(t *testing.T) {
	h := newHouse(t)
	for _, code := range GameCodes() {
		g, _ := gameOf(code)
		play := h.launchGame(code)
		for path, want := range map[string]string{
			strings.Replace(play, "/play/", "/game/", 1): g.about().Kind + ".js", "/games/" + code + "/paytable": g.about().Name,
		} {
			status, page := h.do(http.MethodGet, path, nil)
			require.Equal(t, http.StatusOK, status, path)
			require.Contains(t, page["raw"], want)
			require.Contains(t, page["csp"], "script-src 'self'")
			require.NotContains(t, page["raw"], "style=")
			require.NotContains(t, strings.ReplaceAll(page["raw"].(string), "<script src=", ""), "<script")
		}
		for _, file := range []string{g.about().Kind + ".js", g.about().Kind + ".css", "thumb-" + g.about().Kind + ".svg"} {
			status, _ := h.do(http.MethodGet, "/assets/"+file, nil)
			require.Equal(t, http.StatusOK, status, file)
		}
		_, info := h.do(http.MethodGet, "/games/"+code+"/info.json", nil)
		require.InDelta(t, g.about().RTP, info["rtp"], 1e-9)
		require.Equal(t, true, info["provably_fair"])
	}
	status, page := h.do(http.MethodGet, "/verify", nil)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page["raw"], "HMAC-SHA256(key = server seed")
}

// TestRoundPages shows a round of every game by its unguessable link.
func TestRoundPages(t *testing.T) {
	h := newHouse(t)
	for code, want := range map[string]string{GameCode: "Paid spin", CodeRoulette: "straight:5", CodeCrash: "rashed at", CodeBlackjack: "Dealer:"} {
		play := h.launchGame(code)
		ask := map[string]any{"spin_id": "spin-0001", "bet": "0.10"}
		if code == CodeRoulette {
			ask = map[string]any{"spin_id": "spin-0001", "bets": []map[string]string{{"on": "straight:5", "stake": "0.10"}}}
		}
		if code == CodeCrash {
			ask["auto_cashout"] = "1.01"
		}
		_, r := h.post(play+"/spin", ask)
		if r["status"] == "playing" && code == CodeBlackjack {
			_, r = h.act(play, r, "stand-0001", "stand")
		}
		for n := 0; code == CodeBlackjack && r["status"] == "playing"; n++ {
			_, r = h.act(play, r, fmt.Sprintf("stand-%04d", n), "stand")
		}
		r = h.eventually(play, "spin-0001", "settled")
		status, out := h.signed("/operator/generic/v2/game/round", map[string]any{"operator_id": 7, "round": r["round_id"]})
		require.Equal(t, http.StatusOK, status, out)
		status, page := h.do(http.MethodGet, strings.TrimPrefix(out["url"].(string), h.http.URL), nil)
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, page["raw"], want)
		require.Contains(t, page["raw"], "Client seed")
	}
}
