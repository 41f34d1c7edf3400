package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/fault"
)

func TestLinkByDeepLinkAndButton(t *testing.T) {
	s, p := newSandbox(t), newPlatform(t)
	id := s.newUser("Anna")
	client, err := bot.New(s.tg.Credentials().BotToken, bot.WithServerURL(s.http.URL))
	require.NoError(t, err, "getMe works for an ordinary client")
	ok, err := client.SetWebhook(t.Context(), &bot.SetWebhookParams{
		URL: p.URL + "/hook", SecretToken: "s3cret_-", AllowedUpdates: []string{"message", "callback_query", "my_chat_member"},
	})
	require.NoError(t, err)
	require.True(t, ok)

	payload := strings.Repeat("A", 43)
	res, page := s.do(http.MethodGet, "/t.me/pitboss_sandbox_bot?start="+payload, "")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, page["raw"], payload)
	res, _ = s.form("/t.me/pitboss_sandbox_bot", url.Values{"start": {payload}, "user_id": {strconv.FormatInt(id, 10)}})
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	chat := fmt.Sprintf("/chat/%d", id)
	require.True(t, strings.HasSuffix(res.Header.Get("Location"), chat))

	update := typed(t, p.await(t, 1)[0])
	require.Equal(t, "s3cret_-", p.secrets[0])
	require.Equal(t, "/start "+payload, update.Message.Text)
	require.Equal(t, id, update.Message.From.ID)
	require.False(t, update.Message.From.IsBot)
	require.Equal(t, models.ChatTypePrivate, update.Message.Chat.Type)

	sent, err := client.SendMessage(t.Context(), &bot.SendMessageParams{
		ChatID: id, Text: "Link <b>Anna &amp; Co</b>?", ParseMode: models.ParseModeHTML,
		ReplyMarkup: models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{
			{Text: "Confirm", CallbackData: "yes:1"}, {Text: "Not me", CallbackData: "no:1"},
		}}},
	})
	require.NoError(t, err)
	require.Equal(t, "Link Anna & Co?", sent.Text)

	press := func(data string) int {
		res, _ := s.do(http.MethodPost, chat+"/press", fmt.Sprintf(`{"message_id":%d,"data":%q}`, sent.ID, data))
		return res.StatusCode
	}
	require.Equal(t, http.StatusNotFound, press("maybe"))
	require.Equal(t, http.StatusCreated, press("yes:1"))
	update = typed(t, p.await(t, 2)[1])
	require.Equal(t, "yes:1", update.CallbackQuery.Data)
	require.Equal(t, sent.ID, update.CallbackQuery.Message.Message.ID)
	require.Greater(t, p.ids()[1], p.ids()[0])

	answer := &bot.AnswerCallbackQueryParams{CallbackQueryID: update.CallbackQuery.ID, Text: "Linked"}
	_, err = client.AnswerCallbackQuery(t.Context(), answer)
	require.NoError(t, err)
	_, err = client.AnswerCallbackQuery(t.Context(), answer)
	require.ErrorIs(t, err, bot.ErrorBadRequest, "once")
	edited, err := client.EditMessageText(t.Context(), &bot.EditMessageTextParams{ChatID: id, MessageID: sent.ID, Text: "Done."})
	require.NoError(t, err)
	require.Equal(t, "Done.", edited.Text)
	require.Equal(t, http.StatusNotFound, press("yes:1"), "the buttons went with the edit")

	_, out := s.do(http.MethodGet, chat+"/messages", "")
	last := out["messages"].([]any)[1].(map[string]any)
	require.Equal(t, "Done.", last["text"])
	require.Equal(t, "Linked", last["callback_answer"])
	info, err := client.GetWebhookInfo(t.Context())
	require.NoError(t, err)
	require.Equal(t, p.URL+"/hook", info.URL)
	require.Zero(t, info.PendingUpdateCount)
}

func typed(t *testing.T, update map[string]any) models.Update {
	raw, err := json.Marshal(update)
	require.NoError(t, err)
	var u models.Update
	require.NoError(t, json.Unmarshal(raw, &u))
	return u
}

func TestAPIErrors(t *testing.T) {
	s := newSandbox(t)
	anna := s.newUser("Anna")
	res, out := s.do(http.MethodPost, "/bot1:x/getMe", "")
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	require.Equal(t, false, out["ok"])
	require.EqualValues(t, 401, out["error_code"])
	res, _ = s.do(http.MethodGet, "/nothing", "")
	require.Equal(t, http.StatusNotFound, res.StatusCode)
	require.EqualValues(t, 404, s.api("sendInvoice", "")["error_code"])

	send := func(id int64, rest string) (float64, string) {
		out := s.api("sendMessage", fmt.Sprintf(`{"chat_id":%d,%s}`, id, rest))
		if out["ok"] == true {
			return 200, ""
		}
		return out["error_code"].(float64), out["description"].(string)
	}
	code, text := send(5, `"text":"x"`)
	require.EqualValues(t, 400, code)
	require.Contains(t, text, "chat not found")
	code, text = send(anna, `"text":"x"`)
	require.EqualValues(t, 403, code)
	require.Contains(t, text, "bot can't initiate conversation with a user")
	s.start(anna, "")
	code, _ = send(anna, `"text":"x"`)
	require.EqualValues(t, 200, code)
	s.do(http.MethodPost, fmt.Sprintf("/chat/%d/block", anna), "{}")
	code, text = send(anna, `"text":"x"`)
	require.EqualValues(t, 403, code)
	require.Contains(t, text, "bot was blocked by the user")
	s.do(http.MethodPost, fmt.Sprintf("/chat/%d/unblock", anna), "{}")
	for rest, want := range map[string]string{
		`"text":""`: "message text is empty",
		`"text":"` + strings.Repeat("x", 4097) + `"`:                                          "message is too long",
		`"text":"a <b","parse_mode":"HTML"`:                                                   "can't parse entities",
		`"text":"<b>a","parse_mode":"HTML"`:                                                   "can't parse entities",
		`"text":"<script>a</script>","parse_mode":"HTML"`:                                     "can't parse entities",
		`"text":"a","parse_mode":"LaTeX"`:                                                     "parse_mode",
		`"text":"a","reply_markup":"x"`:                                                       "reply keyboard markup",
		`"text":"a","reply_markup":{"inline_keyboard":[[{"text":"a"}]]}`:                      "inline keyboard button",
		`"text":"a","reply_markup":{"inline_keyboard":[[{"text":"a","url":"javascript:x"}]]}`: "BUTTON_URL_INVALID",
		`"text":"a","reply_markup":{"inline_keyboard":[[{"text":"a","callback_data":"` + strings.Repeat("x", 65) + `"}]]}`: "BUTTON_DATA_INVALID",
	} {
		code, text = send(anna, rest)
		require.EqualValues(t, 400, code, rest)
		require.Contains(t, text, want, rest)
	}
	require.EqualValues(t, 400, s.api("sendMessage", "{")["error_code"])
	for body, want := range map[string]string{
		`{"url":"http://casino.example/hook"}`:                              "HTTPS",
		`{"url":"https://casino.example:9999/hook"}`:                        "ports",
		`{"url":"ftp://127.0.0.1/"}`:                                        "invalid URL",
		`{"url":"https://casino.example/hook","secret_token":"a b"}`:        "secret token",
		`{"url":"https://casino.example/hook","max_connections":101}`:       "max_connections",
		`{"url":"https://casino.example/hook","allowed_updates":"message"}`: "allowed_updates",
	} {
		require.Contains(t, s.api("setWebhook", body)["description"], want, body)
	}
}

func (s *sandbox) start(id int64, payload string) {
	res, out := s.do(http.MethodPost, fmt.Sprintf("/chat/%d/start", id), `{"payload":"`+payload+`"}`)
	require.Equal(s.t, http.StatusCreated, res.StatusCode, out)
}

func TestWebhookIsRepeatedInOrderAndSurvivesARestart(t *testing.T) {
	s, p := newSandbox(t), newPlatform(t)
	anna := s.newUser("Anna")
	s.start(anna, "first")
	require.EqualValues(t, 1, s.api("getWebhookInfo", "")["result"].(map[string]any)["pending_update_count"])
	s.close()
	s.open()
	p.script = []int{500, 0, 401}
	require.Equal(t, true, s.api("setWebhook", `{"url":"`+p.URL+`","secret_token":"x"}`)["ok"])
	s.start(anna, "second")
	p.await(t, 5)
	require.Equal(t, []int64{1, 1, 1, 1, 2}, p.ids())
	require.Eventually(t, func() bool {
		info := s.api("getWebhookInfo", "")["result"].(map[string]any)
		return info["pending_update_count"] == 0.0 && strings.Contains(info["last_error_message"].(string), "401")
	}, 5*time.Second, 5*time.Millisecond)

	s.api("deleteWebhook", "")
	s.start(anna, "third")
	require.EqualValues(t, 1, s.api("getWebhookInfo", "")["result"].(map[string]any)["pending_update_count"])
	s.api("setWebhook", `{"url":"`+p.URL+`","drop_pending_updates":true,"allowed_updates":["callback_query"]}`)
	s.start(anna, "fourth")
	require.EqualValues(t, 0, s.api("getWebhookInfo", "")["result"].(map[string]any)["pending_update_count"])
	require.Len(t, p.ids(), 5)
}

func TestUpdateAndAPIFaults(t *testing.T) {
	s, p := newSandbox(t), newPlatform(t)
	anna, ben := s.newUser("Anna"), s.newUser("Ben")
	s.api("setWebhook", `{"url":"`+p.URL+`"}`)
	res, out := s.admin(http.MethodPut, "/faults", `{"rules":[{"operation":"update","kind":"duplicate","count":1}]}`)
	require.Equal(t, http.StatusOK, res.StatusCode, out)
	s.start(anna, "")
	p.await(t, 2)
	require.Equal(t, []int64{1, 1}, p.ids())
	require.NoError(t, s.tg.Faults().Set(0, fault.Rule{Operation: "update", Kind: fault.Drop, Count: 1}))
	s.start(anna, "")
	p.await(t, 4)
	require.Equal(t, []int64{2, 2}, p.ids()[2:])
	require.NoError(t, s.tg.Faults().Set(0, fault.Rule{Operation: "update", Kind: fault.Reorder, Count: 1}))
	s.start(anna, "")
	require.Eventually(t, func() bool { return s.tg.Faults().Rules()[0].Struck == 1 }, 5*time.Second, time.Millisecond)
	s.start(ben, "")
	p.await(t, 6)
	require.Equal(t, []int64{4, 3}, p.ids()[4:])

	client, err := bot.New(s.tg.Credentials().BotToken, bot.WithServerURL(s.http.URL), bot.WithSkipGetMe())
	require.NoError(t, err)
	send := func(k fault.Kind) error {
		require.NoError(t, s.tg.Faults().Set(0, fault.Rule{Operation: "api", Kind: k, Count: 1}))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := client.SendMessage(ctx, &bot.SendMessageParams{ChatID: anna, Text: "hello " + string(k)})
		return err
	}
	var tooMany *bot.TooManyRequestsError
	require.True(t, errors.As(send(TooManyRequests), &tooMany))
	require.Equal(t, 1, tooMany.RetryAfter)
	require.Error(t, send(ServerError))
	require.Error(t, send(fault.Drop))
	_, out = s.do(http.MethodGet, fmt.Sprintf("/chat/%d/messages", anna), "")
	messages := out["messages"].([]any)
	require.Len(t, messages, 4)
	require.Equal(t, "hello drop", messages[3].(map[string]any)["text"], "done, though nobody was told")
}
