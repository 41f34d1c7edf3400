package inbox

import (
	"crypto/subtle"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"strconv"
	"strings"
)

//go:embed assets
var assets embed.FS

var pages = template.Must(template.ParseFS(assets, "assets/*.html"))

const pageSize = 50

// Policies: the pages use their own files only; a mail's HTML is shown without scripts, forms or anything from
// elsewhere, in a frame of an origin of its own.
const (
	pagePolicy = "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	mailPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

// Handler serves the pages (/, /messages/{id}) and the JSON API (/api/messages). The caller strips its prefix. Links
// are relative, so the prefix does not matter.
func (in *Inbox) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", in.showList)
	mux.HandleFunc("GET /messages/{id}", in.showMessage)
	mux.HandleFunc("GET /messages/{id}/html", in.showHTML)
	mux.HandleFunc("GET /messages/{id}/raw", in.showRaw)
	mux.HandleFunc("GET /assets/inbox.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, assets, "assets/inbox.css")
	})
	mux.HandleFunc("GET /api/messages", in.apiList)
	mux.HandleFunc("GET /api/messages/{id}", in.apiGet)
	mux.HandleFunc("DELETE /api/messages", in.apiClear)
	rules := in.faults.Handler()
	mux.HandleFunc("/admin/faults", func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if subtle.ConstantTimeCompare([]byte(token), []byte(in.token)) != 1 {
			writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "the administrator's token is missing or wrong"})
			return
		}
		rules.ServeHTTP(w, r)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		if r.URL.Path == "" { // the bare prefix: relative links need the slash
			path, _, _ := strings.Cut(r.RequestURI, "?")
			w.Header().Set("Location", path+"/")
			w.WriteHeader(http.StatusMovedPermanently)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (in *Inbox) apiList(w http.ResponseWriter, r *http.Request) {
	limit := pageSize
	if v := r.URL.Query().Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxMessages {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "limit is a number from 1 to 1000"})
			return
		}
		limit = n
	}
	writeJSON(w, http.StatusOK, map[string]any{"messages": in.store.find(r.URL.Query().Get("to"), limit)})
}

func (in *Inbox) apiGet(w http.ResponseWriter, r *http.Request) {
	m, ok := in.store.get(r.PathValue("id"))
	if !ok {
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "no such message"})
		return
	}
	writeJSON(w, http.StatusOK, decode(m))
}

func (in *Inbox) apiClear(w http.ResponseWriter, _ *http.Request) {
	if err := in.store.clear(); err != nil {
		in.cfg.Log.Error("inbox could not be cleared", "error", err)
		writeJSON(w, http.StatusInternalServerError, map[string]string{"error": "the messages could not be removed"})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the reader has gone away: nobody to tell
}

func (in *Inbox) showList(w http.ResponseWriter, r *http.Request) {
	to := r.URL.Query().Get("to")
	in.page(w, "list.html", map[string]any{"Messages": in.store.find(to, pageSize), "To": to})
}

func (in *Inbox) showMessage(w http.ResponseWriter, r *http.Request) {
	if m, ok := in.store.get(r.PathValue("id")); ok {
		in.page(w, "message.html", decode(m))
		return
	}
	http.Error(w, "There is no such message.", http.StatusNotFound)
}

func (in *Inbox) page(w http.ResponseWriter, name string, data any) {
	var b strings.Builder
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		in.cfg.Log.Error("inbox page failed", "page", name, "error", err)
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	_, _ = w.Write([]byte(b.String())) // the browser has gone away: nobody to tell
}

func (in *Inbox) showHTML(w http.ResponseWriter, r *http.Request) {
	m, ok := in.store.get(r.PathValue("id"))
	if !ok {
		http.Error(w, "There is no such message.", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", mailPolicy)
	_, _ = w.Write([]byte(decode(m).HTML)) // the browser has gone away: nobody to tell
}

func (in *Inbox) showRaw(w http.ResponseWriter, r *http.Request) {
	m, ok := in.store.get(r.PathValue("id"))
	if !ok {
		http.Error(w, "There is no such message.", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(m.Raw) // the browser has gone away: nobody to tell
}
