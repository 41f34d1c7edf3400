package a8r

import (
	"crypto/hmac"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// Routes serves the casino's calls, all signed with the casino's secret.
func (p Protocol) Routes(m *http.ServeMux, h wallet.Host) {
	m.HandleFunc("POST /v2/casino_a8r.Launcher/Real", func(w http.ResponseWriter, r *http.Request) { p.launch(w, r, h, false) })
	m.HandleFunc("POST /v2/casino_a8r.Launcher/Demo", func(w http.ResponseWriter, r *http.Request) { p.launch(w, r, h, true) })
	m.HandleFunc("POST /v2/casino_a8r.Game/List", func(w http.ResponseWriter, r *http.Request) { p.list(w, r, h) })
	p.freeRoutes(m, h)
}

type launchRequest struct {
	ClientType string `json:"client_type"`
	Game       string `json:"game"`
	IP         string `json:"ip"`
	Locale     string `json:"locale"`
	Player     struct {
		ID       string `json:"id"`
		Currency string `json:"currency"`
		Country  string `json:"country"`
	} `json:"player"`
	URLs struct {
		Deposit string `json:"deposit_url"`
		Return  string `json:"return_url"`
	} `json:"urls"`
}

// launch answers launch_url. The protocol has no session token: wallet calls name the player.
func (p Protocol) launch(w http.ResponseWriter, r *http.Request, h wallet.Host, demo bool) {
	var q launchRequest
	l, ok := p.signed(w, r, h, &q)
	if !ok {
		return
	}
	url, err := h.Launch(l, wallet.Session{
		Player: wallet.Player{ID: q.Player.ID, Token: q.Player.ID, Currency: q.Player.Currency}, Demo: demo, Game: wallet.Game{Code: q.Game},
		Country: q.Player.Country, Lang: q.Locale, Mobile: q.ClientType == "mobile", IP: q.IP, LobbyURL: q.URLs.Return, DepositURL: q.URLs.Deposit,
	})
	if wrong := (*wallet.LaunchError)(nil); errors.As(err, &wrong) {
		refuse(w, http.StatusBadRequest, "invalid_argument", "400", wrong.Error())
		return
	}
	if err != nil {
		refuse(w, http.StatusInternalServerError, "internal", "500", "internal error")
		return
	}
	wallet.Reply(w, http.StatusOK, map[string]string{"launch_url": url})
}

func (p Protocol) list(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	l, ok := p.signed(w, r, h, nil)
	if !ok {
		return
	}
	games := []map[string]any{}
	for _, g := range h.Games() {
		games = append(games, map[string]any{"id": g.Code, "title": g.Name, "category": strings.ToLower(g.Category), "has_freespins": g.FreeSpins})
	}
	wallet.Reply(w, http.StatusOK, map[string]any{"providers": []map[string]any{{
		"id": l.Setting(settingProvider, defaultProvider), "title": "Pitboss Sandbox Studio", "games": games,
	}}})
}

// signed reads the body and checks the signature of the casino that it names. It answers the error itself.
func (p Protocol) signed(w http.ResponseWriter, r *http.Request, h wallet.Host, into any) (*wallet.Licensee, bool) {
	raw, err := wallet.ReadBody(w, r)
	if err != nil {
		return nil, false
	}
	var who struct {
		CasinoID string `json:"casino_id"`
	}
	if json.Unmarshal(raw, &who) != nil || into != nil && json.Unmarshal(raw, into) != nil {
		refuse(w, http.StatusBadRequest, "invalid_argument", "400", "the body is no JSON object of this method")
		return nil, false
	}
	l := h.Licensee(p.Name(), who.CasinoID)
	if l == nil || !hmac.Equal([]byte(Sign(l.Settings[settingToken], raw)), []byte(r.Header.Get(signatureHeader))) {
		refuse(w, http.StatusForbidden, "permission_denied", "403", "Forbidden")
		return nil, false
	}
	return l, true
}

func refuse(w http.ResponseWriter, status int, code, apiCode, message string) {
	wallet.Reply(w, status, map[string]any{"code": code, "msg": message, "meta": map[string]string{"api_code": apiCode, "api_message": message}})
}
