package studio

import (
	"time"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/slot"
)

// state of a round. betting, paying and cancelling are open: the studio still owes the wallet a message.
type state string

const (
	betting    state = "betting"    // the bet is being placed
	paying     state = "paying"     // the bet stands, the outcome is drawn, the win is being delivered
	cancelling state = "cancelling" // the bet failed or its fate is unknown; it is being rolled back
	settled    state = "settled"    // the win (perhaps 0) was taken
	refused    state = "refused"    // the wallet declined the bet: no money, or a limit
	cancelled  state = "cancelled"  // the bet is rolled back, or the wallet knows of none
	disputed   state = "disputed"   // the wallet refused what it must not: people have to talk
)

// Reasons a player can be told why a bet did not stand.
const (
	reasonFunds       = "insufficient_funds"
	reasonLimit       = "limit_reached"
	reasonExpired     = "session_expired"
	reasonDisabled    = "account_disabled"
	reasonUnreachable = "wallet_unreachable"
	reasonWallet      = "wallet_error"
)

// Protocol limits, providers.md 2.6.
const (
	maxBetAttempts      = 1 + 3
	maxRollbackAttempts = 500
)

// round is one paid spin with everything needed to finish it after a restart, whatever became of its session.
type round struct {
	ID         string       `json:"id"` // also the wire's "round"
	View       string       `json:"view"`
	SpinID     string       `json:"spin_id"`
	Session    string       `json:"session"`
	OperatorID int64        `json:"operator_id"`
	User       string       `json:"user"`
	Token      string       `json:"token"`
	Currency   string       `json:"currency"`
	Demo       bool         `json:"demo,omitempty"`
	Bet        int64        `json:"bet"` // minor units
	Win        int64        `json:"win"`
	Stops      []slot.Stops `json:"stops,omitempty"` // drawn when the bet stands
	State      state        `json:"state"`
	Reason     string       `json:"reason,omitempty"`
	Status     string       `json:"status,omitempty"`        // the wallet's last status or what came instead
	Confirmed  bool         `json:"bet_confirmed,omitempty"` // the wallet took the bet
	BetTx      string       `json:"bet_tx"`
	WinTx      string       `json:"win_tx"`
	RollbackTx string       `json:"rollback_tx"`
	Attempts   int          `json:"attempts"` // of the current step, the running one included
	NextAt     time.Time    `json:"next_at"`  // earliest time of the next attempt
	Balance    *int64       `json:"balance,omitempty"`
	CreatedAt  time.Time    `json:"created_at"`
	EndedAt    time.Time    `json:"ended_at"`
}

// reply is what the wallet answered to one attempt; err means that no usable answer came.
type reply struct {
	Status  string
	Balance *int64
	err     error
}

// retry says how long to wait after the n-th failed attempt.
type retry func(attempts int) time.Duration

// refs are the names under which others may ask for the round.
func (r *round) refs() [4]string { return [4]string{r.BetTx, r.WinTx, r.RollbackTx, r.View} }

func (r *round) open() bool { return r.State == betting || r.State == paying || r.State == cancelling }

// unsettled says that a player who just spun should wait a moment longer for the outcome: the current step has not
// failed yet.
func (r *round) unsettled() bool {
	return r.State == betting || r.open() && r.NextAt.IsZero()
}

// betAnswered moves the round on after an attempt to place the bet. draw is called if the bet stands.
func (r *round) betAnswered(a reply, now time.Time, wait retry, draw func(*round) error) error {
	r.note(a)
	switch {
	case a.err != nil && r.Attempts < maxBetAttempts:
		r.NextAt = now.Add(wait(r.Attempts))
	case a.err != nil:
		r.Reason = reasonUnreachable
		r.step(cancelling)
	case a.Status == statusOK:
		if err := draw(r); err != nil {
			return err
		}
		r.Confirmed = true
		r.step(paying)
	case a.Status == statusNoMoney || a.Status == statusLimit:
		r.Reason = reasonFor(a.Status)
		r.end(refused, now)
	default:
		r.Reason = reasonFor(a.Status)
		r.step(cancelling)
	}
	return nil
}

// winAnswered moves the round on after an attempt to deliver the win, which is repeated until the wallet takes it or
// says that it never will.
func (r *round) winAnswered(a reply, now time.Time, wait retry) {
	r.note(a)
	switch {
	case a.err == nil && a.Status == statusOK:
		r.end(settled, now)
	case a.err == nil && winFinal[a.Status]:
		r.end(disputed, now)
	default:
		r.NextAt = now.Add(wait(r.Attempts))
	}
}

// rollbackAnswered moves the round on after an attempt to roll the bet back.
func (r *round) rollbackAnswered(a reply, now time.Time, wait retry) {
	r.note(a)
	switch {
	case a.err == nil && (a.Status == statusOK || rollbackDone[a.Status]):
		r.end(cancelled, now)
	case a.err == nil && rollbackFinal[a.Status] && r.Reason != reasonUnreachable:
		r.end(cancelled, now) // the wallet had refused the bet, so there is nothing it could owe the player
	case a.err == nil && rollbackFinal[a.Status], r.Attempts >= maxRollbackAttempts:
		r.end(disputed, now)
	default:
		r.NextAt = now.Add(wait(r.Attempts))
	}
}

// expire gives up placing a bet whose player has long left; used when rounds are found again after a restart.
func (r *round) expire() {
	r.Reason = reasonUnreachable
	r.step(cancelling)
}

func (r *round) step(to state) { r.State, r.Attempts, r.NextAt = to, 0, time.Time{} }

func (r *round) end(to state, now time.Time) {
	r.step(to)
	r.EndedAt = now
}

func (r *round) note(a reply) {
	r.Status = a.Status
	if a.err != nil {
		r.Status = a.err.Error()
	}
	if a.Balance != nil {
		r.Balance = a.Balance
	}
}

// reasonFor translates the wallet's status into what the player is told.
func reasonFor(status string) string {
	switch status {
	case statusNoMoney:
		return reasonFunds
	case statusLimit, "RS_ERROR_BET_LIMIT_EXCEEDED":
		return reasonLimit
	case "RS_ERROR_INVALID_TOKEN", "RS_ERROR_TOKEN_EXPIRED":
		return reasonExpired
	case "RS_ERROR_USER_DISABLED":
		return reasonDisabled
	default:
		return reasonWallet
	}
}

const (
	statusOK      = "RS_OK"
	statusNoMoney = "RS_ERROR_NOT_ENOUGH_MONEY"
	statusLimit   = "RS_ERROR_LIMIT_REACHED"
)

// Statuses after which the protocol stops repeating, providers.md 2.6.
var (
	winFinal = map[string]bool{
		"RS_ERROR_INVALID_TOKEN": true, "RS_ERROR_INVALID_GAME": true, "RS_ERROR_USER_DISABLED": true,
		"RS_ERROR_WRONG_CURRENCY": true, "RS_ERROR_DUPLICATE_TRANSACTION": true,
		"RS_ERROR_TRANSACTION_DOES_NOT_EXIST": true, "RS_ERROR_TRANSACTION_ROLLED_BACK": true,
	}
	rollbackFinal = map[string]bool{
		"RS_ERROR_INVALID_TOKEN": true, "RS_ERROR_INVALID_GAME": true, "RS_ERROR_WRONG_CURRENCY": true,
		"RS_ERROR_USER_DISABLED": true, "RS_ERROR_INVALID_SIGNATURE": true, "RS_ERROR_DUPLICATE_TRANSACTION": true,
	}
	// rollbackDone: the wallet holds no such bet, which is what a rollback wants.
	rollbackDone = map[string]bool{"RS_ERROR_TRANSACTION_DOES_NOT_EXIST": true, "RS_ERROR_TRANSACTION_ROLLED_BACK": true}
)
