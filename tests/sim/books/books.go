// Package books is what the wallet should do, as simply as it can be said: the operations that callers send, their effect on balances, bonus pools,
// debts, holds and limits, and the proof that a ledger holds nothing else. The simulator and the chaos run share it, so that both mean the same by "right".
package books

import (
	"fmt"
	"strings"
	"time"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// Account is a player's money in one currency. Only requests of several operations, and guards, tie accounts together.
type Account struct{ Player, Currency string }

// Balance is what an account has, in minor units; bonus money is that of all pools.
type Balance struct{ Available, Held, Bonus, HeldBonus, Owed, Version int64 }

// Purpose is what a hold is for.
type Purpose int

// The purposes of holds.
const (
	None Purpose = iota
	Bet
	Withdrawal
)

// All is a part of a hold that is all that is still held.
const All = -1

// Intent is one request: everything that decides about its effect. It does not change once it was sent.
type Intent struct {
	Op *Operation
	// Key is the request id.
	Key string
	Account
	// Amount is what is deposited, staked, reserved, credited or debited; Payout is what is won; Part is what is settled or given back of a hold;
	// Jackpot is what goes to one. A negative amount is an adjustment that takes.
	Amount, Payout, Part, Jackpot int64
	// Hold is the hold to close, credit or correct. In a round it can be the one of Opener, an earlier step.
	Hold   string
	Opener *Intent
	// Grant is whose bonus money is concerned; Policy and Wins say how it pays a stake and where winnings go; Late closes its pool.
	Grant  string
	Policy walletv1.FundingPolicy
	Wins   walletv1.WinDistribution
	Late   walletv1.LateMoney
	// Basis, Void and RefuseDebt are those of a correction. Debt is a debit that may become debt, or an adjustment of the debt.
	Basis                  walletv1.CorrectionBasis
	Void, RefuseDebt, Debt bool
	// Version is the version that the caller decided on; 0 does not say.
	Version int64
	// Rate is that of a conversion.
	Rate string
	// Steps are the operations of a request that has several; each is an intent of its own in the ledger, and all are done or none.
	Steps []*Intent
	// Alone is a step that is also asked for by itself.
	Alone bool

	caller string // in the ledger, where it is not the service that sends it
}

// Leaves are the operations that a request leaves in the ledger.
func (i *Intent) Leaves() []*Intent {
	if len(i.Steps) > 0 {
		return i.Steps
	}
	return []*Intent{i}
}

// Request names an operation in the ledger: keys belong to the service that sends them.
func (i *Intent) Request() Request {
	if i.caller != "" {
		return Request{i.caller, i.Key}
	}
	return Request{i.Op.Caller, i.Key}
}

// String describes the request for reports.
func (i *Intent) String() string {
	if len(i.Steps) > 0 {
		var steps []string
		for _, s := range i.Steps {
			steps = append(steps, s.String())
		}
		return fmt.Sprintf("%s %s [%s]", i.Op.Kind, i.Key, strings.Join(steps, "; "))
	}
	text := fmt.Sprintf("%s %s of %s/%s: amount %d", i.Op.Kind, i.Key, i.Player, i.Currency, i.Amount)
	for _, x := range []struct {
		name  string
		value any
		there bool
	}{
		{"payout", i.Payout, i.Payout != 0}, {"part", i.Part, i.Op.Closes == Bet}, {"jackpot", i.Jackpot, i.Jackpot != 0}, {"hold", i.Hold, i.Hold != ""},
		{"grant", i.Grant, i.Grant != ""}, {"policy", i.Policy, i.Policy != 0}, {"wins", i.Wins, i.Wins != 0}, {"late", i.Late, i.Late != 0},
		{"basis", i.Basis, i.Basis != 0}, {"void", true, i.Void}, {"refuse debt", true, i.RefuseDebt}, {"debt", true, i.Debt}, {"on version", i.Version, i.Version != 0},
	} {
		if x.there {
			text += fmt.Sprintf(", %s %v", x.name, x.value)
		}
	}
	if i.Opener != nil {
		text += ", hold of " + i.Opener.Key
	}
	return text
}

// bonusFunded tells whether a stake may be paid by bonus money.
func (i *Intent) bonusFunded() bool {
	return i.Policy > walletv1.FundingPolicy_FUNDING_POLICY_CASH_ONLY
}

func (i *Intent) isTest() bool { return ids.IsTestPlayer(i.Player) }

// Request is a calling service and its request id.
type Request struct{ Caller, ID string }

// Told is what an operation tells besides the balance: what it was about, and the parts of its detail.
type Told struct {
	Amount, Payout                                                                                         int64
	Grant                                                                                                  string
	AmountBonus, PayoutBonus, Remaining, OwedChange, CashChange, BonusChange, Uncollected, Forfeited, Pool int64
}

// Hold is reserved money. Amounts are of cash and bonus together but for those that say bonus.
type Hold struct {
	ID string
	Account
	Purpose                                                                        Purpose
	State                                                                          walletv1.HoldState
	Grant                                                                          string
	Wins                                                                           walletv1.WinDistribution
	Amount, Bonus, Settled, SettledBonus, Released, ReleasedBonus, Paid, PaidBonus int64
	// Late is bonus money that came when the pool was closed, less what could not be taken back.
	Late int64

	placed time.Time
	short  int64 // bonus money that could not be taken back; none of it is late then
}

func (h *Hold) left() (total, bonus int64) {
	return h.Amount - h.Settled - h.Released, h.Bonus - h.SettledBonus - h.ReleasedBonus
}

// part is how much of a part of what is left is bonus: in proportion, rounded down.
func (h *Hold) part(n int64) (total, bonus int64) {
	total, bonus = h.left()
	if n == All || n == total {
		return total, bonus
	}
	return n, portion(n, bonus, total)
}

// won is how much of winnings is bonus.
func (h *Hold) won(n int64) int64 {
	switch h.Wins {
	case walletv1.WinDistribution_WIN_DISTRIBUTION_ALL_TO_BONUS:
		return n
	case walletv1.WinDistribution_WIN_DISTRIBUTION_PRO_RATA:
		return portion(n, h.Bonus, h.Amount)
	}
	return 0
}

// portion is n times part by whole, rounded down. The amounts here are small.
func portion(n, part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return n * part / whole
}

// end gives a hold of which nothing is left its state.
func (h *Hold) end(s walletv1.HoldState) {
	if total, _ := h.left(); total > 0 {
		return
	}
	if h.Settled > 0 {
		s = walletv1.HoldState_HOLD_STATE_SETTLED
	}
	h.State = s
}

// Pool is the bonus money of one grant. Late is where money goes that comes when it is closed; zero while it is open.
type Pool struct {
	Free, Held int64
	Late       walletv1.LateMoney
}
