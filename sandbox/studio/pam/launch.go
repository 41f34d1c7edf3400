package pam

import (
	"errors"
	"net/http"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// Routes serves the launch. The PAM API has none, so this one is the studio's own: a URL that the operator builds and the
// browser opens,
//
//	/pam/launch?provider=&gameId=&playerId=&currency=&token=&language=&country=&lobbyUrl=&depositUrl=&mode=real|demo
//
// token being the session token that the PAM knows. What it claims is worth nothing before getSession has answered.
func (p Protocol) Routes(m *http.ServeMux, h wallet.Host) {
	m.HandleFunc("GET /pam/launch", func(w http.ResponseWriter, r *http.Request) { p.launch(w, r, h) })
}

func (p Protocol) launch(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	q := r.URL.Query()
	l := h.Licensee(p.Name(), q.Get("provider"))
	if l == nil {
		http.Error(w, "unknown provider", http.StatusNotFound)
		return
	}
	url, err := h.Launch(l, wallet.Session{
		Player: wallet.Player{ID: q.Get("playerId"), Token: q.Get("token"), Currency: q.Get("currency")}, Game: wallet.Game{Code: q.Get("gameId")},
		Demo: q.Get("mode") == "demo", Country: q.Get("country"), Lang: q.Get("language"), LobbyURL: q.Get("lobbyUrl"), DepositURL: q.Get("depositUrl"),
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
