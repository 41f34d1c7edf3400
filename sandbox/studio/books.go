package studio

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// totals are the studio's own books for one operator and currency, in minor units. Demo play is not in them.
type totals struct {
	OperatorID     int64  `json:"operator_id"`
	Currency       string `json:"currency"`
	Bets           int64  `json:"bets"` // that the wallet took
	BetAmount      int64  `json:"bet_amount"`
	Wins           int64  `json:"wins"` // that the wallet took, those of 0 included
	WinAmount      int64  `json:"win_amount"`
	Rollbacks      int64  `json:"rollbacks"` // ended, of bets refused or without an answer; none of them is in Bets
	RollbackAmount int64  `json:"rollback_amount"`
	Refused        int64  `json:"refused"` // bets declined for money or limits
	Open           int64  `json:"open"`    // rounds that still owe the wallet a message
	Disputed       int64  `json:"disputed"`
}

func (t *totals) key() string { return fmt.Sprintf("%d %s", t.OperatorID, t.Currency) }

func totalsOf(all map[string]*totals, r *round) *totals {
	t := &totals{OperatorID: r.OperatorID, Currency: r.Currency}
	if known, ok := all[t.key()]; ok {
		return known
	}
	all[t.key()] = t
	return t
}

func (t *totals) add(r *round) {
	for _, k := range r.Stakes {
		switch {
		case r.Free != "": // nobody's money
		case k.State == standing:
			t.Bets++
			t.BetAmount += k.Amount
		case k.State == takenBack:
			t.Rollbacks++
			t.RollbackAmount += k.Amount
		case k.State == declined:
			t.Refused++
		}
	}
	switch {
	case r.State == settled || r.State == closing:
		t.Wins++
		t.WinAmount += r.Win
	case r.open():
		t.Open++
	case r.State == disputed:
		t.Disputed++
	}
}

// totalsView is totals with decimal amounts.
type totalsView struct {
	OperatorID int64   `json:"operator_id"`
	Currency   string  `json:"currency"`
	Bets       sumView `json:"bets"`
	Wins       sumView `json:"wins"`
	Rollbacks  sumView `json:"rollbacks"`
	Refused    int64   `json:"refused"`
	Open       int64   `json:"open"`
	Disputed   int64   `json:"disputed"`
	GGR        string  `json:"ggr"` // bets less wins
}

type sumView struct {
	Count  int64  `json:"count"`
	Amount string `json:"amount"`
}

// BookedRound is a round in the books, with decimal amounts.
type BookedRound struct {
	RoundID       string        `json:"round_id"`
	OperatorID    int64         `json:"operator_id"`
	User          string        `json:"user"`
	Currency      string        `json:"currency"`
	State         string        `json:"state"`
	Reason        string        `json:"reason,omitempty"`
	LastStatus    string        `json:"last_status,omitempty"`
	Game          string        `json:"game_code"`
	Free          string        `json:"free_rounds,omitempty"` // the stake is the operator's
	BetConfirmed  bool          `json:"bet_confirmed"`
	Bet           string        `json:"bet"`
	Win           string        `json:"win"`
	BetUUID       string        `json:"bet_transaction_uuid"`
	WinUUID       string        `json:"win_transaction_uuid"`
	RollbackUUID  string        `json:"rollback_transaction_uuid"`
	Stakes        []BookedStake `json:"stakes"` // every bet of the round
	Attempts      int           `json:"attempts"`
	NextAttemptAt *time.Time    `json:"next_attempt_at,omitempty"`
	CreatedAt     time.Time     `json:"created_at"`
	EndedAt       *time.Time    `json:"ended_at,omitempty"`
}

// BookedStake is one bet of a round.
type BookedStake struct {
	BetUUID      string `json:"bet_transaction_uuid"`
	RollbackUUID string `json:"rollback_transaction_uuid"`
	Amount       string `json:"amount"`
	State        string `json:"state"` // placing, standing, refused, cancelled, disputed
}

// Rounds lists the licensee's rounds that are kept one by one, oldest first, and how many of them are still open.
func (s *Studio) Rounds(operatorID int64) (rounds []BookedRound, open int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.order {
		r := s.rounds[id]
		if r.OperatorID != operatorID || r.Demo {
			continue
		}
		rounds = append(rounds, booked(r))
		if r.open() {
			open++
		}
	}
	return rounds, open
}

// getBooks answers totals and rounds for reconciliation. Query: operator_id, currency, state, user select; after (a
// round_id) and limit (1..1000, default 200) page through the rounds from the oldest. Totals are over everything of
// the operator and currency selected, also of rounds no longer kept one by one.
func (s *Studio) getBooks(w http.ResponseWriter, r *http.Request) {
	limit, ok := limitOf(w, r, 200, 1000)
	if !ok {
		return
	}
	q := r.URL.Query()
	operatorID := int64(0)
	if text := q.Get("operator_id"); text != "" {
		var err error
		if operatorID, err = strconv.ParseInt(text, 10, 64); err != nil {
			fail(w, http.StatusBadRequest, "bad_request", "operator_id must be an integer")
			return
		}
	}
	mine := func(op int64, currency string) bool {
		return (operatorID == 0 || op == operatorID) && (q.Get("currency") == "" || q.Get("currency") == currency)
	}
	s.mu.Lock()
	sums := map[string]*totals{}
	for key, t := range s.folded {
		if mine(t.OperatorID, t.Currency) {
			sum := *t
			sums[key] = &sum
		}
	}
	rounds, more, passed := []BookedRound{}, false, q.Get("after") == ""
	for _, id := range s.order {
		rnd := s.rounds[id]
		if rnd.Demo || !mine(rnd.OperatorID, rnd.Currency) {
			continue
		}
		totalsOf(sums, rnd).add(rnd)
		switch {
		case !passed:
			passed = id == q.Get("after")
		case q.Get("state") != "" && q.Get("state") != string(rnd.State), q.Get("user") != "" && q.Get("user") != rnd.User:
		case len(rounds) == limit:
			more = true
		default:
			rounds = append(rounds, booked(rnd))
		}
	}
	s.mu.Unlock()
	if !passed {
		fail(w, http.StatusNotFound, "round_not_found", "after names no round of these books")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"totals": totalsViews(sums), "rounds": rounds, "more": more})
}

func totalsViews(sums map[string]*totals) []totalsView {
	out := make([]totalsView, 0, len(sums))
	for _, t := range sums {
		c := currencies[t.Currency]
		out = append(out, totalsView{
			OperatorID: t.OperatorID, Currency: t.Currency,
			Bets: sumView{t.Bets, c.format(t.BetAmount)}, Wins: sumView{t.Wins, c.format(t.WinAmount)},
			Rollbacks: sumView{t.Rollbacks, c.format(t.RollbackAmount)}, Refused: t.Refused, Open: t.Open,
			Disputed: t.Disputed, GGR: c.format(t.BetAmount - t.WinAmount),
		})
	}
	slices.SortFunc(out, func(a, b totalsView) int {
		return cmp.Or(cmp.Compare(a.OperatorID, b.OperatorID), cmp.Compare(a.Currency, b.Currency))
	})
	return out
}

func booked(r *round) BookedRound {
	c := currencies[r.Currency]
	b := BookedRound{
		RoundID: r.ID, OperatorID: r.OperatorID, User: r.User, Currency: r.Currency, State: string(r.State), Reason: r.Reason, Game: r.Game, Free: r.Free,
		LastStatus: r.Status, BetConfirmed: r.Stakes[0].State == standing, Bet: c.format(r.cost()), Win: c.format(r.Win),
		BetUUID: r.Stakes[0].Tx, WinUUID: r.WinTx, RollbackUUID: r.Stakes[0].CancelTx, Attempts: r.Attempts, CreatedAt: r.CreatedAt,
	}
	for _, k := range r.Stakes {
		b.Stakes = append(b.Stakes, BookedStake{k.Tx, k.CancelTx, c.format(k.Amount), string(k.State)})
	}
	if r.open() && !r.NextAt.IsZero() {
		at := r.NextAt
		b.NextAttemptAt = &at
	}
	if !r.EndedAt.IsZero() {
		at := r.EndedAt
		b.EndedAt = &at
	}
	return b
}
