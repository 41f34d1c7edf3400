package studio

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/fair"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/slot"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/wallet"
)

// state of a round. betting, paying, cancelling and closing owe the wallet a message; playing waits for the player.
type state string

const (
	betting    state = "betting"    // a stake is being placed
	playing    state = "playing"    // every stake stands and the game goes on
	paying     state = "paying"     // the outcome is final, the win is being delivered
	cancelling state = "cancelling" // a stake failed or its fate is unknown; it is being rolled back
	closing    state = "closing"    // the win was taken; the wallet is told that the round is over
	settled    state = "settled"    // the win (perhaps 0) was taken
	refused    state = "refused"    // the wallet declined the first stake: no money, or a limit
	cancelled  state = "cancelled"  // the first stake is rolled back, or the wallet knows of none
	disputed   state = "disputed"   // the wallet refused what it must not: people have to talk
)

// stakeState is what became of one stake.
type stakeState string

const (
	placing   stakeState = "placing"
	standing  stakeState = "standing"
	declined  stakeState = "refused"
	takenBack stakeState = "cancelled"
	unclear   stakeState = "disputed"
)

// stake is one bet in the wallet. A round has one, and one more for each action that costs.
type stake struct {
	Tx       string     `json:"tx"`
	CancelTx string     `json:"cancel_tx"`
	Amount   int64      `json:"amount"` // minor units
	State    stakeState `json:"state"`
	Action   *action    `json:"action,omitempty"` // what it pays for; none for the first
}

// round is one game from its first stake to its end, with everything needed to finish it after a restart, whatever
// became of its session.
type round struct {
	ID         string          `json:"id"` // also the wire's "round"
	View       string          `json:"view"`
	SpinID     string          `json:"spin_id"`
	Session    string          `json:"session"`
	OperatorID int64           `json:"operator_id"`
	Game       string          `json:"game"`
	User       string          `json:"user"`
	Token      string          `json:"token"`
	Currency   string          `json:"currency"`
	Demo       bool            `json:"demo,omitempty"`
	Request    json.RawMessage `json:"request,omitempty"` // what the player asked for
	Text       string          `json:"text,omitempty"`
	Free       string          `json:"free,omitempty"` // name of the free rounds it belongs to: the stake is the operator's
	Stakes     []stake         `json:"stakes"`
	Actions    []action        `json:"actions,omitempty"`
	ServerSeed string          `json:"server_seed,omitempty"`
	ClientSeed string          `json:"client_seed,omitempty"`
	Nonce      int64           `json:"nonce"`
	Win        int64           `json:"win"` // once over
	Over       bool            `json:"over,omitempty"`
	State      state           `json:"state"`
	Reason     string          `json:"reason,omitempty"`
	Status     string          `json:"status,omitempty"`     // the wallet's last status or what came instead
	Unanswered bool            `json:"unanswered,omitempty"` // an attempt to place the last stake may have got through
	WinTx      string          `json:"win_tx"`
	Attempts   int             `json:"attempts"` // of the current step, the running one included
	NextAt     time.Time       `json:"next_at"`  // earliest time of the next attempt; of a running game, when it goes on by itself
	Balance    string          `json:"balance_text,omitempty"`
	BalanceAt  time.Time       `json:"balance_at,omitzero"` // when the wallet told it
	CreatedAt  time.Time       `json:"created_at"`
	StartedAt  time.Time       `json:"started_at"` // when the first stake stood
	EndedAt    time.Time       `json:"ended_at"`

	legacy
}

// legacy are fields of rounds written by versions that had one game and one stake.
type legacy struct {
	Bet        int64        `json:"bet,omitempty"`
	BetTx      string       `json:"bet_tx,omitempty"`
	RollbackTx string       `json:"rollback_tx,omitempty"`
	Confirmed  bool         `json:"bet_confirmed,omitempty"`
	Stops      []slot.Stops `json:"stops,omitempty"`
}

// upgrade makes a round of today out of one of those.
func (r *round) upgrade() {
	if len(r.Stakes) > 0 || r.BetTx == "" {
		return
	}
	was := map[state]stakeState{betting: placing, cancelling: placing, refused: declined, cancelled: takenBack}
	st, ok := was[r.State]
	if !ok {
		st = standing
	}
	r.Game, r.StartedAt, r.Over = GameCode, r.CreatedAt, len(r.Stops) > 0
	r.Stakes = []stake{{Tx: r.BetTx, CancelTx: r.RollbackTx, Amount: r.Bet, State: st}}
	r.legacy = legacy{Stops: r.Stops}
}

// retry says how long to wait after the n-th failed attempt.
type retry func(attempts int) time.Duration

// refs are the names under which others may ask for the round.
func (r *round) refs() []string {
	out := []string{r.WinTx, r.View}
	for _, s := range r.Stakes {
		out = append(out, s.Tx, s.CancelTx)
	}
	return out
}

// owes says that the wallet has to be told something.
func (r *round) owes() bool {
	return r.State == betting || r.State == paying || r.State == cancelling || r.State == closing
}

// open says that the round is not at its end.
func (r *round) open() bool { return r.owes() || r.State == playing }

// busy says that the round stands in the way of another one of its session.
func (r *round) busy() bool { return r.open() && r.State != closing }

// unsettled says that a player who just acted should wait a moment longer for the outcome: the current step has not
// failed yet.
func (r *round) unsettled() bool {
	return r.State == betting || r.owes() && r.NextAt.IsZero()
}

// last is the stake that is being placed or taken back.
func (r *round) last() *stake { return &r.Stakes[len(r.Stakes)-1] }

// staked sums the stakes in the state.
func (r *round) staked(in stakeState) (sum int64) {
	for _, s := range r.Stakes {
		if s.State == in {
			sum += s.Amount
		}
	}
	return sum
}

// cost is what the player sees as the round's bet: what stands or is on its way, else what was tried.
func (r *round) cost() int64 {
	if sum := r.staked(standing) + r.staked(placing); sum > 0 {
		return sum
	}
	return r.Stakes[0].Amount
}

// stream is the round's random bytes.
func (r *round) stream() *fair.Stream { return fair.NewStream(r.ServerSeed, r.ClientSeed, r.Nonce) }

// betAnswered moves the round on after an attempt to place its last stake; play is called if it stands.
func (r *round) betAnswered(a wallet.Answer, p wallet.Policy, now time.Time, wait retry, play func(*round, time.Time) error) error {
	r.note(a, now)
	r.Unanswered = r.Unanswered || a.Verdict == wallet.Retry
	switch {
	case a.Verdict == wallet.Done:
		r.last().State = standing
		if extra := r.last().Action; extra != nil {
			r.Actions = append(r.Actions, *extra)
		} else {
			r.StartedAt = now
		}
		return play(r, now)
	case a.Verdict == wallet.Declined && (!r.Unanswered || a.Reason == wallet.ReasonFunds || a.Reason == wallet.ReasonLimit):
		// A refusal for another reason, say of the token, does not prove that no earlier attempt got through.
		r.Reason = a.Reason
		r.last().State = declined
		return r.without(refused, now, play)
	case a.Verdict == wallet.Retry && r.Attempts < p.BetAttempts:
		r.NextAt = now.Add(wait(r.Attempts))
	case a.Verdict == wallet.Retry:
		r.Reason = wallet.ReasonUnreachable
		r.step(cancelling)
	default:
		r.Reason = a.Reason
		r.step(cancelling)
	}
	return nil
}

// without goes on after a stake that does not stand: with the first the round ends, with another one the game is where
// it was before the action.
func (r *round) without(to state, now time.Time, play func(*round, time.Time) error) error {
	if len(r.Stakes) == 1 {
		r.end(to, now)
		return nil
	}
	return play(r, now)
}

// winAnswered moves the round on after an attempt to deliver the win, which is repeated until the wallet takes it or
// says that it never will.
func (r *round) winAnswered(a wallet.Answer, p wallet.Policy, now time.Time, wait retry) {
	r.note(a, now)
	switch {
	case a.Verdict == wallet.Done && p.CloseRound:
		r.step(closing)
	case a.Verdict == wallet.Done:
		r.end(settled, now)
	case a.Verdict == wallet.Retry:
		r.NextAt = now.Add(wait(r.Attempts))
	default:
		r.end(disputed, now)
	}
}

// cancelAnswered moves the round on after an attempt to roll its last stake back.
func (r *round) cancelAnswered(a wallet.Answer, p wallet.Policy, now time.Time, wait retry, play func(*round, time.Time) error) error {
	r.note(a, now)
	switch {
	case a.Verdict == wallet.Done, a.Verdict == wallet.Final && !r.Unanswered:
		// Refused for good after the wallet had refused the bet: there is nothing it could owe the player.
		r.last().State = takenBack
		return r.without(cancelled, now, play)
	case a.Verdict != wallet.Retry, r.Attempts >= p.CancelAttempts:
		r.last().State = unclear
		r.end(disputed, now)
	default:
		r.NextAt = now.Add(wait(r.Attempts))
	}
	return nil
}

// closeAnswered: no money hangs on it, so what is refused is over all the same.
func (r *round) closeAnswered(a wallet.Answer, now time.Time, wait retry) {
	status := r.Status
	if r.note(a, now); a.Verdict == wallet.Retry {
		r.NextAt = now.Add(wait(r.Attempts))
		return
	}
	r.Status = status
	r.end(settled, now)
}

// expire gives up placing a bet whose player has long left; used when rounds are found again after a restart.
func (r *round) expire() {
	r.Reason, r.Unanswered = wallet.ReasonUnreachable, true
	r.step(cancelling)
}

func (r *round) step(to state) { r.State, r.Attempts, r.NextAt = to, 0, time.Time{} }

func (r *round) end(to state, now time.Time) {
	r.step(to)
	r.EndedAt = now
}

func (r *round) note(a wallet.Answer, now time.Time) {
	r.Status = a.Status
	if a.Balance != "" {
		r.Balance, r.BalanceAt = a.Balance, now
	}
}

// copy is a round that nobody else changes.
func (r *round) copy() round {
	c := *r
	c.Stakes, c.Actions = slices.Clone(r.Stakes), slices.Clone(r.Actions)
	return c
}
