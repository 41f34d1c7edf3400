package studio

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/subwallet"
)

const purseSecret = "a-secret-that-both-sides-know"

// purseHouse is a studio on a server, as an operator with wallets sees it.
type purseHouse struct {
	t   *testing.T
	dir string
	s   *Studio
	srv *httptest.Server
	mu  sync.Mutex
}

func newPurseHouse(t *testing.T) *purseHouse {
	h := &purseHouse{t: t, dir: t.TempDir()}
	h.srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		handler := h.s.Handler()
		h.mu.Unlock()
		handler.ServeHTTP(w, r)
	}))
	h.start()
	t.Cleanup(func() {
		h.srv.Close()
		require.NoError(t, h.s.Close(context.WithoutCancel(t.Context())))
	})
	require.NoError(t, h.s.purses.Register(subwallet.Operator{ID: "casino", Secret: purseSecret}))
	return h
}

func (h *purseHouse) start() {
	h.t.Helper()
	s, err := New(Config{StateDir: h.dir, PublicURL: h.srv.URL, journalGrow: 1})
	require.NoError(h.t, err)
	h.mu.Lock()
	h.s = s
	h.mu.Unlock()
}

func hexMAC(secret, message string) string {
	m := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(m, message)
	return hex.EncodeToString(m.Sum(nil))
}

// call signs as the protocol's description says, checks the answer's signature, and reads it.
func (h *purseHouse) call(method, path, body string) (int, map[string]any) {
	return h.callAs("casino", purseSecret, time.Now(), method, path, body)
}

func (h *purseHouse) callAs(operator, secret string, at time.Time, method, path, body string) (int, map[string]any) {
	h.t.Helper()
	stamp := strconv.FormatInt(at.Unix(), 10)
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.srv.URL+"/transfer/v1"+path, strings.NewReader(body))
	require.NoError(h.t, err)
	signature := hexMAC(secret, stamp+"."+method+"."+path+"."+body)
	for name, v := range map[string]string{"X-Operator-Id": operator, "X-Timestamp": stamp, "X-Signature": signature} {
		req.Header.Set(name, v)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(h.t, err)
	defer res.Body.Close() //nolint:errcheck // only read from
	text, err := io.ReadAll(res.Body)
	require.NoError(h.t, err)
	if res.StatusCode == http.StatusOK {
		require.Equal(h.t, hexMAC(secret, signature+"."+string(text)), res.Header.Get("X-Signature"))
	}
	var doc map[string]any
	require.NoError(h.t, json.NewDecoder(bytes.NewReader(text)).Decode(&doc), string(text))
	return res.StatusCode, doc
}

func (h *purseHouse) transfer(id, direction, amount string) (int, map[string]any) {
	return h.call(http.MethodPost, "/transfers", fmt.Sprintf(`{"transfer_id":%q,"player_id":"p 1","direction":%q,"amount":%q,"currency":"EUR"}`, id, direction, amount))
}

func (h *purseHouse) balance() string {
	_, r := h.call(http.MethodGet, "/players/p%201/balance?currency=EUR", "")
	return fmt.Sprint(r["balance"])
}

func TestPurses(t *testing.T) {
	h := newPurseHouse(t)
	code, r := h.transfer("t1", "in", "20.00")
	require.Equal(t, []any{200, "APPLIED"}, []any{code, r["status"]})
	_, again := h.transfer("t1", "in", "20.00")
	require.Equal(t, r, again)
	code, r = h.transfer("t1", "out", "20.00")
	require.Equal(t, []any{409, "TRANSFER_MISMATCH"}, []any{code, r["error"]})
	_, r = h.transfer("t2", "out", "20.01")
	require.Equal(t, []any{"REFUSED", "INSUFFICIENT_FUNDS"}, []any{r["status"], r["reason"]})
	_, r = h.call(http.MethodGet, "/transfers/t3", "")
	require.Equal(t, "UNKNOWN", r["status"])
	for _, bad := range []string{"0.00", "-1.00", "1.001", "x"} {
		_, r = h.transfer("bad "+bad, "in", bad)
		require.Equal(t, []any{"REFUSED", "UNSUPPORTED_AMOUNT"}, []any{r["status"], r["reason"]}, bad)
	}
	_, r = h.call(http.MethodPost, "/transfers", `{"transfer_id":"c","player_id":"p","direction":"in","amount":"1.00","currency":"XXX"}`)
	require.Equal(t, []any{"REFUSED", "UNSUPPORTED_CURRENCY", "1.00"}, []any{r["status"], r["reason"], r["amount"]})
	h.strangers()
	h.playAndRestart()
}

// strangers are refused before anything of their request has a meaning.
func (h *purseHouse) strangers() {
	t := h.t
	for _, body := range []string{
		`{"transfer_id":"x","surplus":1}`,
		`{"transfer_id":"x","player_id":"p 1","direction":"in","amount":"1.00","amount":"50.00","currency":"EUR"}`,
	} {
		code, _ := h.call(http.MethodPost, "/transfers", body)
		require.Equal(t, 400, code, body)
	}
	for name, c := range map[string]struct {
		operator, secret string
		at               time.Time
	}{
		"another secret":  {"casino", "another-secret-of-sixteen", time.Now()},
		"somebody":        {"nobody", purseSecret, time.Now()},
		"an old request":  {"casino", purseSecret, time.Now().Add(-time.Hour)},
		"one from future": {"casino", purseSecret, time.Now().Add(time.Hour)},
	} {
		code, r := h.callAs(c.operator, c.secret, c.at, http.MethodGet, "/balances", "")
		require.Equal(t, []any{401, "BAD_SIGNATURE"}, []any{code, r["error"]}, name)
	}
}

// playAndRestart plays with what is left, reads the history, and kills the studio.
func (h *purseHouse) playAndRestart() {
	t := h.t
	code, r := h.call(http.MethodPost, "/sessions", `{"player_id":"p 1","game_code":"`+subwallet.GameCode+`","currency":"EUR","country":"DE","language":"de","lobby_url":"http://l"}`)
	require.Equal(t, 200, code, r)
	play := fmt.Sprint(r["url"])
	spin := func(id, bet string) (int, map[string]any) {
		res, err := http.Post(play+"/spin", "application/json", strings.NewReader(fmt.Sprintf(`{"spin_id":%q,"bet":%q}`, id, bet)))
		require.NoError(t, err)
		defer res.Body.Close() //nolint:errcheck // only read from
		var doc map[string]any
		require.NoError(t, json.NewDecoder(res.Body).Decode(&doc))
		return res.StatusCode, doc
	}
	var last map[string]any
	for i := range 120 {
		code, last = spin(fmt.Sprintf("spin-%04d", i), "0.10")
		require.Equal(t, 200, code, last)
	}
	require.Equal(t, last["balance"], h.balance())
	code, r = spin("spin-0001", "0.20")
	require.Equal(t, []any{409, "spin_id_reused"}, []any{code, r["error"]})
	code, r = spin("spin-9999", "100.00")
	require.Equal(t, []any{409, "insufficient_funds"}, []any{code, r["error"]})
	code, r = spin("spin-9999", "0.03")
	require.Equal(t, []any{400, "bad_bet"}, []any{code, r["error"]})

	_, page := h.call(http.MethodGet, "/history", "")
	require.Len(t, page["bets"], 100)
	_, rest := h.call(http.MethodGet, "/history?cursor="+fmt.Sprint(page["next_cursor"]), "")
	require.Len(t, rest["bets"], 20)
	require.Empty(t, rest["next_cursor"])
	code, _ = h.call(http.MethodGet, "/history?cursor=x", "")
	require.Equal(t, 400, code)

	// A killed studio knows all of it, and that a session is closed.
	code, r = h.call(http.MethodPost, "/players/p%201/sessions/close", `{"opened_until":"`+time.Now().Add(time.Second).UTC().Format(time.RFC3339Nano)+`"}`)
	require.Equal(t, []any{200, "p 1", 1.0}, []any{code, r["player_id"], r["closed"]})
	code, _ = h.call(http.MethodPost, "/players/p%201/sessions/close", `{}`)
	require.Equal(t, 400, code)
	before := h.balance()
	require.NoError(t, h.s.Close(t.Context()))
	h.start()
	require.Equal(t, before, h.balance())
	_, same := spin("spin-0119", "0.10")
	require.Equal(t, last["bet_id"], same["bet_id"])
	code, r = spin("spin-9998", "0.10")
	require.Equal(t, []any{409, "session_closed"}, []any{code, r["error"]})
	_, again := h.transfer("t2", "out", "20.01")
	require.Equal(t, "REFUSED", again["status"])
	_, again = h.call(http.MethodGet, "/history", "")
	require.Equal(t, page, again)
	code, r = h.transfer("t9", "out", before)
	require.Equal(t, []any{200, "APPLIED"}, []any{code, r["status"]})
	require.Equal(t, "0.00", h.balance())
}

// TestPurses_AtOnce: a spin and transfers at the same time never take the same money twice.
func TestPurses_AtOnce(t *testing.T) {
	h := newPurseHouse(t)
	h.transfer("in", "in", "1.00")
	var all sync.WaitGroup
	out := make([]string, 20)
	for i := range out {
		all.Go(func() {
			_, r := h.transfer(fmt.Sprint("out-", i), "out", "0.10")
			out[i] = fmt.Sprint(r["status"])
		})
	}
	all.Wait()
	applied := 0
	for _, s := range out {
		if s == "APPLIED" {
			applied++
		}
	}
	require.Equal(t, 10, applied)
	require.Equal(t, "0.00", h.balance())
}

func TestPurses_Admin(t *testing.T) {
	h := newPurseHouse(t)
	put := func(token, body string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, h.srv.URL+"/transfer/admin/operators/two", strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	require.Equal(t, http.StatusUnauthorized, put("x", `{"signing_secret":"`+purseSecret+`"}`))
	require.Equal(t, http.StatusBadRequest, put(h.s.AdminToken(), `{"signing_secret":"short"}`))
	require.Equal(t, http.StatusBadRequest, put(h.s.AdminToken(), `{"operator_id":"three","signing_secret":"`+purseSecret+`"}`))
	require.Equal(t, http.StatusOK, put(h.s.AdminToken(), `{"signing_secret":"`+purseSecret+`"}`))
	code, r := h.callAs("two", purseSecret, time.Now(), http.MethodGet, "/balances", "")
	require.Equal(t, 200, code)
	require.Empty(t, r["balances"], "another operator's wallets")
}
