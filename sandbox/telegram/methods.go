package telegram

import (
	"encoding/json"
	"net"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

var (
	secretPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	webhookPorts  = []string{"", "443", "80", "88", "8443"}
)

func (t *Telegram) botUser() map[string]any {
	return map[string]any{"id": t.secret.BotID, "is_bot": true, "first_name": t.cfg.BotName, "username": t.cfg.BotUsername}
}

func (t *Telegram) getMe(params) (any, error) {
	me := t.botUser()
	me["can_join_groups"], me["can_read_all_group_messages"], me["supports_inline_queries"] = false, false, false
	return me, nil
}

// setWebhook refuses what Telegram refuses, except that a loopback address may use http and any port: the sandbox's
// platform runs on one.
func (t *Telegram) setWebhook(p params) (any, error) {
	if p["url"] == "" {
		return t.deleteWebhook(p)
	}
	u, err := url.Parse(p["url"])
	if err != nil || u.Host == "" {
		return nil, badRequest("bad webhook: invalid URL")
	}
	if !loopback(u.Hostname()) {
		if u.Scheme != "https" {
			return nil, badRequest("bad webhook: An HTTPS URL must be provided for webhook")
		}
		if !slices.Contains(webhookPorts, u.Port()) {
			return nil, badRequest("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
		}
	} else if u.Scheme != "http" && u.Scheme != "https" {
		return nil, badRequest("bad webhook: invalid URL")
	}
	hook := webhook{URL: p["url"], SecretToken: p["secret_token"], MaxConnections: 40, AllowedUpdates: t.state.Webhook.AllowedUpdates}
	if hook.SecretToken != "" && !secretPattern.MatchString(hook.SecretToken) {
		return nil, badRequest("secret token contains unallowed characters")
	}
	if text := p["max_connections"]; text != "" {
		if hook.MaxConnections, err = strconv.Atoi(text); err != nil || hook.MaxConnections < 1 || hook.MaxConnections > 100 {
			return nil, badRequest("max_connections must be within 1..100")
		}
	}
	if text := p["allowed_updates"]; text != "" {
		hook.AllowedUpdates = nil
		if json.Unmarshal([]byte(text), &hook.AllowedUpdates) != nil {
			return nil, badRequest("can't parse allowed_updates")
		}
	}
	t.state.Webhook = hook
	t.dropPending(p)
	for _, u := range t.state.Updates {
		u.Attempts, u.NextAt = 0, t.now()
	}
	t.nudge()
	return true, t.save()
}

func (t *Telegram) deleteWebhook(p params) (any, error) {
	t.state.Webhook = webhook{AllowedUpdates: t.state.Webhook.AllowedUpdates}
	t.dropPending(p)
	return true, t.save()
}

func (t *Telegram) dropPending(p params) {
	if p["drop_pending_updates"] == "true" {
		t.state.Updates = nil
	}
}

func (t *Telegram) getWebhookInfo(params) (any, error) {
	h := t.state.Webhook
	info := map[string]any{"url": h.URL, "has_custom_certificate": false, "pending_update_count": len(t.state.Updates)}
	if h.URL != "" {
		info["max_connections"] = h.MaxConnections
	}
	if len(h.AllowedUpdates) > 0 {
		info["allowed_updates"] = h.AllowedUpdates
	}
	if h.LastErrorDate > 0 {
		info["last_error_date"], info["last_error_message"] = h.LastErrorDate, h.LastError
	}
	return info, nil
}

func (t *Telegram) sendMessage(p params) (any, error) {
	u, err := t.addressee(p)
	if err != nil {
		return nil, err
	}
	text, markup, err := content(p)
	if err != nil {
		return nil, err
	}
	m := t.say(u, message{FromBot: true, Text: text, Markup: markup})
	return t.botMessage(u, m), t.save()
}

func (t *Telegram) editMessageText(p params) (any, error) {
	u, err := t.addressee(p)
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(p["message_id"], 10, 64)
	m := u.message(id)
	if err != nil || m == nil {
		return nil, badRequest("message to edit not found")
	}
	if !m.FromBot {
		return nil, badRequest("message can't be edited")
	}
	text, markup, err := content(p)
	if err != nil {
		return nil, err
	}
	if text == m.Text && reflect.DeepEqual(markup, m.Markup) {
		return nil, badRequest("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	}
	m.Text, m.Markup, m.Edited = text, markup, t.now().Unix()
	return t.botMessage(u, m), t.save()
}

func (t *Telegram) answerCallbackQuery(p params) (any, error) {
	q, ok := t.queries[p["callback_query_id"]]
	if !ok || t.now().After(q.until) {
		return nil, badRequest("query is too old and response timeout expired or query ID is invalid")
	}
	if textLength(p["text"]) > 200 {
		return nil, badRequest("MESSAGE_TOO_LONG")
	}
	delete(t.queries, p["callback_query_id"])
	if u := t.user(q.userID); u != nil {
		if m := u.message(q.messageID); m != nil {
			m.Answer = p["text"]
		}
	}
	return true, t.save()
}

// addressee finds whom the bot may write to.
func (t *Telegram) addressee(p params) (*user, error) {
	if p["chat_id"] == "" {
		return nil, badRequest("chat_id is empty")
	}
	id, err := strconv.ParseInt(p["chat_id"], 10, 64)
	u := t.user(id)
	switch {
	case err != nil || u == nil:
		return nil, badRequest("chat not found")
	case u.Blocked:
		return nil, forbidden("bot was blocked by the user")
	case !u.Started:
		return nil, forbidden("bot can't initiate conversation with a user")
	}
	return u, nil
}

// content reads and checks text, parse_mode, entities and reply_markup.
func content(p params) (string, *inlineKeyboard, error) {
	text := p["text"]
	switch p["parse_mode"] {
	case "":
	case "HTML", "html":
		var err error
		if text, err = stripHTML(text); err != nil {
			return "", nil, err
		}
	default:
		return "", nil, badRequest("unsupported parse_mode")
	}
	if strings.TrimSpace(text) == "" {
		return "", nil, badRequest("message text is empty")
	}
	if textLength(text) > maxText {
		return "", nil, badRequest("message is too long")
	}
	if e := p["entities"]; e != "" && json.Unmarshal([]byte(e), &[]struct {
		Type   string `json:"type"`
		Offset int    `json:"offset"`
		Length int    `json:"length"`
	}{}) != nil {
		return "", nil, badRequest("can't parse entities")
	}
	markup, err := keyboard(p["reply_markup"])
	return text, markup, err
}

// keyboard reads an inline keyboard; other kinds of markup are not built here.
func keyboard(text string) (*inlineKeyboard, error) {
	if text == "" {
		return nil, nil
	}
	var k inlineKeyboard
	if json.Unmarshal([]byte(text), &k) != nil {
		return nil, badRequest("can't parse reply keyboard markup JSON object")
	}
	if len(k.Rows) == 0 {
		return nil, nil
	}
	for _, row := range k.Rows {
		for _, b := range row {
			switch {
			case b.Text == "":
				return nil, badRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
			case (b.CallbackData == "") == (b.URL == ""):
				return nil, badRequest("can't parse inline keyboard button: exactly one of callback_data and url is needed here")
			case len(b.CallbackData) > 64:
				return nil, badRequest("BUTTON_DATA_INVALID")
			case b.URL != "" && !webURL(b.URL):
				return nil, badRequest("BUTTON_URL_INVALID")
			}
		}
	}
	return &k, nil
}

// botMessage is the Message object of the Bot API for a message of the bot.
func (t *Telegram) botMessage(u *user, m *message) map[string]any {
	out := map[string]any{
		"message_id": m.ID, "date": m.Date, "text": m.Text, "from": t.botUser(), "chat": privateChat(u),
	}
	if m.Edited > 0 {
		out["edit_date"] = m.Edited
	}
	if m.Markup != nil {
		out["reply_markup"] = m.Markup
	}
	return out
}

// textLength counts as Telegram does, in UTF-16 code units.
func textLength(s string) int { return len(utf16.Encode([]rune(s))) }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func webURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "tg")
}
