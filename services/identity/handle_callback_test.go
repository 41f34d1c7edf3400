package identity

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
	"github.com/pitboss-gaming/pitboss/sandbox/fault"
)

// button finds the callback data of a button in the user's chat.
func (w *telegramWorld) button(user int64, text string) (messageID int64, data string) {
	w.t.Helper()
	eventually(w.t, func() bool {
		for _, m := range w.chat(user) {
			var k struct {
				Rows [][]struct {
					Text string `json:"text"`
					Data string `json:"callback_data"`
				} `json:"inline_keyboard"`
			}
			if m.Markup == nil || json.Unmarshal(m.Markup, &k) != nil {
				continue
			}
			for _, row := range k.Rows {
				for _, b := range row {
					if b.Text == text {
						messageID, data = m.ID, b.Data
					}
				}
			}
		}
		return data != ""
	})
	return messageID, data
}

func (w *telegramWorld) press(user int64, text string) {
	w.t.Helper()
	id, data := w.button(user, text)
	w.post(fmt.Sprintf("/chat/%d/press", user), map[string]any{"message_id": id, "data": data}, nil)
}

func (w *telegramWorld) start(user int64, payload string) {
	w.t.Helper()
	w.post(fmt.Sprintf("/chat/%d/start", user), map[string]any{"payload": payload}, nil)
}

func (w *telegramWorld) says(user int64, text string) {
	w.t.Helper()
	eventually(w.t, func() bool {
		for _, m := range w.chat(user) {
			if strings.Contains(m.Text, text) {
				return true
			}
		}
		return false
	})
}

func TestHandleCallbackLinks(t *testing.T) {
	w := newTelegramWorld(t)
	w.listen()
	p, user := w.enrol(w.player()), w.user(5001)
	require.NoError(t, w.tg.Faults().Set(1, fault.Rule{Operation: "update", Kind: fault.Duplicate, Times: 3}))
	w.start(user, w.link(p))
	eventually(t, func() bool { return w.linkState(p).GetState() == "STARTED" })
	w.says(user, "p***@example.com")
	require.Empty(t, w.linkState(p).GetTelegramId(), "opening the link alone ties nothing")
	w.press(user, "Confirm")
	eventually(t, func() bool { return w.linkState(p).GetState() == "LINKED" })
	require.Equal(t, "5001", w.linkState(p).GetTelegramId())
	asked := 0
	for _, m := range w.chat(user) {
		if strings.Contains(m.Text, "Your Telegram is linked.") || strings.Contains(m.Text, "p***@example.com") {
			asked++
		}
	}
	require.LessOrEqual(t, asked, 1, "a repeated update is not answered again")
	w.says(user, "Your Telegram is linked.")
	contact, err := w.as(testkit.Peer("notification")).GetContact(w.ctx(), &identityv1.GetContactRequest{PlayerId: p.id})
	require.NoError(t, err)
	require.Equal(t, "5001", contact.GetTelegramChatId())
	require.NoError(t, w.tg.Faults().Set(1))

	t.Run("the linked user logs in to the account", func(t *testing.T) {
		l, err := w.anon().LoginWithMiniApp(w.ctx(), w.initData(user))
		require.NoError(t, err)
		require.NotEmpty(t, l.GetChallenge())
		require.False(t, l.GetRegistered())
	})
	t.Run("blocking the bot removes the chat, letting it in brings it back", func(t *testing.T) {
		for action, want := range map[string]string{"block": ""} {
			w.post(fmt.Sprintf("/chat/%d/%s", user, action), map[string]any{}, nil)
			eventually(t, func() bool {
				c, err := w.as(testkit.Peer("notification")).GetContact(w.ctx(), &identityv1.GetContactRequest{PlayerId: p.id})
				return err == nil && c.GetTelegramChatId() == want
			})
		}
		w.post(fmt.Sprintf("/chat/%d/unblock", user), map[string]any{}, nil)
		eventually(t, func() bool {
			c, err := w.as(testkit.Peer("notification")).GetContact(w.ctx(), &identityv1.GetContactRequest{PlayerId: p.id})
			return err == nil && c.GetTelegramChatId() == "5001"
		})
	})
	t.Run("one Telegram user has one account", func(t *testing.T) {
		second := w.enrol(w.player())
		w.start(user, w.link(second))
		eventually(t, func() bool { return w.linkState(second).GetState() == "STARTED" })
		w.press(user, "Confirm")
		eventually(t, func() bool { return w.linkState(second).GetState() == "REFUSED" })
		require.Empty(t, w.linkState(second).GetTelegramId())
	})
}

func TestHandleCallbackRefusals(t *testing.T) {
	w := newTelegramWorld(t)
	w.listen()
	p, victim, stranger := w.enrol(w.player()), w.user(5002), w.user(5003)
	payload := w.link(p)
	w.start(victim, payload)
	eventually(t, func() bool { return w.linkState(p).GetState() == "STARTED" })
	w.start(stranger, payload)
	w.says(stranger, "not valid any more") // a started link belongs to who opened it first
	w.press(victim, "Not me")
	eventually(t, func() bool { return w.linkState(p).GetState() == "REFUSED" })
	w.start(victim, payload)
	w.says(victim, "not valid any more")
	w.start(stranger, "unknown")

	t.Run("the session that made the link has ended", func(t *testing.T) {
		fresh := w.user(5004)
		w.start(fresh, w.link(p))
		eventually(t, func() bool { return w.linkState(p).GetState() == "STARTED" })
		_, err := w.bearer(p.tokens.GetAccessToken()).Logout(w.ctx(), &identityv1.LogoutRequest{})
		require.NoError(t, err)
		w.press(fresh, "Confirm")
		w.says(fresh, "not valid any more")
		contact, err := w.as(testkit.Peer("notification")).GetContact(w.ctx(), &identityv1.GetContactRequest{PlayerId: p.id})
		require.NoError(t, err)
		require.Empty(t, contact.GetTelegramChatId())
	})
}

func TestHandleCallback(t *testing.T) {
	w := newTelegramWorld(t)
	secret := &adapterv1.Header{Name: "x-telegram-bot-api-secret-token", Value: "webhook-secret-of-the-test"}
	start := []byte(`{"update_id":1,"message":{"chat":{"id":9,"type":"private"},"from":{"id":9},"text":"/start abc"}}`)
	good := func() *adapterv1.HandleCallbackRequest {
		return &adapterv1.HandleCallbackRequest{IntegrationId: integrationID, Method: "POST", Path: "/webhook", Headers: []*adapterv1.Header{secret}, Body: start}
	}
	for name, c := range map[string]struct {
		change func(*adapterv1.HandleCallbackRequest)
		status int32
	}{
		"good":      {func(*adapterv1.HandleCallbackRequest) {}, http.StatusOK},
		"no secret": {func(r *adapterv1.HandleCallbackRequest) { r.Headers = nil }, http.StatusUnauthorized},
		"wrong secret": {func(r *adapterv1.HandleCallbackRequest) {
			r.Headers[0] = &adapterv1.Header{Name: secret.Name, Value: "wrong"}
		}, http.StatusUnauthorized},
		"two secrets":         {func(r *adapterv1.HandleCallbackRequest) { r.Headers = append(r.Headers, secret) }, http.StatusUnauthorized},
		"another path":        {func(r *adapterv1.HandleCallbackRequest) { r.Path = "/elsewhere" }, http.StatusNotFound},
		"another method":      {func(r *adapterv1.HandleCallbackRequest) { r.Method = "GET" }, http.StatusMethodNotAllowed},
		"not JSON":            {func(r *adapterv1.HandleCallbackRequest) { r.Body = []byte("{") }, http.StatusBadRequest},
		"no update":           {func(r *adapterv1.HandleCallbackRequest) { r.Body = []byte("{}") }, http.StatusBadRequest},
		"too large":           {func(r *adapterv1.HandleCallbackRequest) { r.Body = bytes.Repeat([]byte("x"), webhookBodyLimit+1) }, http.StatusRequestEntityTooLarge},
		"unknown integration": {func(r *adapterv1.HandleCallbackRequest) { r.IntegrationId = "other" }, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			req := good()
			c.change(req)
			res, err := w.adapter(testkit.Peer("gateway")).HandleCallback(w.ctx(), req)
			require.NoError(t, err)
			require.Equal(t, c.status, res.GetStatus())
		})
	}
	var n int
	require.NoError(t, w.DB.QueryRow(w.ctx(), "SELECT count(*) FROM telegram_update").Scan(&n))
	require.Equal(t, 1, n)

	t.Run("groups and bots are not answered", func(t *testing.T) {
		for i, body := range []string{
			`{"update_id":%d,"message":{"chat":{"id":-5,"type":"group"},"from":{"id":9},"text":"/start abc"}}`,
			`{"update_id":%d,"message":{"chat":{"id":9,"type":"private"},"from":{"id":9,"is_bot":true},"text":"/start abc"}}`,
			`{"update_id":%d,"message":{"chat":{"id":9,"type":"private"},"from":{"id":9},"text":"hello"}}`,
			`{"update_id":%d,"callback_query":{"id":"1","from":{"id":9},"data":"confirm:x"}}`,
		} {
			var before, after int
			require.NoError(t, w.DB.QueryRow(w.ctx(), "SELECT count(*) FROM dispatch").Scan(&before))
			req := good()
			req.Body = fmt.Appendf(nil, body, 100+i)
			res, err := w.adapter(testkit.Peer("gateway")).HandleCallback(w.ctx(), req)
			require.NoError(t, err)
			require.EqualValues(t, http.StatusOK, res.GetStatus())
			require.NoError(t, w.DB.QueryRow(w.ctx(), "SELECT count(*) FROM dispatch").Scan(&after))
			require.LessOrEqual(t, after, before)
		}
	})
	w.integrate(false)
	res, err := w.adapter(testkit.Peer("gateway")).HandleCallback(w.ctx(), good())
	require.NoError(t, err)
	require.EqualValues(t, http.StatusForbidden, res.GetStatus())
	for _, who := range []testkit.Caller{testkit.Peer("gaming"), testkit.Operator("admin"), testkit.Player("ply_x")} {
		_, err := w.adapter(who).HandleCallback(w.ctx(), good())
		requireReason(t, "PERMISSION_DENIED", err)
	}
}
