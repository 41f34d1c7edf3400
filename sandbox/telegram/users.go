package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pitboss-gaming/pitboss/sandbox/statedir"
)

const (
	firstUserID = 100_000_001
	maxUserID   = 1 << 52 // Telegram: at most 52 significant bits
	queryLife   = 10 * time.Minute
	maxQueries  = 10_000
)

var (
	errNoUser       = errors.New("there is no such user")
	errWebApp       = errors.New("the bot has no Mini App at an absolute http(s) address")
	usernamePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{4,31}$`)
	startAppPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{0,512}$`)
	payloadPattern  = regexp.MustCompile(`^[A-Za-z0-9_-]{0,64}$`)
	phonePattern    = regexp.MustCompile(`^\+?[0-9]{5,15}$`)
)

// newUser is what a user is made from; an empty ID takes the next free one.
type newUser struct {
	ID        string `json:"id"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Username  string `json:"username"`
	Phone     string `json:"phone"`
}

// publicUser is a user without the chat.
type publicUser struct {
	ID        int64  `json:"id"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name,omitempty"`
	Username  string `json:"username,omitempty"`
	Started   bool   `json:"started"`
	Blocked   bool   `json:"blocked"`
}

// callbackInfo is a press of a button that the bot may still answer.
type callbackInfo struct {
	userID, messageID int64
	until             time.Time
}

// addUser makes a user, durably.
func (t *Telegram) addUser(n newUser) (user, error) {
	u := user{
		FirstName: strings.TrimSpace(n.FirstName), LastName: strings.TrimSpace(n.LastName),
		Username: strings.TrimPrefix(n.Username, "@"), Phone: n.Phone,
	}
	switch {
	case u.FirstName == "" || utf8.RuneCountInString(u.FirstName) > 64 || utf8.RuneCountInString(u.LastName) > 64:
		return user{}, errors.New("first_name must have 1 to 64 characters, last_name at most 64")
	case u.Username != "" && !usernamePattern.MatchString(u.Username):
		return user{}, errors.New("username must be 5 to 32 of A-Z a-z 0-9 _ and begin with a letter")
	case u.Phone != "" && !phonePattern.MatchString(u.Phone):
		return user{}, errors.New("phone must be 5 to 15 digits")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.state.Users) >= maxUsers {
		return user{}, fmt.Errorf("there are %d users already", maxUsers)
	}
	u.ID = firstUserID
	for _, other := range t.state.Users {
		u.ID = max(u.ID, other.ID+1)
		if u.Username != "" && strings.EqualFold(other.Username, u.Username) {
			return user{}, errors.New("the username is taken")
		}
	}
	if n.ID != "" {
		id, err := strconv.ParseInt(n.ID, 10, 64)
		if err != nil || id <= 0 || id >= maxUserID || id == t.secret.BotID || t.user(id) != nil {
			return user{}, errors.New("id must be a positive number that nobody has")
		}
		u.ID = id
	}
	if u.ID >= maxUserID {
		return user{}, errors.New("there is no free id; give one")
	}
	t.state.Users = append(t.state.Users, &u)
	return u, t.save()
}

func (t *Telegram) createUser(w http.ResponseWriter, r *http.Request) {
	var n newUser
	if !readJSON(w, r, &n) {
		return
	}
	u, err := t.addUser(n)
	if err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(w, http.StatusCreated, public(&u))
}

func (t *Telegram) listUsers(w http.ResponseWriter, _ *http.Request) {
	t.mu.Lock()
	users := t.publicUsers()
	t.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]any{"users": users})
}

// publicUsers lists the users; the caller has the lock.
func (t *Telegram) publicUsers() []publicUser {
	out := make([]publicUser, 0, len(t.state.Users))
	for _, u := range t.state.Users {
		out = append(out, public(u))
	}
	return out
}

func public(u *user) publicUser {
	return publicUser{u.ID, u.FirstName, u.LastName, u.Username, u.Started, u.Blocked}
}

// chat answers 404 for an unknown {user}; the caller has the lock.
func (t *Telegram) chat(w http.ResponseWriter, r *http.Request) *user {
	id, err := strconv.ParseInt(r.PathValue("user"), 10, 64)
	u := t.user(id)
	if err != nil || u == nil {
		fail(w, http.StatusNotFound, errNoUser.Error())
		return nil
	}
	return u
}

// listMessages answers the chat as the user's app shows it.
func (t *Telegram) listMessages(w http.ResponseWriter, r *http.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.chat(w, r)
	if u == nil {
		return
	}
	messages := slices.Clone(u.Messages)
	if messages == nil {
		messages = []*message{}
	}
	writeJSON(w, http.StatusOK, map[string]any{"user": public(u), "bot": t.cfg.BotUsername, "messages": messages})
}

// userStarts is opening t.me/<bot>?start=<payload> and pressing START: {"payload":"..."}; an empty payload is a plain
// start.
func (t *Telegram) userStarts(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Payload string `json:"payload"`
	}
	if !readJSON(w, r, &q) {
		return
	}
	if !payloadPattern.MatchString(q.Payload) {
		fail(w, http.StatusBadRequest, "payload must be at most 64 of A-Z a-z 0-9 _ -")
		return
	}
	t.userSays(w, r, strings.TrimSpace("/start "+q.Payload))
}

// userSends is typing a message: {"text":"..."}.
func (t *Telegram) userSends(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Text string `json:"text"`
	}
	if !readJSON(w, r, &q) {
		return
	}
	if q.Text == "" || textLength(q.Text) > maxText {
		fail(w, http.StatusBadRequest, "text must have 1 to 4096 characters")
		return
	}
	t.userSays(w, r, q.Text)
}

func (t *Telegram) userSays(w http.ResponseWriter, r *http.Request, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.chat(w, r)
	if u == nil {
		return
	}
	m, err := t.deliverText(u, text)
	if err != nil {
		fail(w, http.StatusInternalServerError, "the message could not be kept")
		return
	}
	writeJSON(w, http.StatusCreated, m)
}

// deliverText puts the user's message into the chat and on its way to the bot; the caller has the lock. A user who
// writes has started the bot, and a block ends with it.
func (t *Telegram) deliverText(u *user, text string) (*message, error) {
	u.Started, u.Blocked = true, false
	m := t.say(u, message{Text: text})
	wire := map[string]any{
		"message_id": m.ID, "date": m.Date, "text": text, "from": from(u), "chat": privateChat(u),
	}
	if strings.HasPrefix(text, "/") {
		command, _, _ := strings.Cut(text, " ")
		wire["entities"] = []map[string]any{{"type": "bot_command", "offset": 0, "length": textLength(command)}}
	}
	t.enqueue(u.ID, "message", wire)
	return m, t.save()
}

// userPresses is pressing a button under a message of the bot: {"message_id":1,"data":"<its callback_data>"}.
func (t *Telegram) userPresses(w http.ResponseWriter, r *http.Request) {
	var q struct {
		MessageID int64  `json:"message_id"`
		Data      string `json:"data"`
	}
	if !readJSON(w, r, &q) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.chat(w, r)
	if u == nil {
		return
	}
	m := u.message(q.MessageID)
	if m == nil || q.Data == "" || !m.Markup.offers(q.Data) {
		fail(w, http.StatusNotFound, "there is no such button")
		return
	}
	id := statedir.RandomToken()[:20]
	for old, info := range t.queries {
		if t.now().After(info.until) || len(t.queries) >= maxQueries {
			delete(t.queries, old)
		}
	}
	t.queries[id] = callbackInfo{u.ID, m.ID, t.now().Add(queryLife)}
	t.enqueue(u.ID, "callback_query", map[string]any{
		"id": id, "from": from(u), "chat_instance": strconv.FormatInt(u.ID, 10), "data": q.Data, "message": t.botMessage(u, m),
	})
	if err := t.save(); err != nil {
		fail(w, http.StatusInternalServerError, "the press could not be kept")
		return
	}
	writeJSON(w, http.StatusCreated, map[string]string{"callback_query_id": id})
}

func (t *Telegram) userBlocks(w http.ResponseWriter, r *http.Request)   { t.setBlocked(w, r, true) }
func (t *Telegram) userUnblocks(w http.ResponseWriter, r *http.Request) { t.setBlocked(w, r, false) }

// setBlocked blocks or unblocks the bot; the bot learns it as my_chat_member.
func (t *Telegram) setBlocked(w http.ResponseWriter, r *http.Request, blocked bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.chat(w, r)
	if u == nil {
		return
	}
	if u.Blocked != blocked {
		status := map[bool]string{true: "kicked", false: "member"}
		member := func(b bool) map[string]any { return map[string]any{"status": status[b], "user": t.botUser()} }
		u.Blocked = blocked
		t.enqueue(u.ID, "my_chat_member", map[string]any{
			"chat": privateChat(u), "from": from(u), "date": t.now().Unix(), "old_chat_member": member(!blocked), "new_chat_member": member(blocked),
		})
	}
	if err := t.save(); err != nil {
		fail(w, http.StatusInternalServerError, "the change could not be kept")
		return
	}
	writeJSON(w, http.StatusOK, public(u))
}

func (k *inlineKeyboard) offers(data string) bool {
	if k == nil {
		return false
	}
	return slices.ContainsFunc(k.Rows, func(row []button) bool {
		return slices.ContainsFunc(row, func(b button) bool { return b.CallbackData == data })
	})
}

// from is the User object of the Bot API.
func from(u *user) map[string]any {
	m := map[string]any{"id": u.ID, "is_bot": false, "first_name": u.FirstName, "language_code": "en"}
	setField(m, "last_name", u.LastName)
	setField(m, "username", u.Username)
	return m
}

// privateChat is the Chat object of the Bot API.
func privateChat(u *user) map[string]any {
	m := map[string]any{"id": u.ID, "type": "private", "first_name": u.FirstName}
	setField(m, "last_name", u.LastName)
	setField(m, "username", u.Username)
	return m
}

func setField(m map[string]any, name, value string) {
	if value != "" {
		m[name] = value
	}
}

// readJSON reads one JSON object, at most maxBody long, and answers 400 if there is none.
func readJSON(w http.ResponseWriter, r *http.Request, into any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		fail(w, http.StatusBadRequest, "the body is not the JSON object expected: "+err.Error())
		return false
	}
	return true
}
