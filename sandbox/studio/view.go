package studio

import (
	"net/http"
	"strconv"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// roundView is a round as the player sees it.
type roundView struct {
	RoundID         string     `json:"round_id"`
	SpinID          string     `json:"spin_id"`
	GameCode        string     `json:"game_code"`
	TransactionUUID string     `json:"transaction_uuid"` // of the first bet
	Status          string     `json:"status"`           // pending, playing, settled, refused, cancelling, cancelled, disputed
	Reason          string     `json:"reason,omitempty"`
	Message         string     `json:"message,omitempty"`
	Currency        string     `json:"currency"`
	Bet             string     `json:"bet"`
	Win             *string    `json:"win,omitempty"`         // once the round is over
	Free            string     `json:"free_rounds,omitempty"` // the stake was the operator's
	FreeLeft        *int       `json:"free_left,omitempty"`
	Outcome         any        `json:"outcome,omitempty"`
	Actions         []string   `json:"actions,omitempty"`    // what the player can do now
	Balance         *string    `json:"balance,omitempty"`    // after the last message the wallet answered
	BalanceMS       int64      `json:"balance_ms,omitempty"` // the server's clock when the wallet told it: of rounds side by side the latest counts
	Proof           *proof     `json:"proof,omitempty"`
	CreatedAt       time.Time  `json:"created_at"`
	EndedAt         *time.Time `json:"ended_at,omitempty"`
	ServerMS        int64      `json:"server_ms,omitempty"` // of a running round: the server's clock at this answer
}

// view makes what the player sees of a round; the caller has the lock.
func (s *Studio) view(r *round) *roundView {
	c := currencies[r.Currency]
	v := &roundView{
		RoundID: r.ID, SpinID: r.SpinID, GameCode: r.Game, TransactionUUID: r.Stakes[0].Tx, Status: statusFor(r.State), Reason: r.Reason,
		Message: messages[r.Reason], Currency: r.Currency, Bet: c.format(r.cost()), Proof: s.proofOf(r), CreatedAt: r.CreatedAt,
	}
	if f := s.rewards[rewardKey(r.OperatorID, r.Free)]; f != nil && r.Free != "" {
		left := f.Count - f.Used
		v.Free, v.FreeLeft = r.Free, &left
	}
	switch {
	case r.State == paying && !r.NextAt.IsZero():
		v.Message = "Your win is safe. It is being delivered to your account."
	case r.State == cancelling:
		v.Message = "The bet did not stand. It is being taken back."
	case r.State == disputed:
		v.Message = "This round needs the support's attention."
	}
	if r.Stakes[0].State == standing {
		s.showGame(v, r, c)
	}
	if r.Balance != "" {
		balance := c.balance(r.Balance)
		v.Balance, v.BalanceMS = &balance, r.told().UnixMilli()
	}
	if !r.EndedAt.IsZero() {
		v.EndedAt = &r.EndedAt
	}
	return v
}

// showGame adds the game's own view.
func (s *Studio) showGame(v *roundView, r *round, c currency) {
	g, ok := gameOf(r.Game)
	if !ok || r.ServerSeed == "" && len(r.Stops) == 0 {
		return
	}
	now := s.cfg.Clock()
	if r.Over { // whatever the clock says by now
		now = r.StartedAt.Add(24 * time.Hour)
	}
	p, err := g.position(r, c, r.stream(), now)
	if err != nil { // a journal edited by hand shows no outcome
		s.log.Error("round cannot be shown", "round", r.ID, "err", err)
		return
	}
	v.Outcome = p.View
	if r.Over {
		win := c.format(r.Win)
		v.Win = &win
		return
	}
	v.Actions, v.ServerMS = p.Actions, now.UnixMilli()
	if r.State != playing {
		v.Actions = nil
	}
}

func statusFor(st state) string {
	switch st {
	case betting, paying:
		return "pending"
	case closing:
		return string(settled)
	}
	return string(st)
}

// messages are what the player reads when a bet did not stand.
var messages = map[string]string{
	wallet.ReasonFunds:       "Not enough money for this bet.",
	wallet.ReasonLimit:       "This bet would exceed one of your limits.",
	wallet.ReasonExpired:     "Your session has expired. Please start the game again from the lobby.",
	wallet.ReasonDisabled:    "Your account cannot place bets at the moment.",
	wallet.ReasonUnreachable: "The casino could not be reached. The bet is cancelled.",
	wallet.ReasonWallet:      "The casino declined the bet. The bet is cancelled.",
}

// balanceOf turns the wallet's answer into a balance or into why there is none.
func balanceOf(c currency, a wallet.Answer) (*string, *apiError) {
	switch a.Verdict {
	case wallet.Retry:
		return nil, &apiError{Code: wallet.ReasonUnreachable, Message: "The balance cannot be shown at the moment."}
	case wallet.Done:
		if a.Balance == "" {
			return nil, nil
		}
		balance := c.balance(a.Balance)
		return &balance, nil
	}
	message := "The casino did not tell the balance."
	if a.Reason == wallet.ReasonExpired {
		message = messages[wallet.ReasonExpired]
	}
	return nil, &apiError{Code: a.Reason, Message: message}
}

// told is when the wallet told the round's balance; of rounds that were written before that was kept, when they ended or began.
func (r *round) told() time.Time {
	switch {
	case !r.BalanceAt.IsZero():
		return r.BalanceAt
	case !r.EndedAt.IsZero():
		return r.EndedAt
	}
	return r.CreatedAt
}

// lastBalance is what the wallet told last in this session; the caller has the lock.
func (s *Studio) lastBalance(x *session) *string {
	balance := x.Balance
	var at time.Time
	for _, r := range s.sessionRounds(x.ID, 8) {
		if told := r.told(); r.Balance != "" && told.After(at) {
			balance, at = r.Balance, told
		}
	}
	if balance == "" {
		return nil
	}
	text := currencies[x.Currency].balance(balance)
	return &text
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
