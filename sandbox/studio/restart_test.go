package studio

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
)

// restart closes the studio and opens it again on the same state.
func (h *house) restart() {
	h.close()
	h.open()
}

func TestRestartDeliversTheWin(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.RetryBase, c.RetryMax = time.Hour, time.Hour })
	play := h.launch()
	h.peer.says("/transaction/win", "500")
	_, r := h.spin(play, "spin-0001", "1.00")
	require.Equal(t, "pending", r["status"])
	h.restart()
	done := h.eventually(play, "spin-0001", "settled")
	require.Equal(t, r["outcome"], done["outcome"])
	require.Equal(t, r["win"], done["win"])
	wins := h.peer.bodies("/transaction/win")
	require.Len(t, wins, 2)
	require.Equal(t, wins[0]["transaction_uuid"], wins[1]["transaction_uuid"])
	require.Equal(t, wins[0]["amount"], wins[1]["amount"])
	require.Equal(t, h.s.PublicKeyPEM(), func() string { h.restart(); return h.s.PublicKeyPEM() }())
}

func TestRestartGoesOnWithABetWithoutAnswer(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.BetTimeout = time.Minute })
	play := h.launch()
	h.peer.says("/transaction/bet", "hang")
	var wg sync.WaitGroup
	wg.Go(func() { h.spin(play, "spin-0001", "1.00") })
	require.Eventually(t, func() bool { return len(h.peer.paths()) == 1 }, 5*time.Second, time.Millisecond)
	h.crash()
	wg.Wait()
	r := h.eventually(play, "spin-0001", "settled")
	require.NotEmpty(t, r["outcome"])
	bets := h.peer.bodies("/transaction/bet")
	require.Len(t, bets, 2)
	require.Equal(t, bets[0]["transaction_uuid"], bets[1]["transaction_uuid"])
}

func TestRestartRollsBackAnOldBet(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.BetTimeout, c.BetResume = time.Minute, time.Nanosecond })
	play := h.launch()
	h.peer.says("/transaction/bet", "hang")
	var wg sync.WaitGroup
	wg.Go(func() { h.spin(play, "spin-0001", "1.00") })
	require.Eventually(t, func() bool { return len(h.peer.paths()) == 1 }, 5*time.Second, time.Millisecond)
	h.crash()
	wg.Wait()
	h.eventually(play, "spin-0001", "cancelled")
	require.Equal(t, []string{"/bet", "/rollback"}, h.peer.paths())
}

// crash takes the state as it is on disk at this moment to a new studio, as after a kill.
func (h *house) crash() {
	content, err := os.ReadFile(filepath.Join(h.cfg.StateDir, journalName))
	require.NoError(h.t, err)
	h.peer.CloseClientConnections()
	h.s.stop()
	h.close()
	// A torn last line is what a kill in the middle of a write leaves.
	content = append(content, []byte(`{"round":{"id":"to`)...)
	require.NoError(h.t, os.WriteFile(filepath.Join(h.cfg.StateDir, journalName), content, 0o600))
	h.open()
}

func TestDamagedJournalIsNotIgnored(t *testing.T) {
	h := newHouse(t)
	h.close()
	path := filepath.Join(h.cfg.StateDir, journalName)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append([]byte("nonsense\n"), content...), 0o600))
	_, err = New(h.cfg)
	require.ErrorContains(t, err, "damaged at line 1")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	h.open()
}

func TestBooksSurviveFolding(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.KeepRounds = 3 })
	play := h.launch()
	for i := range 8 {
		_, r := h.spin(play, fmt.Sprintf("spin-%04d", i), "0.10")
		require.Equal(t, "settled", r["status"])
	}
	h.peer.says("/transaction/bet", "RS_ERROR_NOT_ENOUGH_MONEY", "RS_ERROR_UNKNOWN")
	h.spin(play, "spin-0008", "0.10")
	h.spin(play, "spin-0009", "0.10")
	_, before := h.admin(http.MethodGet, "/admin/books", "")
	require.Len(t, before["rounds"], 10)
	total := before["totals"].([]any)[0].(map[string]any)
	require.Equal(t, map[string]any{"count": 8.0, "amount": "0.80"}, total["bets"])
	require.Equal(t, map[string]any{"count": 1.0, "amount": "0.10"}, total["rollbacks"])
	require.EqualValues(t, 1, total["refused"])
	c := currencies["EUR"]
	ggr, err := c.parse(strings.TrimPrefix(total["ggr"].(string), "-"))
	require.NoError(t, err)
	if strings.HasPrefix(total["ggr"].(string), "-") {
		ggr = -ggr
	}
	require.Equal(t, 100_00000-ggr*1000, h.peer.balance, "the books agree with the wallet")

	h.restart()
	_, after := h.admin(http.MethodGet, "/admin/books", "")
	require.Equal(t, before["totals"], after["totals"])
	require.Len(t, after["rounds"], 3)
	_, page := h.admin(http.MethodGet, "/admin/books?limit=2", "")
	require.Equal(t, true, page["more"])
	last := page["rounds"].([]any)[1].(map[string]any)["round_id"].(string)
	_, page = h.admin(http.MethodGet, "/admin/books?limit=2&after="+last, "")
	require.Len(t, page["rounds"], 1)
	_, page = h.admin(http.MethodGet, "/admin/books?state=refused&currency=EUR&operator_id=7&user=player-1", "")
	require.Len(t, page["rounds"], 1)
	for query, want := range map[string]int{"limit=0": 400, "operator_id=x": 400, "after=none": 404} {
		code, _ := h.admin(http.MethodGet, "/admin/books?"+query, "")
		require.Equal(t, want, code)
	}
}

func TestJournalIsReplacedWhenItHasGrown(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.KeepRounds, c.journalGrow = 2, 2000 })
	play := h.launch()
	for i := range 30 {
		_, r := h.spin(play, fmt.Sprintf("spin-%04d", i), "0.10")
		require.Equal(t, "settled", r["status"])
	}
	info, err := os.Stat(filepath.Join(h.cfg.StateDir, journalName))
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(20_000))
	h.restart()
	_, books := h.admin(http.MethodGet, "/admin/books", "")
	require.EqualValues(t, 30, books["totals"].([]any)[0].(map[string]any)["bets"].(map[string]any)["count"])
}

func TestFaults(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.BetTimeout = 400 * time.Millisecond })
	play := h.launch()
	set := func(rules string) {
		code, out := h.admin(http.MethodPut, "/faults", `{"seed":1,"rules":[`+rules+`]}`)
		require.Equal(t, http.StatusOK, code, out)
	}
	spin := func(id string) (map[string]any, []string) {
		h.peer.mu.Lock()
		h.peer.calls = nil
		h.peer.mu.Unlock()
		_, r := h.spin(play, id, "0.10")
		return r, h.peer.paths()
	}
	set(`{"operation":"win","kind":"duplicate","count":1}`)
	_, _ = spin("spin-0001")
	h.eventually(play, "spin-0001", "settled")
	require.Eventually(t, func() bool { return len(h.peer.paths()) == 3 }, 5*time.Second, time.Millisecond)
	wins := h.peer.bodies("/transaction/win")
	require.Equal(t, wins[0], wins[1], "a duplicate is the same message")

	set(`{"operation":"bet","kind":"drop","count":1}`)
	r, paths := spin("spin-0002")
	require.Equal(t, "settled", r["status"])
	require.Equal(t, []string{"/bet", "/bet", "/win"}, paths)

	before := h.peer.balance
	set(`{"operation":"bet","kind":"drop","count":4},{"operation":"rollback","kind":"drop","count":1}`)
	_, _ = spin("spin-0003")
	r = h.eventually(play, "spin-0003", "cancelled")
	require.Equal(t, "wallet_unreachable", r["reason"])
	require.Equal(t, before, h.peer.balance)

	// Every attempt of the bet is held until the rollback is out: the bet arrives after its rollback.
	set(`{"operation":"bet","kind":"reorder","count":4}`)
	_, _ = spin("spin-0004")
	h.eventually(play, "spin-0004", "cancelled")
	require.Eventually(t, func() bool { return len(h.peer.paths()) == 5 }, 5*time.Second, time.Millisecond)
	require.Equal(t, "/rollback", h.peer.paths()[0])
	require.Equal(t, before, h.peer.balance)
	require.NoError(t, h.s.Faults().Set(0, fault.Rule{Operation: "balance", Kind: fault.Drop}))
	_, v := h.do(http.MethodGet, play, nil)
	require.Nil(t, v["balance"])
}

// TestJournalOfOneGame: what a studio with one game and one stake a round wrote is read, shown and finished.
func TestJournalOfOneGame(t *testing.T) {
	h := newHouse(t)
	h.close()
	path := filepath.Join(h.cfg.StateDir, journalName)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	now := time.Now().UTC().Format(time.RFC3339)
	const session = "old-session-0123456789-0123456789-012345678"
	content = append(content, []byte(`{"session":{"id":"`+session+`","operator_id":7,"user":"player-1","token":"token-0123456789","currency":"EUR","country":"MT","lang":"en","platform":"GPL_DESKTOP","created_at":"`+now+`","used_at":"`+now+`"}}
{"round":{"id":"8d1d3c2e-1111-4111-8111-111111111111","view":"old-view-1","spin_id":"spin-0001","session":"`+session+`","operator_id":7,"user":"player-1","token":"token-0123456789","currency":"EUR","bet":100,"win":0,"stops":[[0,0,0,0,0]],"state":"paying","bet_confirmed":true,"bet_tx":"bet-1","win_tx":"win-1","rollback_tx":"rb-1","attempts":1,"next_at":"0001-01-01T00:00:00Z","balance":9900000,"created_at":"`+now+`","ended_at":"0001-01-01T00:00:00Z"}}
{"round":{"id":"8d1d3c2e-2222-4222-8222-222222222222","view":"old-view-2","spin_id":"spin-0002","session":"`+session+`","operator_id":7,"user":"player-1","token":"token-0123456789","currency":"EUR","bet":200,"win":0,"state":"cancelled","bet_tx":"bet-2","win_tx":"win-2","rollback_tx":"rb-2","attempts":0,"next_at":"0001-01-01T00:00:00Z","created_at":"`+now+`","ended_at":"`+now+`"}}
{"round":{"id":"8d1d3c2e-3333-4333-8333-333333333333","view":"old-view-3","spin_id":"spin-0003","session":"`+session+`","operator_id":7,"user":"player-1","token":"token-0123456789","currency":"EUR","bet":300,"win":0,"state":"betting","bet_tx":"bet-3","win_tx":"win-3","rollback_tx":"rb-3","attempts":1,"next_at":"0001-01-01T00:00:00Z","created_at":"`+now+`","ended_at":"0001-01-01T00:00:00Z"}}
`)...)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	h.open()
	play := "/play/" + session
	first := h.eventually(play, "spin-0001", "settled")
	require.Equal(t, "1.00", first["bet"])
	require.NotEmpty(t, first["outcome"])
	require.Nil(t, first["proof"])
	require.Equal(t, "cancelled", h.eventually(play, "spin-0002", "cancelled")["status"])
	third := h.eventually(play, "spin-0003", "settled")
	require.Equal(t, "3.00", third["bet"])
	require.NotEmpty(t, third["outcome"])
	var paid []any // both rounds go on at once
	for _, win := range h.peer.bodies("/transaction/win") {
		paid = append(paid, win["reference_transaction_uuid"])
	}
	require.Contains(t, paid, "bet-1")
	_, r := h.spin(play, "spin-0004", "1.00")
	require.Equal(t, "settled", r["status"])
	h.restart()
	require.Equal(t, third["outcome"], h.eventually(play, "spin-0003", "settled")["outcome"])
}
