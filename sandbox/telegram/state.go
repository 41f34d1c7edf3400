package telegram

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// Bounds of what is kept.
const (
	maxUsers    = 10_000
	maxMessages = 200    // per chat
	maxUpdates  = 10_000 // undelivered
	maxRedirect = 100
)

const stateFile = "state.json"

// state is everything that survives a restart. It is written whole after each change.
type state struct {
	Users        []*user    `json:"users"`
	Updates      []*pending `json:"updates"` // undelivered, by update_id
	NextUpdate   int64      `json:"next_update"`
	NextMessage  int64      `json:"next_message"`
	Webhook      webhook    `json:"webhook"`
	RedirectURIs []string   `json:"redirect_uris"`
	Settings     settings   `json:"settings"`
	WebApp       string     `json:"web_app_url,omitempty"`
}

// user is a Telegram account of the sandbox with its private chat with the bot.
type user struct {
	ID        int64      `json:"id"`
	FirstName string     `json:"first_name"`
	LastName  string     `json:"last_name,omitempty"`
	Username  string     `json:"username,omitempty"`
	Phone     string     `json:"phone,omitempty"`
	PhotoURL  string     `json:"photo_url,omitempty"`
	Started   bool       `json:"started"` // has pressed START: the bot may write
	Blocked   bool       `json:"blocked"`
	Messages  []*message `json:"messages,omitempty"`
}

// message is one line of a chat as the sandbox shows it.
type message struct {
	ID      int64           `json:"message_id"`
	FromBot bool            `json:"from_bot"`
	Date    int64           `json:"date"`
	Edited  int64           `json:"edit_date,omitempty"`
	Text    string          `json:"text"`
	Markup  *inlineKeyboard `json:"reply_markup,omitempty"`
	// Answer is what answerCallbackQuery showed last on a button of this message.
	Answer string `json:"callback_answer,omitempty"`
}

type inlineKeyboard struct {
	Rows [][]button `json:"inline_keyboard"`
}

type button struct {
	Text         string `json:"text"`
	CallbackData string `json:"callback_data,omitempty"`
	URL          string `json:"url,omitempty"`
}

// pending is an update that the platform has not taken yet.
type pending struct {
	ID       int64           `json:"update_id"`
	Chat     int64           `json:"chat"`
	Kind     string          `json:"kind"`
	Body     json.RawMessage `json:"body"`
	Attempts int             `json:"attempts"`
	NextAt   time.Time       `json:"next_at"`
	MadeAt   time.Time       `json:"made_at"`
}

type webhook struct {
	URL            string   `json:"url"`
	SecretToken    string   `json:"secret_token,omitempty"`
	MaxConnections int      `json:"max_connections"`
	AllowedUpdates []string `json:"allowed_updates,omitempty"`
	LastErrorDate  int64    `json:"last_error_date,omitempty"`
	LastError      string   `json:"last_error_message,omitempty"`
}

// settings can be changed at run time.
type settings struct {
	Algorithm  string `json:"algorithm"`   // RS256 or ES256: how id_tokens are signed
	NumericAud bool   `json:"numeric_aud"` // aud as a JSON number in every id_token
}

func (t *Telegram) loadState() error {
	t.state = state{NextUpdate: 1, NextMessage: 1, Settings: settings{Algorithm: "RS256"}}
	b, err := t.dir.Read(stateFile)
	if err != nil || b == nil {
		return err
	}
	if err = json.Unmarshal(b, &t.state); err != nil {
		return fmt.Errorf("%s is damaged: %w", t.dir.Path(stateFile), err)
	}
	for _, u := range t.state.Updates {
		u.NextAt = time.Time{} // a restart tries at once
	}
	return nil
}

// save makes the state durable; the caller has the lock.
func (t *Telegram) save() error {
	b, err := json.Marshal(t.state)
	if err != nil {
		return err
	}
	if err = t.dir.Write(stateFile, b); err != nil {
		t.log.Error("state is not durable", "err", err)
	}
	return err
}

// user finds a user; the caller has the lock.
func (t *Telegram) user(id int64) *user {
	for _, u := range t.state.Users {
		if u.ID == id {
			return u
		}
	}
	return nil
}

// say appends a message to the user's chat; the caller has the lock and saves.
func (t *Telegram) say(u *user, m message) *message {
	m.ID, m.Date = t.state.NextMessage, t.now().Unix()
	t.state.NextMessage++
	u.Messages = append(u.Messages, &m)
	if excess := len(u.Messages) - maxMessages; excess > 0 {
		u.Messages = slices.Clone(u.Messages[excess:])
	}
	return &m
}

func (u *user) message(id int64) *message {
	for _, m := range u.Messages {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// ErrRedirect is wrapped by the errors of AllowRedirect about the URI.
var ErrRedirect = errors.New("telegram: invalid redirect URI")

// AllowRedirect adds a URI to those the OAuth client may use; it is compared exactly.
func (t *Telegram) AllowRedirect(uri string) error {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%w: %q is not an absolute http(s) URL without fragment", ErrRedirect, uri)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if slices.Contains(t.state.RedirectURIs, uri) {
		return nil
	}
	if len(t.state.RedirectURIs) >= maxRedirect {
		return fmt.Errorf("%w: there are %d already", ErrRedirect, maxRedirect)
	}
	t.state.RedirectURIs = append(t.state.RedirectURIs, uri)
	return t.save()
}
