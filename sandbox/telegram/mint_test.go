package telegram

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// dataCheckString is written here anew, from the documentation, and not shared with the code under test.
func dataCheckString(q url.Values, skip ...string) string {
	var lines []string
	for k := range q {
		if !strings.Contains(","+strings.Join(skip, ",")+",", ","+k+",") {
			lines = append(lines, k+"="+q.Get(k))
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func TestInitData(t *testing.T) {
	s := newSandbox(t)
	anna := s.newUser("Anna")
	res, out := s.admin(http.MethodPost, "/admin/init-data", fmt.Sprintf(`{"user_id":%d,"start_param":"promo-1","auth_date":1700000000}`, anna))
	require.Equal(t, http.StatusOK, res.StatusCode)
	q, err := url.ParseQuery(out["init_data"].(string))
	require.NoError(t, err)
	c := s.tg.Credentials()

	key := hmac.New(sha256.New, []byte("WebAppData"))
	key.Write([]byte(c.BotToken))
	want := hmac.New(sha256.New, key.Sum(nil))
	want.Write([]byte(dataCheckString(q, "hash")))
	require.Equal(t, hex.EncodeToString(want.Sum(nil)), q.Get("hash"))

	public, err := hex.DecodeString(c.Ed25519PublicKey)
	require.NoError(t, err)
	signature, err := base64.RawURLEncoding.DecodeString(q.Get("signature"))
	require.NoError(t, err)
	signed := fmt.Sprintf("%d:WebAppData\n%s", c.BotID, dataCheckString(q, "hash", "signature"))
	require.True(t, ed25519.Verify(public, []byte(signed), signature))

	require.Equal(t, "1700000000", q.Get("auth_date"))
	require.Equal(t, "promo-1", q.Get("start_param"))
	var who map[string]any
	require.NoError(t, json.Unmarshal([]byte(q.Get("user")), &who))
	require.EqualValues(t, anna, who["id"])
	require.Equal(t, "Test & Co", who["last_name"])
	require.NotContains(t, who, "allows_write_to_pm")
	res, _ = s.admin(http.MethodPost, "/admin/init-data", `{"user_id":1}`)
	require.Equal(t, http.StatusNotFound, res.StatusCode)
}

func TestWidget(t *testing.T) {
	s := newSandbox(t)
	anna := s.newUser("Anna")
	_, out := s.admin(http.MethodPost, "/admin/widget", fmt.Sprintf(`{"user_id":%d}`, anna))
	q, err := url.ParseQuery(out["query"].(string))
	require.NoError(t, err)
	key := sha256.Sum256([]byte(s.tg.Credentials().BotToken))
	want := hmac.New(sha256.New, key[:])
	want.Write([]byte(dataCheckString(q, "hash")))
	require.Equal(t, hex.EncodeToString(want.Sum(nil)), q.Get("hash"))
	require.NotContains(t, q, "photo_url", "absent fields are not sent")
	require.Equal(t, q.Get("hash"), out["fields"].(map[string]any)["hash"])
}

func TestSecretsAndSettings(t *testing.T) {
	s := newSandbox(t)
	before := s.tg.Credentials()
	require.Regexp(t, `^\d{10}:[A-Za-z0-9_-]{35}$`, before.BotToken)
	for _, path := range []string{"/admin/credentials", "/admin/settings", "/faults"} {
		res, _ := s.do(http.MethodGet, path, "")
		require.Equal(t, http.StatusUnauthorized, res.StatusCode, path)
	}
	_, out := s.admin(http.MethodGet, "/admin/credentials", "")
	require.Equal(t, before.BotToken, out["bot_token"])
	for _, bad := range []string{`{"settings":{"algorithm":"none"}}`, `{"redirect_uris":["/x"]}`, `{"x":1}`, ``} {
		res, _ := s.admin(http.MethodPut, "/admin/settings", bad)
		require.Equal(t, http.StatusBadRequest, res.StatusCode, bad)
	}
	s.close()
	s.open()
	after := s.tg.Credentials()
	require.Equal(t, before.BotToken, after.BotToken)
	require.Equal(t, before.ClientSecret, after.ClientSecret)
	require.Equal(t, before.Ed25519PublicKey, after.Ed25519PublicKey)
	entries, err := os.ReadDir(s.cfg.StateDir)
	require.NoError(t, err)
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), e.Name())
	}
}

func TestUsers(t *testing.T) {
	s := newSandbox(t)
	res, out := s.do(http.MethodPost, "/users", `{"first_name":"Zoë","username":"@zoe_1"}`)
	require.Equal(t, http.StatusCreated, res.StatusCode, out)
	for _, bad := range []string{
		`{}`, `{"first_name":"x","username":"zoe_1"}`, `{"first_name":"x","username":"1"}`, `{"first_name":"x","id":"-1"}`,
		`{"first_name":"x","id":"100000001"}`, `{"first_name":"x","id":"9007199254740993"}`, `{"first_name":"x","phone":"abc"}`, `{"first_name":1}`,
	} {
		res, _ := s.do(http.MethodPost, "/users", bad)
		require.Equal(t, http.StatusBadRequest, res.StatusCode, bad)
	}
	_, out = s.do(http.MethodGet, "/users", "")
	require.Len(t, out["users"], 1)
	for path, want := range map[string]int{"/chat/100000001": 200, "/chat/5": 404, "/chat/x": 404, "/t.me/other_bot": 404, "/assets/chat.js": 200, "/assets/auth.html": 404} {
		res, _ := s.do(http.MethodGet, path, "")
		require.Equal(t, want, res.StatusCode, path)
	}
	res, _ = s.do(http.MethodPost, "/chat/100000001/start", `{"payload":"`+strings.Repeat("x", 65)+`"}`)
	require.Equal(t, http.StatusBadRequest, res.StatusCode)
	res, _ = s.do(http.MethodPost, "/chat/100000001/send", `{"text":""}`)
	require.Equal(t, http.StatusBadRequest, res.StatusCode)
	res, _ = s.do(http.MethodPost, "/chat/100000001/send", `{"text":"hello"}`)
	require.Equal(t, http.StatusCreated, res.StatusCode)
}
