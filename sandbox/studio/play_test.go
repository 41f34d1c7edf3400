package studio

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

func TestSpinIsABetAndAWin(t *testing.T) {
	h := newHouse(t)
	play := h.launch()
	require.Empty(t, h.peer.paths(), "no wallet call before the game loads")
	code, v := h.do(http.MethodGet, play, nil)
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "100.00", v["balance"])
	require.Equal(t, []string{"/user/balance"}, h.peer.paths())

	code, r := h.spin(play, "spin-0001", "1.00")
	require.Equal(t, http.StatusOK, code, r)
	require.Equal(t, "settled", r["status"])
	require.NotEmpty(t, r["outcome"])
	require.Equal(t, []string{"/user/balance", "/bet", "/win"}, h.peer.paths())

	bet, win := h.peer.bodies("/transaction/bet")[0], h.peer.bodies("/transaction/win")[0]
	for _, field := range []string{"user", "token", "transaction_uuid", "supplier_transaction_id", "supplier_user", "round", "round_closed", "request_uuid", "reward_uuid", "is_free", "is_supplier_promo", "is_aggregated", "game_code", "currency", "amount", "bet", "meta"} {
		require.Contains(t, bet, field)
		require.Contains(t, win, field)
	}
	require.EqualValues(t, 100_000, bet["amount"])
	require.Equal(t, false, bet["round_closed"])
	require.Equal(t, true, win["round_closed"])
	require.Equal(t, bet["round"], win["round"])
	require.Equal(t, bet["transaction_uuid"], win["reference_transaction_uuid"])
	require.NotEqual(t, bet["request_uuid"], win["request_uuid"])
	require.Equal(t, wireText(h.peer.balance), r["balance"])
	require.Equal(t, wireText(int64(win["amount"].(float64))), r["win"])

	_, again := h.spin(play, "spin-0001", "1.00")
	require.Equal(t, r, again)
	require.Len(t, h.peer.paths(), 3, "the same spin plays once")
	code, out := h.spin(play, "spin-0001", "2.00")
	require.Equal(t, http.StatusConflict, code)
	require.Equal(t, "spin_id_reused", reason(out))
}

// TestABodyIsReadWordForWord: a stake that is there twice, or under another name, stakes nothing.
func TestABodyIsReadWordForWord(t *testing.T) {
	h := newHouse(t)
	play := h.launch()
	for name, body := range map[string]string{
		"twice":         `{"spin_id":"spin-0001","bet":"1.00","bet":"50.00"}`,
		"another case":  `{"spin_id":"spin-0001","BET":"50.00"}`,
		"both cases":    `{"spin_id":"spin-0001","bet":"1.00","Bet":"50.00"}`,
		"unknown":       `{"spin_id":"spin-0001","bet":"1.00","stake":"50.00"}`,
		"more after it": `{"spin_id":"spin-0001","bet":"1.00"}{}`,
	} {
		code, out := h.do(http.MethodPost, play+"/spin", []byte(body))
		require.Equal(t, http.StatusBadRequest, code, name)
		require.Equal(t, "bad_request", reason(out), name)
	}
	require.Empty(t, h.peer.paths())
}

func TestSameSpinAtOncePlaysOnce(t *testing.T) {
	h := newHouse(t)
	play := h.launch()
	var wg sync.WaitGroup
	got := make([]map[string]any, 8)
	for i := range got {
		wg.Go(func() { _, got[i] = h.spin(play, "spin-0001", "0.10") })
	}
	wg.Wait()
	for _, r := range got {
		require.Equal(t, got[0]["round_id"], r["round_id"])
		require.Equal(t, "settled", r["status"])
	}
	require.Equal(t, []string{"/bet", "/win"}, h.peer.paths())
}

func TestRefusedBets(t *testing.T) {
	for status, want := range map[string]struct{ status, reason string }{
		"RS_ERROR_NOT_ENOUGH_MONEY": {"refused", "insufficient_funds"},
		"RS_ERROR_LIMIT_REACHED":    {"refused", "limit_reached"},
		"RS_ERROR_TOKEN_EXPIRED":    {"cancelled", "session_expired"},
		"RS_ERROR_USER_DISABLED":    {"cancelled", "account_disabled"},
		"RS_ERROR_UNKNOWN":          {"cancelled", "wallet_error"},
	} {
		t.Run(status, func(t *testing.T) {
			h := newHouse(t)
			play := h.launch()
			h.peer.says("/transaction/bet", status)
			code, r := h.spin(play, "spin-0001", "1.00")
			require.Equal(t, http.StatusOK, code)
			require.Equal(t, want.status, r["status"])
			require.Equal(t, want.reason, r["reason"])
			require.NotEmpty(t, r["message"])
			require.Nil(t, r["outcome"], "nothing is drawn for a bet that does not stand")
			if want.status == "refused" {
				require.Equal(t, []string{"/bet"}, h.peer.paths())
				return
			}
			require.Equal(t, []string{"/bet", "/rollback"}, h.peer.paths())
			rb, bet := h.peer.bodies("/transaction/rollback")[0], h.peer.bodies("/transaction/bet")[0]
			require.Equal(t, bet["transaction_uuid"], rb["reference_transaction_uuid"])
			require.NotContains(t, rb, "amount")
			require.NotContains(t, rb, "currency")
			require.EqualValues(t, 100_00000, h.peer.balance)
		})
	}
}

func TestBetWithoutAnswerIsRepeatedThriceThenRolledBack(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.BetTimeout = 30 * time.Millisecond })
	play := h.launch()
	h.peer.says("/transaction/bet", "hang", "500", "garbage", "foreign")
	code, r := h.spin(play, "spin-0001", "1.00")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "cancelled", r["status"], r)
	require.Equal(t, "wallet_unreachable", r["reason"])
	require.Equal(t, []string{"/bet", "/bet", "/bet", "/bet", "/rollback"}, h.peer.paths())
	ids := map[any]bool{}
	for _, b := range h.peer.bodies("/transaction/bet") {
		ids[b["transaction_uuid"]] = true
	}
	require.Len(t, ids, 1)
	require.EqualValues(t, 100_00000, h.peer.balance, "two attempts had reached the wallet; the rollback took the bet back")
}

func TestWinIsRepeatedUntilTaken(t *testing.T) {
	h := newHouse(t)
	play := h.launch()
	h.peer.says("/transaction/win", "500", "garbage", "RS_ERROR_UNKNOWN", "RS_ERROR_INVALID_SIGNATURE", "RS_ERROR_TIMEOUT", "500")
	code, r := h.spin(play, "spin-0001", "1.00")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "pending", r["status"])
	require.NotEmpty(t, r["outcome"], "the player sees the outcome while the win is on its way")
	code, out := h.spin(play, "spin-0002", "1.00")
	if code != http.StatusOK { // the win may have been taken meanwhile
		require.Equal(t, http.StatusConflict, code)
		require.Equal(t, "round_open", reason(out))
	}
	done := h.eventually(play, "spin-0001", "settled")
	require.Equal(t, r["outcome"], done["outcome"])
	wins := h.peer.bodies("/transaction/win")
	require.GreaterOrEqual(t, len(wins), 7)
	for _, w := range wins[:7] {
		require.Equal(t, wins[0]["transaction_uuid"], w["transaction_uuid"])
		require.Equal(t, wins[0]["amount"], w["amount"])
	}
}

func TestWinRefusedForGoodIsDisputed(t *testing.T) {
	h := newHouse(t)
	play := h.launch()
	h.peer.says("/transaction/win", "RS_ERROR_TRANSACTION_DOES_NOT_EXIST")
	_, r := h.spin(play, "spin-0001", "1.00")
	require.Equal(t, "disputed", r["status"])
	require.Equal(t, []string{"/bet", "/win"}, h.peer.paths())
	_, r = h.spin(play, "spin-0002", "1.00")
	require.Equal(t, "settled", r["status"], "the session can go on")
}

func TestSpinValidation(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.MinCycle = time.Hour })
	play := h.launch()
	for body, want := range map[string]string{
		`{`:                                                    "bad_request",
		`{"spin_id":"spin-0001"}`:                              "bad_bet",
		`{"spin_id":"x","bet":"1.00"}`:                         "bad_spin_id",
		`{"spin_id":"spin-0001","bet":"0.01"}`:                 "bad_bet",
		`{"spin_id":"spin-0001","bet":"-1"}`:                   "bad_bet",
		`{"spin_id":"spin-0001","bet":"1e3"}`:                  "bad_bet",
		`{"spin_id":"spin-0001","bet":1}`:                      "bad_request",
		`{"spin_id":"spin-0001","bet":"99999999999999999999"}`: "bad_bet",
	} {
		code, out := h.do(http.MethodPost, play+"/spin", []byte(body))
		require.Equal(t, http.StatusBadRequest, code, body)
		require.Equal(t, want, reason(out), body)
	}
	code, out := h.spin("/play/none", "spin-0001", "1.00")
	require.Equal(t, http.StatusNotFound, code)
	require.Equal(t, "session_not_found", reason(out))

	_, r := h.spin(play, "spin-0001", "1.00")
	require.Equal(t, "settled", r["status"])
	code, out = h.spin(play, "spin-0002", "1.00")
	require.Equal(t, http.StatusTooManyRequests, code)
	require.Equal(t, "too_fast", reason(out))
	code, _ = h.spin(play, "spin-0001", "1.00")
	require.Equal(t, http.StatusOK, code, "asking again is not spinning again")
	code, out = h.do(http.MethodGet, play+"/spins/spin-0009", nil)
	require.Equal(t, http.StatusNotFound, code)
	require.Equal(t, "spin_not_found", reason(out))
}

func TestSessionEnds(t *testing.T) {
	var mu sync.Mutex
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	h := newHouse(t, func(c *Config) {
		c.Clock = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	})
	play := h.launch()
	mu.Lock()
	now = now.Add(25 * time.Hour)
	mu.Unlock()
	for _, path := range []string{play, play + "/rounds"} {
		code, out := h.do(http.MethodGet, path, nil)
		require.Equal(t, http.StatusGone, code)
		require.Equal(t, "session_expired", reason(out))
	}
	code, _ := h.spin(play, "spin-0001", "1.00")
	require.Equal(t, http.StatusGone, code)
}

func TestBalanceThatCannotBeAsked(t *testing.T) {
	h := newHouse(t)
	play := h.launch()
	h.peer.says("/user/balance", "RS_ERROR_TOKEN_EXPIRED", "500")
	for _, want := range []string{"session_expired", "wallet_unreachable"} {
		_, v := h.do(http.MethodGet, play, nil)
		require.Nil(t, v["balance"])
		require.Equal(t, want, v["balance_error"].(map[string]any)["code"])
	}
}

func TestDemoCallsNoWallet(t *testing.T) {
	h := newHouse(t)
	body := launchBody()
	body["currency"] = "XXX"
	delete(body, "user")
	delete(body, "token")
	code, out := h.signed("/operator/generic/v2/game/url", body)
	require.Equal(t, http.StatusOK, code, out)
	play := "/play/" + out["url"].(string)[len(h.http.URL+"/game/"):]
	_, v := h.do(http.MethodGet, play, nil)
	require.Equal(t, true, v["demo"])
	require.Equal(t, "1000.00", v["balance"])
	_, r := h.spin(play, "spin-0001", "100.00")
	require.Equal(t, "settled", r["status"])
	require.Empty(t, h.peer.paths())
	_, books := h.admin(http.MethodGet, "/admin/books", "")
	require.Empty(t, books["rounds"])
}

func reason(out map[string]any) any {
	e, _ := out["error"].(map[string]any)
	return e["code"]
}

// wireText is Hub88's units as a balance in euro.
func wireText(v int64) string {
	text, _ := wallet.Balance(wallet.Amount{Units: v, Decimals: 5}.String())
	return wallet.Pad(text, 2)
}
