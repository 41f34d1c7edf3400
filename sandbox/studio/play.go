package studio

import (
	"bytes"
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

// sessionView is what the page starts from.
type sessionView struct {
	Game       string       `json:"game"`
	GameCode   string       `json:"game_code"`
	Kind       string       `json:"kind"`
	Currency   string       `json:"currency"`
	Decimals   int          `json:"decimals"`
	Demo       bool         `json:"demo"`
	Balance    *string      `json:"balance"`
	BalanceMS  int64        `json:"balance_ms"` // the server's clock when it was asked for
	BalanceErr *apiError    `json:"balance_error,omitempty"`
	Bets       []string     `json:"bets"`
	DefaultBet string       `json:"default_bet"`
	FreeRounds *freeView    `json:"free_rounds,omitempty"` // to be played next, with {"free":name} instead of a bet
	MinCycleMS int64        `json:"min_cycle_ms"`
	MaxOpen    int          `json:"max_open"`
	ServerMS   int64        `json:"server_ms"`
	Fairness   fairView     `json:"fairness"`
	OpenRound  *roundView   `json:"open_round,omitempty"`
	OpenRounds []*roundView `json:"open_rounds,omitempty"` // all of them, where a game has several
	LastRound  *roundView   `json:"last_round,omitempty"`
	LobbyURL   string       `json:"lobby_url,omitempty"`
	DepositURL string       `json:"deposit_url,omitempty"`
}

// getSession answers the session with a fresh balance from the wallet.
func (s *Studio) getSession(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	found, ok := s.findSession(w, r)
	if !ok {
		s.mu.Unlock()
		return
	}
	x := *found
	s.mu.Unlock()

	g, _ := gameOf(x.Game) // checked at launch
	c, info := currencies[x.Currency], g.about()
	v := sessionView{
		Game: info.Name, GameCode: info.Code, Kind: info.Kind, Currency: x.Currency, Decimals: c.decimals, Demo: x.Demo,
		MinCycleMS: s.minCycle(info).Milliseconds(), MaxOpen: info.MaxOpen, LobbyURL: x.LobbyURL, DepositURL: x.DepositURL,
	}
	stakes := c.stakes()
	for _, stake := range stakes {
		v.Bets = append(v.Bets, c.format(stake))
	}
	v.DefaultBet = c.format(stakes[min(3, len(stakes)-1)])
	v.BalanceMS = s.now().UnixMilli()
	if x.Demo {
		balance := c.format(x.DemoBalance)
		v.Balance = &balance
	} else {
		v.Balance, v.BalanceErr = balanceOf(c, s.askBalance(r.Context(), x))
	}
	s.mu.Lock()
	for _, id := range s.openRounds(x.ID) {
		v.OpenRounds = append(v.OpenRounds, s.view(s.rounds[id]))
		v.OpenRound = v.OpenRounds[0]
	}
	if last := s.sessionRounds(x.ID, 1); len(last) > 0 {
		v.LastRound = s.view(last[0])
	}
	if v.Balance == nil && v.BalanceErr == nil { // the protocol cannot ask
		v.Balance = s.lastBalance(found)
	}
	v.FreeRounds = s.freeFor(found)
	v.Fairness, v.ServerMS = fairOf(found), s.now().UnixMilli()
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, v)
}

// minCycle is the pause between two rounds; a game whose rounds run side by side has none.
func (s *Studio) minCycle(a about) time.Duration {
	if a.MaxOpen > 1 {
		return 0
	}
	return s.cfg.MinCycle
}

// listSessionRounds answers the session's latest rounds, newest first (?limit=1..100, default 20).
func (s *Studio) listSessionRounds(w http.ResponseWriter, r *http.Request) {
	limit, ok := limitOf(w, r, 20, 100)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.findSession(w, r)
	if !ok {
		return
	}
	out := []*roundView{}
	for _, rnd := range s.sessionRounds(x.ID, limit) {
		out = append(out, s.view(rnd))
	}
	writeJSON(w, http.StatusOK, map[string]any{"rounds": out, "server_ms": s.now().UnixMilli()})
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
	writeJSON(w, http.StatusOK, map[string]any{"round": s.view(s.rounds[id])})
}

// postSpin starts one round: {"spin_id":"<made by the client, 8..64 of A-Za-z0-9_->","bet":"1.00"}, at roulette with
// "bets" instead of "bet", at crash perhaps with "auto_cashout". The same spin_id again gives the same round. It answers
// when the round is settled, refused or cancelled, when it is the player's turn, or as soon as its win has to be
// delivered again later ("pending").
func (s *Studio) postSpin(w http.ResponseWriter, r *http.Request) {
	var q ask
	if err := readJSON(w, r, &q); err != nil {
		fail(w, http.StatusBadRequest, "bad_request", "body must be {\"spin_id\":...,\"bet\":...}")
		return
	}
	if !spinIDPattern.MatchString(q.SpinID) {
		fail(w, http.StatusBadRequest, "bad_spin_id", "spin_id must be 8 to 64 of A-Z a-z 0-9 _ -")
		return
	}
	id, ok := s.startRound(w, r, q)
	if !ok {
		return
	}
	s.finishRequest(w, r, id)
}

// finishRequest drives the round and answers when there is something to tell.
func (s *Studio) finishRequest(w http.ResponseWriter, r *http.Request, id string) {
	s.launchDrive(id, func() {})
	ctx, cancel := context.WithTimeout(r.Context(), maxSpinWait)
	defer cancel()
	rnd, ok := s.await(ctx, id)
	if !ok {
		fail(w, http.StatusNotFound, "spin_not_found", "this spin is too old to be shown")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]any{"round": s.view(&rnd)})
}

// startRound finds the spin's round or makes it. It becomes durable with its first attempt, before anything is sent.
// Refusals are answered here.
func (s *Studio) startRound(w http.ResponseWriter, r *http.Request, q ask) (id string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.findSession(w, r)
	if !ok {
		return "", false
	}
	g, _ := gameOf(x.Game) // checked at launch
	c, info := currencies[x.Currency], g.about()
	free, wrong := s.freeAsked(x, q)
	if free != nil {
		q.Bet = c.format(free.Bet)
	}
	if id, known := s.spins[spinKey(x.ID, q.SpinID)]; known && q.Free != "" && s.rounds[id].Free == q.Free {
		return id, true
	}
	var o opening
	if wrong == nil {
		o, wrong = g.open(c, q)
	}
	if wrong != nil {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": wrong})
		return "", false
	}
	if id, ok := s.spins[spinKey(x.ID, q.SpinID)]; ok {
		if known := s.rounds[id]; known.Request != nil && !bytes.Equal(known.Request, o.Request) || known.Stakes[0].Amount != o.Stake {
			fail(w, http.StatusConflict, "spin_id_reused", "this spin_id was used with another bet")
			return "", false
		}
		return id, true
	}
	if open := s.openRounds(x.ID); len(open) >= info.MaxOpen {
		writeJSON(w, http.StatusConflict, map[string]any{"error": errRoundOpen, "round": s.view(s.rounds[open[0]])})
		return "", false
	}
	now := s.cfg.Clock()
	if left := s.minCycle(info) - now.Sub(x.lastSpin); left > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64((left+time.Second-1)/time.Second), 10))
		writeJSON(w, http.StatusTooManyRequests, map[string]any{
			"error": apiError{Code: "too_fast", Message: "please wait a moment between spins", RetryMS: left.Milliseconds() + 1},
		})
		return "", false
	}
	rnd := &round{
		ID: uuid.NewString(), View: statedir.RandomToken(), SpinID: q.SpinID, Session: x.ID, OperatorID: x.OperatorID, Game: x.Game,
		User: x.User, Token: x.Token, Currency: x.Currency, Demo: x.Demo, Request: o.Request, Text: o.Text, State: betting,
		Stakes: []stake{newStake(o.Stake, nil)}, WinTx: uuid.NewString(), CreatedAt: s.now(),
	}
	if err := x.nextNonce(rnd); err != nil {
		s.internal(w, "draw the round", err)
		return "", false
	}
	if free != nil {
		rnd.Free = free.Name
		free.Used++
		s.journal.append(entry{Reward: free})
	}
	x.lastSpin = now
	s.journal.append(entry{Session: x}) // before the round's own entry, so that no nonce is used twice
	s.index(rnd)
	return rnd.ID, true
}

func newStake(amount int64, pays *action) stake {
	return stake{Tx: uuid.NewString(), CancelTx: uuid.NewString(), Amount: amount, State: placing, Action: pays}
}

// postAction is POST /play/{session}/rounds/{round}/actions {"action_id","action"}: what a player does in a running
// round. The same action_id again gives the round as it is now, unless it names another action.
func (s *Studio) postAction(w http.ResponseWriter, r *http.Request) {
	var q struct {
		ActionID string `json:"action_id"`
		Action   string `json:"action"`
	}
	if err := readJSON(w, r, &q); err != nil {
		fail(w, http.StatusBadRequest, "bad_request", "body must be {\"action_id\":...,\"action\":...}")
		return
	}
	if !spinIDPattern.MatchString(q.ActionID) {
		fail(w, http.StatusBadRequest, "bad_action_id", "action_id must be 8 to 64 of A-Z a-z 0-9 _ -")
		return
	}
	id, wait, ok := s.act(w, r, action{ID: q.ActionID, Name: q.Action})
	if !ok {
		return
	}
	if err := wait(); err != nil {
		s.internal(w, "keep the action", err)
		return
	}
	s.finishRequest(w, r, id)
}

// act carries an action out; one that costs first places its stake. It answers refusals itself.
func (s *Studio) act(w http.ResponseWriter, r *http.Request, want action) (id string, wait func() error, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.findSession(w, r)
	if !ok {
		return "", nil, false
	}
	rnd := s.rounds[r.PathValue("round")]
	if rnd == nil || rnd.Session != x.ID {
		fail(w, http.StatusNotFound, "round_not_found", "there is no such round in this session")
		return "", nil, false
	}
	none := func() error { return nil }
	if known, ok := rnd.asked(want.ID); ok {
		if known.Name != want.Name {
			fail(w, http.StatusConflict, "action_id_reused", "this action_id was used for another action")
			return "", nil, false
		}
		return rnd.ID, none, true
	}
	if rnd.State != playing {
		writeJSON(w, http.StatusConflict, map[string]any{
			"error": apiError{Code: "not_your_turn", Message: "this round is not waiting for you"}, "round": s.view(rnd),
		})
		return "", nil, false
	}
	now := s.cfg.Clock()
	g, _ := gameOf(rnd.Game) // settle knows it
	p, err := s.settle(rnd, now)
	if err != nil {
		s.internal(w, "play the round", err)
		return "", nil, false
	}
	if p.Over { // its time had come before the action
		s.index(rnd)
		return rnd.ID, s.journal.append(entry{Round: rnd}), true
	}
	done, cost, wrong := g.act(rnd, p, want, now)
	if wrong != nil {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": wrong, "round": s.view(rnd)})
		return "", nil, false
	}
	rnd.Reason = ""
	if cost > 0 {
		rnd.Stakes, rnd.Unanswered = append(rnd.Stakes, newStake(cost, &done)), false
		rnd.step(betting)
		s.index(rnd)
		return rnd.ID, none, true
	}
	rnd.Actions = append(rnd.Actions, done)
	_, err = s.settle(rnd, now)
	if err != nil {
		rnd.Actions = rnd.Actions[:len(rnd.Actions)-1]
		s.internal(w, "play the round", err)
		return "", nil, false
	}
	s.index(rnd)
	return rnd.ID, s.journal.append(entry{Round: rnd}), true
}

// asked finds an action that was taken, or tried, already.
func (r *round) asked(actionID string) (action, bool) {
	for _, s := range r.Stakes {
		if s.Action != nil && s.Action.ID == actionID {
			return *s.Action, true
		}
	}
	i := slices.IndexFunc(r.Actions, func(a action) bool { return a.ID == actionID })
	if i < 0 {
		return action{}, false
	}
	return r.Actions[i], true
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
func (s *Studio) sessionRounds(sessionID string, limit int) []*round {
	ids := s.bySession[sessionID]
	out := make([]*round, 0, min(limit, len(ids)))
	for _, id := range slices.Backward(ids) {
		if len(out) == limit {
			break
		}
		if r, ok := s.rounds[id]; ok {
			out = append(out, r)
		}
	}
	return out
}

// openRounds lists the session's rounds that stand in the way of others, oldest first; the caller has the lock.
func (s *Studio) openRounds(sessionID string) []string {
	ids := sortedKeys(s.open[sessionID])
	slices.SortStableFunc(ids, func(a, b string) int { return s.rounds[a].CreatedAt.Compare(s.rounds[b].CreatedAt) })
	return ids
}
