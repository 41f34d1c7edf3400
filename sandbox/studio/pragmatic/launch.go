package pragmatic

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

const gamesPath = "/IntegrationService/v3/http/CasinoGameAPI"

// Routes serves the integration API's calls, all of them forms with a hash.
func (p Protocol) Routes(m *http.ServeMux, h wallet.Host) {
	m.HandleFunc("POST "+gamesPath+"/game/url/{$}", func(w http.ResponseWriter, r *http.Request) { p.launch(w, r, h) })
	m.HandleFunc("POST "+gamesPath+"/getCasinoGames/{$}", func(w http.ResponseWriter, r *http.Request) { p.list(w, r, h) })
	m.HandleFunc("POST "+gamesPath+"/health/heartbeatCheck/{$}", func(w http.ResponseWriter, _ *http.Request) {
		wallet.Reply(w, http.StatusOK, map[string]string{"error": "0", "description": "OK"})
	})
	p.freeRoutes(m, h)
}

// launch answers gameURL.
func (p Protocol) launch(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	l, form, ok := p.verified(w, r, h)
	if !ok {
		return
	}
	demo := form.Get("playMode") == "DEMO"
	for _, name := range []string{"symbol", "language"} {
		if form.Get(name) == "" {
			refuse(w, "14", name+" is empty")
			return
		}
	}
	for _, name := range []string{"token", "externalPlayerId", "currency"} {
		if !demo && form.Get(name) == "" {
			refuse(w, "14", name+" is empty")
			return
		}
	}
	address, err := h.Launch(l, wallet.Session{
		Player: wallet.Player{ID: form.Get("externalPlayerId"), Token: form.Get("token"), Currency: form.Get("currency")}, Demo: demo,
		Game: wallet.Game{Code: form.Get("symbol")}, Country: form.Get("country"), Lang: form.Get("language"),
		Mobile: form.Get("platform") == "MOBILE", LobbyURL: form.Get("lobbyUrl"), DepositURL: form.Get("cashierUrl"),
	})
	if wrong := (*wallet.LaunchError)(nil); errors.As(err, &wrong) {
		refuse(w, "7", wrong.Error())
		return
	}
	if err != nil {
		refuse(w, "1", "internal error")
		return
	}
	wallet.Reply(w, http.StatusOK, map[string]string{"error": "0", "description": "OK", "gameURL": address})
}

// types are the protocol's words for the studio's games.
var types = map[string][2]string{"slot": {"vs", "Video Slots"}, "roulette": {"rl", "Roulette"}, "blackjack": {"bj", "Blackjack"}, "crash": {"lg", "Crash Games"}}

func (p Protocol) list(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	if _, _, ok := p.verified(w, r, h); !ok {
		return
	}
	games := []map[string]any{}
	for _, g := range h.Games() {
		t := types[g.Kind]
		games = append(games, map[string]any{
			"gameID": g.Code, "gameName": g.Name, "gameTypeID": t[0], "typeDescription": t[1], "technology": "html5", "technologyID": "H5",
			"platform": "MOBILE,DOWNLOAD,WEB", "demoGameAvailable": true, "gameIdNumeric": g.ID, "frbAvailable": g.FreeSpins,
		})
	}
	wallet.Reply(w, http.StatusOK, map[string]any{"error": "0", "description": "OK", "gameList": games})
}

// verified reads the form and checks the hash over everything received. It answers the error itself.
func (p Protocol) verified(w http.ResponseWriter, r *http.Request, h wallet.Host) (*wallet.Licensee, url.Values, bool) {
	raw, err := wallet.ReadBody(w, r)
	if err != nil {
		return nil, nil, false
	}
	form, err := url.ParseQuery(string(raw))
	if err != nil {
		refuse(w, "7", "the form cannot be read")
		return nil, nil, false
	}
	l := h.Licensee(p.Name(), form.Get("secureLogin"))
	if l == nil || subtle.ConstantTimeCompare([]byte(strings.ToLower(form.Get("hash"))), []byte(Hash(form, l.Settings[settingKey]))) != 1 {
		refuse(w, "2", "login or hash is wrong")
		return nil, nil, false
	}
	return l, form, true
}

func refuse(w http.ResponseWriter, code, description string) {
	wallet.Reply(w, http.StatusOK, map[string]string{"error": code, "description": description})
}
