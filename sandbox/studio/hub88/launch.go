package hub88

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

const (
	maxBody     = 64 << 10
	productName = "Pitboss Sandbox Studio"
)

// Routes serves the operator's calls, all signed by the operator.
func (p Protocol) Routes(m *http.ServeMux, h wallet.Host) {
	m.HandleFunc("POST "+p.api+"/game/url", func(w http.ResponseWriter, r *http.Request) { p.gameURL(w, r, h) })
	m.HandleFunc("POST "+p.api+"/game/list", func(w http.ResponseWriter, r *http.Request) { p.gameList(w, r, h) })
	m.HandleFunc("POST "+p.api+"/game/round", func(w http.ResponseWriter, r *http.Request) { p.gameRound(w, r, h) })
	p.freeRoutes(m, h)
}

// launchRequest is the body of /game/url. Pointers tell an absent field from an empty one.
type launchRequest struct {
	User       *string `json:"user"`
	Token      *string `json:"token"`
	GameCode   *string `json:"game_code"`
	Currency   *string `json:"currency"`
	Country    *string `json:"country"`
	Lang       *string `json:"lang"`
	Platform   *string `json:"platform"`
	IP         *string `json:"ip"`
	LobbyURL   *string `json:"lobby_url"`
	DepositURL *string `json:"deposit_url"`
}

// fields names a launch's fields as the protocol does.
var fields = map[string]string{
	"game": "game_code", "currency": "currency", "country": "country", "language": "lang", "lobby": "lobby_url", "deposit": "deposit_url",
	"player": "user", "token": "token",
}

// gameURL starts a session and answers {"url":...}, where the player's browser is sent.
func (p Protocol) gameURL(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	var q launchRequest
	l, ok := p.signed(w, r, h, &q)
	if !ok {
		return
	}
	if err := p.missing(q); err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	s := wallet.Session{
		Player:  wallet.Player{ID: text(q.User), Token: text(q.Token), Currency: *q.Currency},
		Game:    wallet.Game{Code: *q.GameCode},
		Country: *q.Country, Lang: *q.Lang, Mobile: *q.Platform == "GPL_MOBILE", IP: text(q.IP), LobbyURL: text(q.LobbyURL), DepositURL: text(q.DepositURL),
	}
	if s.Demo = *q.Currency == p.demo; s.Demo {
		s.Player.Currency = wallet.DemoCurrency
	}
	url, err := h.Launch(l, s)
	if wrong := (*wallet.LaunchError)(nil); errors.As(err, &wrong) {
		fail(w, http.StatusBadRequest, fields[wrong.Field]+" "+wrong.Problem)
		return
	}
	if err != nil {
		fail(w, http.StatusInternalServerError, "internal error")
		return
	}
	reply(w, http.StatusOK, map[string]string{"url": url})
}

// missing names the first field that is missing or, by this protocol's own rules, wrong.
func (p Protocol) missing(q launchRequest) error {
	demo := text(q.Currency) == p.demo
	required := []struct {
		name  string
		value *string
		need  bool
	}{
		{"user", q.User, !demo}, {"token", q.Token, !demo}, {"game_code", q.GameCode, true}, {"currency", q.Currency, true},
		{"country", q.Country, true}, {"lang", q.Lang, true}, {"platform", q.Platform, true}, {"ip", q.IP, !demo},
		{"lobby_url", q.LobbyURL, true},
	}
	for _, f := range required {
		if f.need && text(f.value) == "" {
			return fmt.Errorf("%s is required", f.name)
		}
	}
	switch {
	case !demo && (len(*q.User) < 4 || len(*q.User) > 255):
		return errors.New("user must have 4 to 255 characters")
	case !demo && (len(*q.Token) < 10 || len(*q.Token) > 255):
		return errors.New("token must have 10 to 255 characters")
	case *q.Platform != "GPL_DESKTOP" && *q.Platform != "GPL_MOBILE":
		return errors.New("platform must be GPL_DESKTOP or GPL_MOBILE")
	}
	return nil
}

// gameList answers the array of games the operator may launch.
func (p Protocol) gameList(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	if _, ok := p.signed(w, r, h, nil); !ok {
		return
	}
	out := []map[string]any{}
	for _, g := range h.Games() {
		out = append(out, map[string]any{
			"url_thumb": g.Thumb, "url_background": g.Backdrop, "product": productName, "platforms": []string{"GPL_DESKTOP", "GPL_MOBILE"},
			"name": g.Name, "game_code": g.Code, "game_id": g.ID, "freebet_support": g.FreeSpins, "enabled": true, "category": g.Category,
			"blocked_countries": []string{},
		})
	}
	reply(w, http.StatusOK, out)
}

// gameRound answers {"url":...}, a page that shows the round the transaction belongs to.
func (p Protocol) gameRound(w http.ResponseWriter, r *http.Request, h wallet.Host) {
	var q struct {
		User            string `json:"user"`
		TransactionUUID string `json:"transaction_uuid"`
		Round           string `json:"round"`
	}
	l, ok := p.signed(w, r, h, &q)
	if !ok {
		return
	}
	ref := q.TransactionUUID
	if ref == "" {
		ref = q.Round
	}
	if ref == "" {
		fail(w, http.StatusBadRequest, "transaction_uuid or round is required")
		return
	}
	found, ok := h.Round(l, ref)
	if !ok || q.User != "" && q.User != found.Player.ID || q.Round != "" && q.Round != found.ID {
		fail(w, http.StatusNotFound, "no such round")
		return
	}
	reply(w, http.StatusOK, map[string]string{"url": h.PublicURL() + "/rounds/" + found.View})
}

// signed reads the body, finds the operator it names and verifies that operator's signature over the raw bytes. It
// answers the error itself and then returns false: 400 for what is no JSON or lacks operator_id, 404 for an unknown
// operator, 401 for a signature that is not that operator's.
func (p Protocol) signed(w http.ResponseWriter, r *http.Request, h wallet.Host, into any) (*wallet.Licensee, bool) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		fail(w, http.StatusRequestEntityTooLarge, "body too long")
		return nil, false
	}
	if err != nil {
		fail(w, http.StatusBadRequest, "body cannot be read")
		return nil, false
	}
	key, problem := p.operatorID(raw)
	if problem != "" {
		fail(w, http.StatusBadRequest, problem)
		return nil, false
	}
	l := h.Licensee(p.name, key)
	switch {
	case l == nil:
		fail(w, http.StatusNotFound, "unknown operator")
		return nil, false
	case !Verify(l.RSA, raw, r.Header.Get(p.signature)):
		fail(w, http.StatusUnauthorized, "invalid signature")
		return nil, false
	}
	if into != nil {
		if err = json.Unmarshal(raw, into); err != nil {
			fail(w, http.StatusBadRequest, describe(err))
			return nil, false
		}
	}
	return l, true
}

// operatorID is an integer at Hub88 and a string at Caleta.
func (p Protocol) operatorID(raw []byte) (id, problem string) {
	var who struct {
		OperatorID json.RawMessage `json:"operator_id"`
	}
	if err := json.Unmarshal(raw, &who); err != nil {
		return "", describe(err)
	}
	if len(who.OperatorID) == 0 || string(who.OperatorID) == "null" {
		return "", "operator_id is required"
	}
	if p.named {
		var n int64
		if json.Unmarshal(who.OperatorID, &n) != nil {
			return "", "operator_id has the wrong type"
		}
		return string(who.OperatorID), ""
	}
	if json.Unmarshal(who.OperatorID, &id) != nil {
		return "", "operator_id has the wrong type"
	}
	return id, ""
}

// describe names the field that a body has wrong, without Go's words.
func describe(err error) string {
	if t := (*json.UnmarshalTypeError)(nil); errors.As(err, &t) && t.Field != "" {
		return t.Field + " has the wrong type"
	}
	return "body is not a JSON object"
}

func fail(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]string{"error": strings.TrimSpace(message)})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the reader has gone away: nobody to tell
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
