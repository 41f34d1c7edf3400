package studio

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/pitboss-gaming/pitboss/sandbox/statedir"
	"github.com/pitboss-gaming/pitboss/sandbox/strictjson"
)

const maxBody = 64 << 10

// routes lists everything the studio serves.
func (s *Studio) routes() *http.ServeMux {
	m := http.NewServeMux()
	// For operators: each protocol's own API.
	for _, name := range Protocols() {
		protocols[name].Routes(m, s)
	}
	// For the games' pages and for scripted players.
	m.HandleFunc("GET /play/{session}", s.getSession)
	m.HandleFunc("GET /play/{session}/rounds", s.listSessionRounds)
	m.HandleFunc("GET /play/{session}/spins/{spin_id}", s.getSpin)
	m.HandleFunc("POST /play/{session}/spin", s.postSpin)
	m.HandleFunc("POST /play/{session}/rounds/{round}/actions", s.postAction)
	m.HandleFunc("GET /play/{session}/fairness", s.getFairness)
	m.HandleFunc("POST /play/{session}/fairness/rotate", s.rotateSeeds)
	// Wallets that the studio keeps, with their own protocol and game.
	s.purses.Routes(m, func(h http.Handler) http.Handler { return statedir.Guard(s.adminToken, h) })
	// Pages.
	m.HandleFunc("GET /game/{session}", s.gamePage)
	m.HandleFunc("GET /rounds/{view}", s.roundPage)
	m.HandleFunc("GET /verify", s.verifyPage)
	m.HandleFunc("GET /assets/{file}", s.asset)
	m.HandleFunc("GET /assets/symbols/{file}", s.symbol)
	for _, g := range games {
		at := "GET /games/" + g.about().Code + "/"
		m.HandleFunc(at+"paytable", func(w http.ResponseWriter, _ *http.Request) { s.paytablePage(w, g) })
		m.HandleFunc(at+"paytable.json", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, g.paytable()) })
		m.HandleFunc(at+"info.json", func(w http.ResponseWriter, _ *http.Request) { s.infoJSON(w, g) })
	}
	m.HandleFunc("GET /public-key.pem", s.publicKey)
	// For whoever runs the sandbox.
	admin := func(pattern string, h http.HandlerFunc) { m.Handle(pattern, statedir.Guard(s.adminToken, h)) }
	admin("PUT /admin/operators/{operator_id}", s.putOperator)
	admin("GET /admin/operators", s.listOperators)
	admin("GET /admin/books", s.getBooks)
	admin("/faults", s.faults.Handler().ServeHTTP)
	return m
}

func (s *Studio) publicKey(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, _ = io.WriteString(w, s.PublicKeyPEM()) // the reader has gone away: nobody to tell
}

// apiError is the error of the play and admin APIs.
type apiError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	RetryMS int64  `json:"retry_after_ms,omitempty"`
}

func fail(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, map[string]any{"error": apiError{Code: code, Message: message}})
}

// internal answers 500 and keeps the cause in the log.
func (s *Studio) internal(w http.ResponseWriter, doing string, err error) {
	s.log.Error("request failed", "doing", doing, "err", err)
	fail(w, http.StatusInternalServerError, "internal", "the studio cannot do this now")
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the reader has gone away: nobody to tell
}

// readJSON reads one JSON object of known fields, at most maxBody long.
func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	return strictjson.Decode(http.MaxBytesReader(w, r.Body, maxBody), into)
}
