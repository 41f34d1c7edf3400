package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	notificationv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/notification/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// open connects with a ticket and reads the greeting.
func (w *world) open(ticket string, headers ...string) *websocket.Conn {
	w.t.Helper()
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	c, res, err := websocket.Dial(ctx, strings.Replace(w.url, "http", "ws", 1)+"/v1/live?ticket="+ticket, &websocket.DialOptions{HTTPHeader: h})
	require.NoError(w.t, err)
	_ = res
	w.t.Cleanup(func() { _ = c.CloseNow() })
	require.JSONEq(w.t, `{"type":"hello"}`, read(w.t, c))
	return c
}

func read(t testing.TB, c *websocket.Conn) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, b, err := c.Read(ctx)
	require.NoError(t, err)
	return string(b)
}

// closing reads until the end and answers its code and reason.
func closing(t testing.TB, c *websocket.Conn) (websocket.StatusCode, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		if _, _, err := c.Read(ctx); err != nil {
			e, ok := errors.AsType[websocket.CloseError](err)
			require.True(t, ok, err)
			return e.Code, e.Reason
		}
	}
}

func held(player string, cents int64, version int64) *walletv1.FundsHeld {
	amount := &commonv1.Money{Amount: strconv.FormatInt(cents, 10), Currency: "EUR"}
	return &walletv1.FundsHeld{PlayerId: player, HoldId: "hld_1", BalanceAfter: &walletv1.Balance{PlayerId: player, Available: amount, Held: amount, Version: version}}
}

// watching waits until the gateway hears events.
func (w *world) watching() {
	w.t.Helper()
	c := w.open(w.mesh.ticket("warm-up", "ply_warm", "ses_warm", time.Now().Add(time.Hour)))
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		_, _, _ = c.Read(w.t.Context())
	}()
	eventually(w.t, "an event is heard", func() bool {
		w.Publish("wallet.hold.v1", "ply_warm", 1, held("ply_warm", 1, 1))
		select {
		case <-heard:
			return true
		case <-time.After(50 * time.Millisecond):
			return false
		}
	})
	_ = c.CloseNow()
}

func hour() time.Time { return time.Now().Add(time.Hour) }

func TestLive_PushesTheOwnBalance(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	w := newWorld(t, m, options{server: func(s *http.Server) { s.WriteTimeout, s.ReadTimeout = 700*time.Millisecond, 700*time.Millisecond }})
	w.watching()
	mine := w.open(m.ticket("a", "ply_1", "ses_1", hour()))
	second := w.open(m.ticket("b", "ply_1", "ses_2", hour()))
	other := w.open(m.ticket("c", "ply_2", "ses_3", hour()))
	began := time.Now()
	w.Publish("wallet.hold.v1", "ply_1", 7, held("ply_1", 10, 7))
	for _, c := range []*websocket.Conn{mine, second} {
		require.JSONEq(t, `{"type":"balance","balance":{"playerId":"ply_1","available":{"amount":"10","currency":"EUR"},"held":{"amount":"10","currency":"EUR"},"version":"7"}}`, read(t, c))
	}
	w.Publish("wallet.hold.v1", "ply_2", 1, held("ply_2", 99, 1))
	require.Contains(t, read(t, other), `"ply_2"`, "the first that a player hears is the player's own")

	eventually(t, "the server's timeouts have passed", func() bool { return time.Since(began) > 1500*time.Millisecond })
	w.Publish("wallet.hold.v1", "ply_1", 8, held("ply_1", 11, 8))
	require.Contains(t, read(t, mine), `"version":"8"`, "they do not end a WebSocket")
	w.Publish("notification.inbox_added.v1", "ply_1", 1, &notificationv1.NotificationInboxAdded{
		PlayerId: "ply_1", InboxMessage: &notificationv1.InboxMessage{MessageId: "inb_1", Kind: "DEPOSIT_RECEIVED", Values: map[string]string{"amount": "5.00"}},
	})
	require.JSONEq(t, `{"type":"inbox","inbox":{"messageId":"inb_1","kind":"DEPOSIT_RECEIVED","values":{"amount":"5.00"}}}`, read(t, mine))
}

func TestLive_Tickets(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	w := newWorld(t, m, options{public: "https://play.example"})
	upgrade := []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}
	ticket := m.ticket("t", "ply_1", "ses_1", hour())
	for _, origin := range []string{"https://evil.example", "null", "http://play.example", "https://play.example.evil.example"} {
		a := w.do("GET", "/v1/live?ticket="+ticket, "", append([]string{"Origin", origin}, upgrade...)...)
		require.Equal(t, 403, a.StatusCode, origin)
		require.Equal(t, "FOREIGN_ORIGIN", a.reason(t))
	}
	a := w.do("GET", "/v1/live?ticket="+ticket, "")
	require.Equal(t, 426, a.StatusCode)
	c := w.open(ticket, "Origin", "https://play.example") // none of the above used it up
	a = w.do("GET", "/v1/live?ticket="+ticket, "", upgrade...)
	require.Equal(t, 401, a.StatusCode, "it opens one WebSocket")
	require.Equal(t, "TICKET_INVALID", a.reason(t))
	for _, none := range []string{"", "?ticket=", "?ticket=%ff", "?ticket=" + strings.Repeat("x", 200)} {
		a = w.do("GET", "/v1/live"+none, "", upgrade...)
		require.Contains(t, []int{400, 401}, a.StatusCode, none)
	}
	require.NoError(t, c.Close(websocket.StatusNormalClosure, ""))
}

func TestLive_Ends(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	w := newWorld(t, m, options{vars: map[string]string{"PITBOSS_GATEWAY_LIVE_PER_PLAYER": "2"}})
	w.watching()

	ended := w.open(m.ticket("1", "ply_1", "ses_1", hour()))
	stays := w.open(m.ticket("2", "ply_1", "ses_2", hour()))
	w.Publish("session.ended.v1", "ply_1", 1, &identityv1.SessionEnded{SessionId: "ses_1", SubjectId: "ply_1"})
	code, why := closing(t, ended)
	require.Equal(t, websocket.StatusPolicyViolation, code)
	require.Equal(t, "session ended", why)
	w.Publish("wallet.hold.v1", "ply_1", 1, held("ply_1", 10, 1))
	require.Contains(t, read(t, stays), `"ply_1"`)

	expires := w.open(m.ticket("3", "ply_3", "ses_3", time.Now().Add(time.Second)))
	_, why = closing(t, expires)
	require.Equal(t, "session ended", why)

	var all []*websocket.Conn
	for i := range 4 {
		all = append(all, w.open(m.ticket("p"+strconv.Itoa(i), "ply_4", "ses_4", hour())))
	}
	for _, c := range all[:2] {
		_, why = closing(t, c)
		require.Equal(t, "replaced by a newer connection", why)
	}
	w.Publish("wallet.hold.v1", "ply_4", 1, held("ply_4", 10, 1))
	for _, c := range all[2:] {
		require.Contains(t, read(t, c), `"ply_4"`)
	}
}

func TestLive_OldAgeAndTooMany(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	w := newWorld(t, m, options{vars: map[string]string{"PITBOSS_GATEWAY_LIVE_LIFE": "500ms", "PITBOSS_GATEWAY_LIVE_MAX": "1"}})
	first := w.open(m.ticket("1", "ply_1", "ses_1", hour()))
	c, _, err := websocket.Dial(t.Context(), strings.Replace(w.url, "http", "ws", 1)+"/v1/live?ticket="+m.ticket("2", "ply_2", "ses_2", hour()), nil)
	require.NoError(t, err)
	code, _ := closing(t, c)
	require.Equal(t, websocket.StatusTryAgainLater, code)
	code, why := closing(t, first)
	require.Equal(t, websocket.StatusServiceRestart, code)
	require.Equal(t, "connect again", why)
}

// TestLive_SlowReader: who does not read is closed, and nobody waits for it.
func TestLive_SlowReader(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	w := newWorld(t, m, options{})
	w.watching()
	slow := w.open(m.ticket("1", "ply_1", "ses_1", hour()))
	quick := w.open(m.ticket("2", "ply_2", "ses_2", hour()))
	long := strings.Repeat("9", 200_000) // fills the socket's buffers soon
	for i := range 200 {
		e := held("ply_1", 1, int64(i))
		e.BalanceAfter.Available.Amount = long
		w.Publish("wallet.hold.v1", "ply_1", int64(i), e)
	}
	w.Publish("wallet.hold.v1", "ply_2", 1, held("ply_2", 10, 1))
	require.Contains(t, read(t, quick), `"ply_2"`)
	slow.SetReadLimit(1 << 20)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	n := 0
	for ; ; n++ {
		if _, _, err := slow.Read(ctx); err != nil {
			require.NoError(t, ctx.Err(), "it was not closed")
			break
		}
	}
	require.Less(t, n, 200)
}

// TestLive_Stop: a gateway that stops says so, and pages connect to another one.
func TestLive_Stop(t *testing.T) {
	t.Parallel()
	type end struct {
		code websocket.StatusCode
		err  error
	}
	ends := make(chan end, 1)
	t.Run("running", func(t *testing.T) {
		m := &mesh{}
		w := newWorld(t, m, options{})
		c, _, err := websocket.Dial(t.Context(), strings.Replace(w.url, "http", "ws", 1)+"/v1/live?ticket="+m.ticket("1", "ply_1", "ses_1", hour()), nil)
		require.NoError(t, err)
		require.JSONEq(t, `{"type":"hello"}`, read(t, c))
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			_, _, err := c.Read(ctx)
			ends <- end{websocket.CloseStatus(err), err}
		}()
	})
	e := <-ends
	require.Equal(t, websocket.StatusGoingAway, e.code, "%v", e.err)
}
