package telegram

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// widget opens the widget's page, decides, and returns the address that the browser is sent back to.
func (s *sandbox) widget(decide url.Values) *url.URL {
	q := url.Values{"bot_id": {strconv.FormatInt(s.tg.Credentials().BotID, 10)}, "origin": {"https://casino.example"}, "return_to": {"https://casino.example/login/telegram?state=st"}}
	res, out := s.do(http.MethodGet, "/auth?"+q.Encode(), "", "Accept", "application/json")
	require.Equal(s.t, http.StatusOK, res.StatusCode, out)
	res, _ = s.form(out["decide"].(string), decide)
	require.Equal(s.t, http.StatusSeeOther, res.StatusCode)
	require.Equal(s.t, "no-store", res.Header.Get("Cache-Control"))
	to, err := res.Location()
	require.NoError(s.t, err)
	require.Equal(s.t, "https://casino.example/login/telegram?state=st", strings.Split(to.String(), "#")[0])
	return to
}

func TestWidgetComesBackInTheFragment(t *testing.T) {
	s := newSandbox(t)
	anna := s.newUser("Anna")
	result, ok := strings.CutPrefix(s.widget(url.Values{"user_id": {strconv.FormatInt(anna, 10)}}).Fragment, "tgAuthResult=")
	require.True(t, ok)
	raw, err := base64.RawURLEncoding.DecodeString(result)
	require.NoError(t, err)
	var got struct {
		ID       int64  `json:"id"`
		Name     string `json:"first_name"`
		LastName string `json:"last_name"`
		Username string `json:"username"`
		AuthDate int64  `json:"auth_date"`
		Hash     string `json:"hash"`
	}
	require.NoError(t, json.Unmarshal(raw, &got))
	require.Equal(t, "Test & Co", got.LastName)
	want, err := s.tg.Widget(anna, got.AuthDate)
	require.NoError(t, err)
	require.Equal(t, want["hash"], got.Hash, "signed like what /admin/widget mints, which TestWidget verifies")
	require.Equal(t, "tgAuthResult=false", s.widget(url.Values{"action": {"deny"}}).Fragment)
	require.NotEqual(t, "tgAuthResult=false", s.widget(url.Values{"first_name": {"Нино"}}).Fragment)
}

func TestWidgetRefusesForeignSites(t *testing.T) {
	s := newSandbox(t)
	good := url.Values{"bot_id": {strconv.FormatInt(s.tg.Credentials().BotID, 10)}, "origin": {"https://casino.example"}, "return_to": {"https://casino.example/x"}}
	for change, want := range map[string]string{
		"bot_id=1": "bot_id", "origin=https://evil.example": "domain", "origin=": "domain", "return_to=https://evil.example/": "return_to",
		"return_to=https://casino.example/%23x": "return_to", "return_to=https://casino.example@evil.example/": "return_to", "return_to=": "return_to",
	} {
		changed, err := url.ParseQuery(change)
		require.NoError(t, err)
		q, err := url.ParseQuery(good.Encode())
		require.NoError(t, err)
		for k, v := range changed {
			q[k] = v
		}
		res, page := s.do(http.MethodGet, "/auth?"+q.Encode(), "")
		require.Equal(t, http.StatusBadRequest, res.StatusCode, change)
		require.Contains(t, page["raw"], want, change)
	}
}

func TestMiniAppIsOpenedWithItsLaunchParameters(t *testing.T) {
	s := newSandbox(t)
	anna, bot := s.newUser("Anna"), s.tg.Credentials().BotUsername
	open := url.Values{"startapp": {"promo-1"}, "theme": {"dark"}, "user_id": {strconv.FormatInt(anna, 10)}}
	res, _ := s.form("/t.me/"+bot, open)
	require.Equal(t, http.StatusBadRequest, res.StatusCode, "BotFather knows no address yet")
	require.Error(t, s.tg.SetWebApp("casino.example"))
	require.NoError(t, s.tg.SetWebApp("https://casino.example/"))
	res, page := s.do(http.MethodGet, "/t.me/"+bot+"?startapp=promo-1", "")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, page["raw"], "Open as")
	res, _ = s.form("/t.me/"+bot, open)
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	address, fragment, _ := strings.Cut(res.Header.Get("Location"), "#")
	require.Equal(t, "https://casino.example/", address)
	launch, err := url.ParseQuery(fragment)
	require.NoError(t, err)
	data, err := url.ParseQuery(launch.Get("tgWebAppData"))
	require.NoError(t, err)
	require.Equal(t, "promo-1", data.Get("start_param"))
	require.NotEmpty(t, data.Get("hash"))
	require.Contains(t, launch.Get("tgWebAppThemeParams"), `"bg_color":"#17212b"`)
	res, out := s.admin(http.MethodPost, "/admin/mini-app", `{"user_id":`+strconv.FormatInt(anna, 10)+`}`)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, out["url"], "https://casino.example/#tgWebAppData=")
	res, _ = s.admin(http.MethodPost, "/admin/mini-app", `{"user_id":1}`)
	require.Equal(t, http.StatusNotFound, res.StatusCode)
}
