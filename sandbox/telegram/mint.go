package telegram

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pitboss-gaming/pitboss/sandbox/statedir"
)

// mintRequest says for whom and when. AuthDate 0 is now; tests use others to be late.
type mintRequest struct {
	UserID     int64  `json:"user_id"`
	AuthDate   int64  `json:"auth_date"`
	StartParam string `json:"start_param"` // Mini App only
}

// InitData is what Telegram's app gives a Mini App that the user opens: the query string with hash and signature
// (integration.md 1.4). authDate is in Unix seconds, 0 means now. The error says that there is no such user.
func (t *Telegram) InitData(userID, authDate int64, startParam string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.user(userID)
	if u == nil {
		return "", errNoUser
	}
	who := from(u)
	delete(who, "is_bot")
	setField(who, "photo_url", u.PhotoURL)
	if u.Started && !u.Blocked {
		who["allows_write_to_pm"] = true
	}
	text, err := json.Marshal(who)
	if err != nil {
		return "", err
	}
	fields := map[string]string{
		"query_id": "AA" + statedir.RandomToken()[:20], "user": string(text), "auth_date": t.date(authDate),
	}
	if startParam != "" {
		fields["start_param"] = startParam
	}
	signed := fmt.Sprintf("%d:WebAppData\n%s", t.secret.BotID, checkString(fields))
	fields["signature"] = base64.RawURLEncoding.EncodeToString(ed25519.Sign(t.edKey, []byte(signed)))
	key := mac([]byte("WebAppData"), t.secret.BotToken)
	fields["hash"] = hex.EncodeToString(mac(key, checkString(fields))) // the signature is part of what is hashed
	q := url.Values{}
	for k, v := range fields {
		q.Set(k, v)
	}
	return q.Encode(), nil
}

// Widget is what the legacy Login Widget gives to the site (integration.md 1.3): the fields with their hash.
func (t *Telegram) Widget(userID, authDate int64) (map[string]string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.user(userID)
	if u == nil {
		return nil, errNoUser
	}
	fields := map[string]string{"id": strconv.FormatInt(u.ID, 10), "first_name": u.FirstName, "auth_date": t.date(authDate)}
	for k, v := range map[string]string{"last_name": u.LastName, "username": u.Username, "photo_url": u.PhotoURL} {
		if v != "" {
			fields[k] = v
		}
	}
	key := sha256.Sum256([]byte(t.secret.BotToken))
	fields["hash"] = hex.EncodeToString(mac(key[:], checkString(fields)))
	return fields, nil
}

func (t *Telegram) mintInitData(w http.ResponseWriter, r *http.Request) {
	var q mintRequest
	if !readJSON(w, r, &q) {
		return
	}
	if len(q.StartParam) > 512 {
		fail(w, http.StatusBadRequest, "start_param has more than 512 characters")
		return
	}
	data, err := t.InitData(q.UserID, q.AuthDate, q.StartParam)
	if err != nil {
		fail(w, http.StatusNotFound, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"init_data": data})
}

func (t *Telegram) mintWidget(w http.ResponseWriter, r *http.Request) {
	var q mintRequest
	if !readJSON(w, r, &q) {
		return
	}
	fields, err := t.Widget(q.UserID, q.AuthDate)
	if err != nil {
		fail(w, http.StatusNotFound, err.Error())
		return
	}
	values := url.Values{}
	for k, v := range fields {
		values.Set(k, v)
	}
	writeJSON(w, http.StatusOK, map[string]any{"fields": fields, "query": values.Encode()})
}

// getSettings and putSettings: {"settings":{"algorithm":"RS256"|"ES256","numeric_aud":bool},"redirect_uris":[...]};
// redirect_uris given are added.
func (t *Telegram) getSettings(w http.ResponseWriter, _ *http.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	writeJSON(w, http.StatusOK, settingsBody{&t.state.Settings, t.state.RedirectURIs})
}

type settingsBody struct {
	Settings     *settings `json:"settings"`
	RedirectURIs []string  `json:"redirect_uris"`
}

func (t *Telegram) putSettings(w http.ResponseWriter, r *http.Request) {
	var q settingsBody
	if !readJSON(w, r, &q) {
		return
	}
	if s := q.Settings; s != nil && s.Algorithm != "RS256" && s.Algorithm != "ES256" {
		fail(w, http.StatusBadRequest, "algorithm must be RS256 or ES256")
		return
	}
	for _, uri := range q.RedirectURIs {
		if err := t.AllowRedirect(uri); err != nil {
			fail(w, http.StatusBadRequest, err.Error())
			return
		}
	}
	t.mu.Lock()
	var err error
	if q.Settings != nil {
		t.state.Settings = *q.Settings
		err = t.save()
	}
	t.mu.Unlock()
	if err != nil {
		fail(w, http.StatusInternalServerError, "the settings could not be kept")
		return
	}
	t.getSettings(w, r)
}

func (t *Telegram) date(given int64) string {
	if given == 0 {
		given = t.now().Unix()
	}
	return strconv.FormatInt(given, 10)
}

// checkString is Telegram's data_check_string of all the fields.
func checkString(fields map[string]string) string {
	lines := make([]string, 0, len(fields))
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		lines = append(lines, k+"="+fields[k])
	}
	return strings.Join(lines, "\n")
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
