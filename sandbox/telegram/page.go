package telegram

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"path"
	"strconv"
)

//go:embed assets
var assets embed.FS

var pages = template.Must(template.ParseFS(assets, "assets/*.html"))

var contentTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

// asset serves scripts and styles, but not the page templates.
func (t *Telegram) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	kind, ok := contentTypes[path.Ext(name)]
	content, err := assets.ReadFile("assets/" + name)
	if !ok || err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(content) // the reader has gone away: nobody to tell
}

// chatPage is a user's Telegram app, reduced to the chat with the bot.
func (t *Telegram) chatPage(w http.ResponseWriter, r *http.Request) {
	t.mu.Lock()
	u := t.chat(w, r)
	if u == nil {
		t.mu.Unlock()
		return
	}
	who := public(u)
	t.mu.Unlock()
	t.render(w, "chat.html", map[string]any{"User": who, "Bot": t.cfg.BotUsername, "Name": t.cfg.BotName, "Base": t.cfg.PublicURL})
}

// deepLinkPage stands in for https://t.me/<bot>?start=<payload>: it asks which sandbox user opens the link.
func (t *Telegram) deepLinkPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Has("startapp") && r.PathValue("bot") == t.cfg.BotUsername && startAppPattern.MatchString(q.Get("startapp")) {
		t.miniAppPage(w, q.Get("startapp"))
		return
	}
	payload := q.Get("start")
	if r.PathValue("bot") != t.cfg.BotUsername || !payloadPattern.MatchString(payload) {
		t.problem(w, http.StatusNotFound, "there is no such bot, or the start parameter is not one")
		return
	}
	t.mu.Lock()
	users := t.publicUsers()
	t.mu.Unlock()
	t.render(w, "deeplink.html", map[string]any{
		"Bot": t.cfg.BotUsername, "Name": t.cfg.BotName, "Payload": payload, "Users": users, "Base": t.cfg.PublicURL,
	})
}

// deepLinkOpen is the user's START on that page; it leads to the chat.
func (t *Telegram) deepLinkOpen(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil || r.PathValue("bot") != t.cfg.BotUsername || !payloadPattern.MatchString(r.PostForm.Get("start")) {
		t.problem(w, http.StatusBadRequest, "the form cannot be read, or there is no such bot")
		return
	}
	if r.PostForm.Has("startapp") {
		t.miniAppOpen(w, r)
		return
	}
	picked, err := t.pick(r.PostForm)
	if err == nil {
		t.mu.Lock()
		text := "/start"
		if payload := r.PostForm.Get("start"); payload != "" {
			text += " " + payload
		}
		_, err = t.deliverText(t.user(picked.ID), text)
		t.mu.Unlock()
	}
	if err != nil {
		t.problem(w, http.StatusBadRequest, err.Error())
		return
	}
	http.Redirect(w, r, t.cfg.PublicURL+"/chat/"+strconv.FormatInt(picked.ID, 10), http.StatusSeeOther)
}

func (t *Telegram) problem(w http.ResponseWriter, status int, message string) {
	t.renderStatus(w, status, "problem.html", map[string]any{"Message": message, "Base": t.cfg.PublicURL})
}

func (t *Telegram) render(w http.ResponseWriter, name string, data any) {
	t.renderStatus(w, http.StatusOK, name, data)
}

// renderStatus sends a page that loads only the stand-in's own files. form-action is left open because the consent
// form's answer redirects to the client.
func (t *Telegram) renderStatus(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		t.log.Error("page cannot be rendered", "page", name, "err", err)
		fail(w, http.StatusInternalServerError, "the page cannot be shown")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader has gone away: nobody to tell
}
