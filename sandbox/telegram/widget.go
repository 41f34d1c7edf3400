package telegram

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// authorizeWidget is the login widget's page in its redirect form, the one that its button opens:
// /auth?bot_id=&origin=&return_to=. The answer stands in the fragment of return_to, so the site's server does not see it:
// tgAuthResult=<base64url of the fields as JSON>, or tgAuthResult=false when the person cancels.
func (t *Telegram) authorizeWidget(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("return_to"))
	switch {
	case q.Get("bot_id") != strconv.FormatInt(t.secret.BotID, 10):
		t.problem(w, http.StatusBadRequest, "bot_id is unknown")
	case !t.knowsOrigin(q.Get("origin")):
		t.problem(w, http.StatusBadRequest, "Bot domain invalid: BotFather does not know this origin")
	case err != nil || originOf(back) != q.Get("origin") || back.User != nil || back.Fragment != "":
		t.problem(w, http.StatusBadRequest, "return_to is not an address at the origin")
	default:
		t.askConsent(w, r, &authRequest{redirectURI: back.String(), widget: true, until: t.now().Add(authLife)})
	}
}

// knowsOrigin tells whether BotFather's /setdomain named this site. Here the sites are those of the redirect URIs.
func (t *Telegram) knowsOrigin(origin string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, uri := range t.state.RedirectURIs {
		if u, err := url.Parse(uri); err == nil && originOf(u) == origin {
			return true
		}
	}
	return false
}

// originOf is scheme and host of an address.
func originOf(u *url.URL) string { return u.Scheme + "://" + u.Host }

// backFromWidget sends the browser back with the fields of a user, or with false without one.
func (t *Telegram) backFromWidget(w http.ResponseWriter, r *http.Request, a *authRequest, userID int64) {
	result := "false"
	if userID != 0 {
		fields, err := t.Widget(userID, 0)
		if err != nil {
			t.problem(w, http.StatusBadRequest, err.Error())
			return
		}
		if result, err = widgetResult(fields); err != nil {
			t.problem(w, http.StatusInternalServerError, "the answer cannot be written")
			return
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, a.redirectURI+"#tgAuthResult="+result, http.StatusSeeOther)
}

// widgetResult writes the fields as Telegram does: id and auth_date are numbers.
func widgetResult(fields map[string]string) (string, error) {
	out := map[string]any{}
	for k, v := range fields {
		out[k] = v
		if k == "id" || k == "auth_date" {
			out[k] = json.Number(v)
		}
	}
	text, err := json.Marshal(out)
	return base64.RawURLEncoding.EncodeToString(text), err
}

// themes are the colours that Telegram's apps give a Mini App by day and by night, reduced to what tells them apart.
var themes = map[string]string{
	"light": `{"bg_color":"#ffffff","text_color":"#000000","button_color":"#2481cc","button_text_color":"#ffffff","secondary_bg_color":"#efeff3"}`,
	"dark":  `{"bg_color":"#17212b","text_color":"#f5f5f5","button_color":"#5288c1","button_text_color":"#ffffff","secondary_bg_color":"#232e3c"}`,
}

// SetWebApp names the address that the bot's Mini App opens, as BotFather holds it.
func (t *Telegram) SetWebApp(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https" {
		return errWebApp
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state.WebApp == address {
		return nil
	}
	t.state.WebApp = address
	return t.save()
}

// miniApp answers the address that Telegram's app opens for a user: the Mini App's own with the launch parameters in the fragment.
func (t *Telegram) miniApp(userID int64, startParam, theme string) (string, error) {
	data, err := t.InitData(userID, 0, startParam)
	if err != nil {
		return "", err
	}
	t.mu.Lock()
	address := t.state.WebApp
	t.mu.Unlock()
	if address == "" {
		return "", errWebApp
	}
	if themes[theme] == "" {
		theme = "light"
	}
	// The order is Telegram's.
	var launch strings.Builder
	for _, p := range [][2]string{{"tgWebAppData", data}, {"tgWebAppVersion", "8.0"}, {"tgWebAppPlatform", "android"}, {"tgWebAppThemeParams", themes[theme]}} {
		launch.WriteString("&" + p[0] + "=" + url.QueryEscape(p[1]))
	}
	return address + "#" + launch.String()[1:], nil
}

// miniAppPage stands in for https://t.me/<bot>?startapp=: it asks which sandbox user opens the Mini App.
func (t *Telegram) miniAppPage(w http.ResponseWriter, startParam string) {
	t.mu.Lock()
	users := t.publicUsers()
	t.mu.Unlock()
	t.render(w, "miniapp.html", map[string]any{
		"Bot": t.cfg.BotUsername, "Name": t.cfg.BotName, "StartParam": startParam, "Users": users, "Base": t.cfg.PublicURL,
	})
}

// miniAppOpen is the user's tap on that page.
func (t *Telegram) miniAppOpen(w http.ResponseWriter, r *http.Request) {
	picked, err := t.pick(r.PostForm)
	if err == nil {
		var address string
		if address, err = t.miniApp(picked.ID, r.PostForm.Get("startapp"), r.PostForm.Get("theme")); err == nil {
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, address, http.StatusSeeOther)
			return
		}
	}
	t.problem(w, http.StatusBadRequest, err.Error())
}

// mintLaunch answers the address that Telegram's app would open for a user.
func (t *Telegram) mintLaunch(w http.ResponseWriter, r *http.Request) {
	var q struct {
		UserID     int64  `json:"user_id"`
		StartParam string `json:"start_param"`
		Theme      string `json:"theme"`
	}
	if !readJSON(w, r, &q) {
		return
	}
	address, err := t.miniApp(q.UserID, q.StartParam, q.Theme)
	if err != nil {
		fail(w, http.StatusNotFound, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"url": address})
}
