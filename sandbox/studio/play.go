package studio

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/pitboss-gaming/pitboss/sandbox/statedir"
)

// maxSpinWait is how long a spin's request is kept open for its outcome. It exceeds what four attempts of a bet take;
// a round that takes longer is answered as it is and can be asked about.
const maxSpinWait = 10 * time.Second

var spinIDPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// roundView is a round as the player sees it.
type roundView struct {
	RoundID         string       `json:"round_id"`
	SpinID          string       `json:"spin_id"`
	TransactionUUID string       `json:"transaction_uuid"` // of the bet
	Status          string       `json:"status"`           // pending, settled, refused, cancelling, cancelled, disputed
	Reason          string       `json:"reason,omitempty"`
	Message         string       `json:"message,omitempty"`
	Currency        string       `json:"currency"`
	Bet             string       `json:"bet"`
	Win             *string      `json:"win,omitempty"` // once drawn
	Outcome         *outcomeView `json:"outcome,omitempty"`
	Balance         *string      `json:"balance,omitempty"` // after the last message the wallet answered
	CreatedAt       time.Time    `json:"created_at"`
	EndedAt         *time.Time   `json:"ended_at,omitempty"`
}

// sessionView is what the page starts from.
type sessionView struct {
	Game       string     `json:"game"`
	GameCode   string     `json:"game_code"`
	Currency   string     `json:"currency"`
	Demo       bool       `json:"demo"`
	Balance    *string    `json:"balance"`
	BalanceErr *apiError  `json:"balance_error,omitempty"`
	Bets       []string   `json:"bets"`
	DefaultBet string     `json:"default_bet"`
	MinCycleMS int64      `json:"min_cycle_ms"`
	OpenRound  *roundView `json:"open_round,omitempty"`
	LastRound  *roundView `json:"last_round,omitempty"`
	LobbyURL   string     `json:"lobby_url,omitempty"`
	DepositURL string     `json:"deposit_url,omitempty"`
}

// getSession answers the session with a fresh balance from the wallet.
func (s *Studio) getSession(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	found, ok := s.findSession(w, r)
	if !ok {
		s.mu.Unlock()
		return
	}
	x, op := *found, s.operators[found.OperatorID]
	s.mu.Unlock()

	c := currencies[x.Currency]
	v := sessionView{
		Game: gameName, GameCode: GameCode, Currency: x.Currency, Demo: x.Demo, MinCycleMS: s.cfg.MinCycle.Milliseconds(),
		LobbyURL: x.LobbyURL, DepositURL: x.DepositURL,
	}
	stakes := c.stakes()
	for _, stake := range stakes {
		v.Bets = append(v.Bets, c.format(stake))
	}
	v.DefaultBet = c.format(stakes[min(3, len(stakes)-1)])
	if x.Demo {
		balance := c.format(x.DemoBalance)
		v.Balance = &balance
	} else {
		if op != nil && op.UserInfo {
			s.callInfo(r.Context(), x) // the studio shows nothing of it; the operator sees that it was asked
		}
		v.Balance, v.BalanceErr = balanceOf(c, s.callBalance(r.Context(), x))
	}
	s.mu.Lock()
	if id := s.open[x.ID]; id != "" {
		v.OpenRound = s.view(*s.rounds[id])
	}
	if last := s.sessionRounds(x.ID, 1); len(last) > 0 {
		v.LastRound = s.view(last[0])
	}
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, v)
}

// listSessionRounds answers the session's latest rounds, newest first (?limit=1..100, default 20).
func (s *Studio) listSessionRounds(w http.ResponseWriter, r *http.Request) {
	limit, ok := limitOf(w, r, 20, 100)
	if !ok {
		return
	}
	s.mu.Lock()
	x, ok := s.findSession(w, r)
	if !ok {
		s.mu.Unlock()
		return
	}
	rounds := s.sessionRounds(x.ID, limit)
	s.mu.Unlock()
	out := make([]*roundView, 0, len(rounds))
	for _, rnd := range rounds {
		out = append(out, s.view(rnd))
	}
	writeJSON(w, http.StatusOK, map[string]any{"rounds": out})
}

// getSpin answers the round of a spin id, so that a client whose answer was lost can look before it spins again.
func (s *Studio) getSpin(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.findSession(w, r)
	if !ok {
		return
	}
	id, ok := s.spins[spinKey(x.ID, r.PathValue("spin_id"))]
	if !ok {
		fail(w, http.StatusNotFound, "spin_not_found", "there is no such spin in this session")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"round": s.view(*s.rounds[id])})
}

// postSpin plays one round: {"spin_id":"<made by the client, 8..64 of A-Za-z0-9_->","bet":"1.00"}. The same spin_id
// again gives the same round. It answers when the round is settled, refused or cancelled, or as soon as its win has
// to be delivered again later ("pending").
func (s *Studio) postSpin(w http.ResponseWriter, r *http.Request) {
	var q struct {
		SpinID string `json:"spin_id"`
		Bet    string `json:"bet"`
	}
	if err := readJSON(w, r, &q); err != nil {
		fail(w, http.StatusBadRequest, "bad_request", "body must be {\"spin_id\":...,\"bet\":...}")
		return
	}
	if !spinIDPattern.MatchString(q.SpinID) {
		fail(w, http.StatusBadRequest, "bad_spin_id", "spin_id must be 8 to 64 of A-Z a-z 0-9 _ -")
		return
	}
	id, ok := s.startRound(w, r, q.SpinID, q.Bet)
	if !ok {
		return
	}
	s.launchDrive(id, func() {})
	ctx, cancel := context.WithTimeout(r.Context(), maxSpinWait)
	defer cancel()
	rnd, ok := s.await(ctx, id)
	if !ok {
		fail(w, http.StatusNotFound, "spin_not_found", "this spin is too old to be shown")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"round": s.view(rnd)})
}

// startRound finds the spin's round or makes it. It becomes durable with its first attempt, before anything is sent.
// Refusals are answered here.
func (s *Studio) startRound(w http.ResponseWriter, r *http.Request, spinID, bet string) (id string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.findSession(w, r)
	if !ok {
		return "", false
	}
	c := currencies[x.Currency]
	minor, err := c.parse(bet)
	if err != nil || !c.allows(minor) {
		fail(w, http.StatusBadRequest, "bad_bet", "bet must be one of the session's bet levels")
		return "", false
	}
	if id, ok := s.spins[spinKey(x.ID, spinID)]; ok {
		if s.rounds[id].Bet != minor {
			fail(w, http.StatusConflict, "spin_id_reused", "this spin_id was used with another bet")
			return "", false
		}
		return id, true
	}
	if open := s.open[x.ID]; open != "" {
		writeJSON(w, http.StatusConflict, map[string]any{
			"error": apiError{Code: "round_open", Message: "the previous round is not finished yet"},
			"round": s.view(*s.rounds[open]),
		})
		return "", false
	}
	now := s.cfg.Clock()
	if left := s.cfg.MinCycle - now.Sub(x.lastSpin); left > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64((left+time.Second-1)/time.Second), 10))
		writeJSON(w, http.StatusTooManyRequests, map[string]any{
			"error": apiError{Code: "too_fast", Message: "please wait a moment between spins", RetryMS: left.Milliseconds() + 1},
		})
		return "", false
	}
	x.lastSpin = now
	rnd := &round{
		ID: uuid.NewString(), View: statedir.RandomToken(), SpinID: spinID, Session: x.ID, OperatorID: x.OperatorID,
		User: x.User, Token: x.Token, Currency: x.Currency, Demo: x.Demo, Bet: minor, State: betting,
		BetTx: uuid.NewString(), WinTx: uuid.NewString(), RollbackTx: uuid.NewString(), CreatedAt: s.now(),
	}
	s.index(rnd)
	return rnd.ID, true
}

// findSession looks up the path's session and answers what is wrong with it; the caller has the lock.
func (s *Studio) findSession(w http.ResponseWriter, r *http.Request) (*session, bool) {
	x, over, ok := s.session(r.PathValue("session"))
	switch {
	case !ok:
		fail(w, http.StatusNotFound, "session_not_found", "there is no such game session")
	case over:
		fail(w, http.StatusGone, "session_expired", "this game session is over; please start the game again")
	default:
		return x, true
	}
	return nil, false
}

// sessionRounds lists the session's rounds, newest first; the caller has the lock.
func (s *Studio) sessionRounds(sessionID string, limit int) []round {
	ids := s.bySession[sessionID]
	out := make([]round, 0, min(limit, len(ids)))
	for _, id := range slices.Backward(ids) {
		if len(out) == limit {
			break
		}
		if r, ok := s.rounds[id]; ok {
			out = append(out, *r)
		}
	}
	return out
}

// view makes what the player sees of a round.
func (s *Studio) view(r round) *roundView {
	c := currencies[r.Currency]
	v := &roundView{
		RoundID: r.ID, SpinID: r.SpinID, TransactionUUID: r.BetTx, Status: statusFor(r.State), Reason: r.Reason,
		Message: messages[r.Reason], Currency: r.Currency, Bet: c.format(r.Bet), CreatedAt: r.CreatedAt,
	}
	switch {
	case r.State == paying && !r.NextAt.IsZero():
		v.Message = "Your win is safe. It is being delivered to your account."
	case r.State == cancelling:
		v.Message = "The bet did not stand. It is being taken back."
	case r.State == disputed:
		v.Message = "This round needs the support's attention."
	}
	if len(r.Stops) > 0 {
		win := c.format(r.Win)
		v.Win, v.Outcome = &win, outcomeOf(r, c)
	}
	if r.Balance != nil {
		balance := c.formatWire(*r.Balance)
		v.Balance = &balance
	}
	if !r.EndedAt.IsZero() {
		v.EndedAt = &r.EndedAt
	}
	return v
}

func statusFor(st state) string {
	if st == betting || st == paying {
		return "pending"
	}
	return string(st)
}

// messages are what the player reads when a bet did not stand.
var messages = map[string]string{
	reasonFunds:       "Not enough money for this bet.",
	reasonLimit:       "This bet would exceed one of your limits.",
	reasonExpired:     "Your session has expired. Please start the game again from the lobby.",
	reasonDisabled:    "Your account cannot place bets at the moment.",
	reasonUnreachable: "The casino could not be reached. The bet is cancelled.",
	reasonWallet:      "The casino declined the bet. The bet is cancelled.",
}

// balanceOf turns the wallet's answer into a balance or into why there is none.
func balanceOf(c currency, a reply) (*string, *apiError) {
	switch {
	case a.err != nil:
		return nil, &apiError{Code: reasonUnreachable, Message: "The balance cannot be shown at the moment."}
	case a.Status != statusOK:
		reason := reasonFor(a.Status)
		message := "The casino did not tell the balance."
		if reason == reasonExpired {
			message = messages[reasonExpired]
		}
		return nil, &apiError{Code: reason, Message: message}
	}
	text := c.formatWire(*a.Balance)
	return &text, nil
}

// limitOf reads ?limit=.
func limitOf(w http.ResponseWriter, r *http.Request, fallback, most int) (int, bool) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return fallback, true
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		fail(w, http.StatusBadRequest, "bad_request", "limit must be within 1.."+strconv.Itoa(most))
		return 0, false
	}
	return n, true
}
