package studio

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
)

// The one game, as operators name it.
const (
	GameCode    = "pbs_goldenvault"
	gameName    = "Golden Vault"
	gameID      = 1001
	productName = "Pitboss Sandbox Studio"
)

// launchRequest is the body of /game/url (providers.md 2.7). Pointers tell an absent field from an empty one.
type launchRequest struct {
	User       *string `json:"user"`
	Token      *string `json:"token"`
	OperatorID int64   `json:"operator_id"`
	GameCode   *string `json:"game_code"`
	Currency   *string `json:"currency"`
	Country    *string `json:"country"`
	Lang       *string `json:"lang"`
	Platform   *string `json:"platform"`
	IP         *string `json:"ip"`
	LobbyURL   *string `json:"lobby_url"`
	DepositURL *string `json:"deposit_url"`
}

// gameURL starts a session and answers {"url":...}, where the player's browser is sent.
func (s *Studio) gameURL(w http.ResponseWriter, r *http.Request) {
	var q launchRequest
	if _, ok := s.signedRequest(w, r, &q); !ok {
		return
	}
	if err := q.check(); err != nil {
		launchError(w, http.StatusBadRequest, err.Error())
		return
	}
	id, err := s.addSession(session{
		OperatorID: q.OperatorID, User: text(q.User), Token: text(q.Token), Currency: *q.Currency, Country: *q.Country,
		Lang: *q.Lang, Platform: *q.Platform, LobbyURL: *q.LobbyURL, DepositURL: text(q.DepositURL),
	})
	if err != nil {
		s.log.Error("session is not durable", "err", err)
		launchError(w, http.StatusInternalServerError, "internal error")
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"url": s.cfg.PublicURL + "/game/" + id})
}

// gameList answers the array of games the operator may launch.
func (s *Studio) gameList(w http.ResponseWriter, r *http.Request) {
	var q struct {
		OperatorID int64 `json:"operator_id"`
	}
	if _, ok := s.signedRequest(w, r, &q); !ok {
		return
	}
	writeJSON(w, http.StatusOK, []map[string]any{{
		"url_thumb":         s.cfg.PublicURL + "/assets/thumb.svg",
		"url_background":    s.cfg.PublicURL + "/assets/background.svg",
		"product":           productName,
		"platforms":         []string{"GPL_DESKTOP", "GPL_MOBILE"},
		"name":              gameName,
		"game_code":         GameCode,
		"game_id":           gameID,
		"freebet_support":   false,
		"enabled":           true,
		"category":          "Video Slots",
		"blocked_countries": []string{},
	}})
}

// gameRound answers {"url":...}, a page that shows the round the transaction belongs to.
func (s *Studio) gameRound(w http.ResponseWriter, r *http.Request) {
	var q struct {
		OperatorID      int64  `json:"operator_id"`
		User            string `json:"user"`
		TransactionUUID string `json:"transaction_uuid"`
		Round           string `json:"round"`
	}
	if _, ok := s.signedRequest(w, r, &q); !ok {
		return
	}
	if q.TransactionUUID == "" && q.Round == "" {
		launchError(w, http.StatusBadRequest, "transaction_uuid or round is required")
		return
	}
	s.mu.Lock()
	id := s.byRef[q.TransactionUUID]
	if q.TransactionUUID == "" {
		id = q.Round
	}
	rnd := s.rounds[id]
	view := ""
	if rnd != nil && rnd.OperatorID == q.OperatorID && (q.User == "" || q.User == rnd.User) && (q.Round == "" || q.Round == rnd.ID) {
		view = rnd.View
	}
	s.mu.Unlock()
	if view == "" {
		launchError(w, http.StatusNotFound, "no such round")
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"url": s.cfg.PublicURL + "/rounds/" + view})
}

// signedRequest reads the body, finds the operator it names and verifies that operator's signature over the raw bytes.
// It answers the error itself and then returns false: 400 for what is no JSON or lacks operator_id, 404 for an unknown
// operator, 401 for a signature that is not that operator's.
func (s *Studio) signedRequest(w http.ResponseWriter, r *http.Request, into any) (*Operator, bool) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		launchError(w, http.StatusRequestEntityTooLarge, "body too long")
		return nil, false
	}
	if err != nil {
		launchError(w, http.StatusBadRequest, "body cannot be read")
		return nil, false
	}
	var who struct {
		OperatorID *int64 `json:"operator_id"`
	}
	if err = json.Unmarshal(raw, &who); err != nil {
		launchError(w, http.StatusBadRequest, describe(err))
		return nil, false
	}
	if who.OperatorID == nil {
		launchError(w, http.StatusBadRequest, "operator_id is required")
		return nil, false
	}
	s.mu.Lock()
	op := s.operators[*who.OperatorID]
	s.mu.Unlock()
	switch {
	case op == nil || op.Disabled:
		launchError(w, http.StatusNotFound, "unknown operator")
	case !verify(op.key, raw, r.Header.Get(signatureHeader)):
		launchError(w, http.StatusUnauthorized, "invalid signature")
	default:
		if err = json.Unmarshal(raw, into); err != nil {
			launchError(w, http.StatusBadRequest, describe(err))
			return nil, false
		}
		return op, true
	}
	return nil, false
}

// describe names the field that a body has wrong, without Go's words.
func describe(err error) string {
	if t := (*json.UnmarshalTypeError)(nil); errors.As(err, &t) && t.Field != "" {
		return t.Field + " has the wrong type"
	}
	return "body is not a JSON object"
}

var (
	country  = regexp.MustCompile(`^[A-Z]{2}$`)
	language = regexp.MustCompile(`^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$`)
)

// check names the first field that is missing or wrong.
func (q launchRequest) check() error {
	demo := text(q.Currency) == demoCurrency
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
	_, known := currencies[*q.Currency]
	switch {
	case !demo && (len(*q.User) < 4 || len(*q.User) > 255):
		return errors.New("user must have 4 to 255 characters")
	case !demo && (len(*q.Token) < 10 || len(*q.Token) > 255):
		return errors.New("token must have 10 to 255 characters")
	case *q.GameCode != GameCode:
		return errors.New("game_code is unknown")
	case !known:
		return errors.New("currency is not supported")
	case !country.MatchString(*q.Country):
		return errors.New("country must be two capital letters")
	case len(*q.Lang) > 35 || !language.MatchString(*q.Lang):
		return errors.New("lang is not a language code")
	case *q.Platform != "GPL_DESKTOP" && *q.Platform != "GPL_MOBILE":
		return errors.New("platform must be GPL_DESKTOP or GPL_MOBILE")
	case !webURL(*q.LobbyURL):
		return errors.New("lobby_url must be an absolute http(s) URL")
	case text(q.DepositURL) != "" && !webURL(*q.DepositURL):
		return errors.New("deposit_url must be an absolute http(s) URL")
	}
	return nil
}

// webURL keeps javascript: and the like out of links in the page.
func webURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= 2048 && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

func launchError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"error": message})
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
