package redtiger

import (
	"errors"
	"net/http"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// Routes serves the game host: a launch is a URL that the operator builds and the browser opens, without a call between
// servers. What it claims is worth nothing before the wallet has answered auth.
func (p Protocol) Routes(m *http.ServeMux, h wallet.Host) {
	m.HandleFunc("GET /redtiger/{game}", func(w http.ResponseWriter, r *http.Request) { p.launch(w, r, h) })
}

func (p Protocol) launch(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	q := r.URL.Query()
	l := h.Licensee(p.Name(), q.Get("casino"))
	if l == nil {
		http.Error(w, "unknown casino", http.StatusNotFound)
		return
	}
	url, err := h.Launch(l, wallet.Session{
		Player: wallet.Player{ID: q.Get("userId"), Token: q.Get("token"), Currency: q.Get("currency")}, Game: wallet.Game{Code: r.PathValue("game")},
		Demo: q.Get("playMode") == "demo", Mobile: q.Get("channel") == "M" || q.Get("channel") == "mobile", LobbyURL: q.Get("lobbyUrl"), DepositURL: q.Get("depositUrl"),
	})
	if wrong := (*wallet.LaunchError)(nil); errors.As(err, &wrong) {
		http.Error(w, wrong.Error(), http.StatusBadRequest)
		return
	}
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, url, http.StatusSeeOther)
}
