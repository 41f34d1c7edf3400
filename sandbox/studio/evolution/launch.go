package evolution

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// Routes serves user authentication (launch) and round details.
func (p Protocol) Routes(m *http.ServeMux, h wallet.Host) {
	m.HandleFunc("POST /ua/v1/{casino}/{token}", func(w http.ResponseWriter, r *http.Request) { p.launch(w, r, h) })
	m.HandleFunc("GET /api/render/v1/details", func(w http.ResponseWriter, r *http.Request) { p.details(w, r, h) })
}

type launchRequest struct {
	UUID   string `json:"uuid"`
	Player struct {
		ID       string `json:"id"`
		Country  string `json:"country"`
		Language string `json:"language"`
		Currency string `json:"currency"`
		Session  struct {
			ID string `json:"id"`
			IP string `json:"ip"`
		} `json:"session"`
	} `json:"player"`
	Config struct {
		Game struct {
			Table struct {
				ID string `json:"id"`
			} `json:"table"`
		} `json:"game"`
		Channel struct {
			Mobile bool `json:"mobile"`
		} `json:"channel"`
		URLs struct {
			Cashier string `json:"cashier"`
			Lobby   string `json:"lobby"`
		} `json:"urls"`
	} `json:"config"`
}

// launch answers paths on this host. Without a table it opens the studio's first game, as there is no lobby.
func (p Protocol) launch(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	l := h.Licensee(p.Name(), r.PathValue("casino"))
	switch {
	case l == nil:
		refuse(w, http.StatusForbidden, "G.1", "unknown casino")
		return
	case subtle.ConstantTimeCompare([]byte(l.Settings[settingAPIToken]), []byte(r.PathValue("token"))) != 1:
		refuse(w, http.StatusForbidden, "G.2", "wrong token")
		return
	}
	raw, err := wallet.ReadBody(w, r)
	if err != nil {
		return
	}
	var q launchRequest
	if err := json.Unmarshal(raw, &q); err != nil || q.UUID == "" {
		refuse(w, http.StatusBadRequest, "G.0", "the body is no launch")
		return
	}
	code := q.Config.Game.Table.ID
	if code == "" {
		code = h.Games()[0].Code
	}
	url, err := h.Launch(l, wallet.Session{
		Player: wallet.Player{ID: q.Player.ID, Token: q.Player.Session.ID, Currency: q.Player.Currency}, Game: wallet.Game{Code: code},
		Country: q.Player.Country, Lang: q.Player.Language, Mobile: q.Config.Channel.Mobile, IP: q.Player.Session.IP,
		LobbyURL: q.Config.URLs.Lobby, DepositURL: q.Config.URLs.Cashier,
	})
	if wrong := (*wallet.LaunchError)(nil); errors.As(err, &wrong) {
		reason := "G.0"
		if wrong.Field == "game" {
			reason = "G.11"
		}
		refuse(w, http.StatusBadRequest, reason, wrong.Error())
		return
	}
	if err != nil {
		refuse(w, http.StatusInternalServerError, "G.0", "internal error")
		return
	}
	wallet.Reply(w, http.StatusOK, map[string]string{"entry": wallet.PathOf(url), "entryEmbedded": wallet.PathOf(url)})
}

// details is a round's page, for the casino's back office.
func (p Protocol) details(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	user, password, _ := r.BasicAuth()
	l := h.Licensee(p.Name(), user)
	if l == nil || subtle.ConstantTimeCompare([]byte(l.Settings[settingAPIToken]), []byte(password)) != 1 {
		w.Header().Set("WWW-Authenticate", `Basic realm="details"`)
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	found, ok := h.Round(l, r.URL.Query().Get("gameId"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	_, _ = io.WriteString(w, "<!doctype html><title>Round</title><h1>"+html.EscapeString(found.Game.Name)+"</h1><p>Round "+html.EscapeString(found.ID)+
		": "+html.EscapeString(found.State)+", staked "+found.Staked.String()+", won "+found.Won.String()+" "+html.EscapeString(found.Player.Currency)+
		`</p><p><a href="`+html.EscapeString(h.PublicURL()+"/rounds/"+found.View)+`">The whole round</a></p>`) // the reader has gone away: nobody to tell
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	wallet.Reply(w, status, map[string]any{"errors": []map[string]string{{"code": code, "message": message}}})
}
