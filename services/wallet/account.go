package wallet

import "math"

// accountKind is the purpose of an account; the numbers are those of walletv1.AccountKind and of the database.
type accountKind int16

const (
	kindCash         accountKind = 1
	kindHeldCash     accountKind = 2
	kindHouse        accountKind = 3
	kindPSP          accountKind = 4
	kindBonus        accountKind = 5
	kindHeldBonus    accountKind = 6
	kindReceivable   accountKind = 7
	kindBonusCost    accountKind = 8
	kindFX           accountKind = 9
	kindJackpot      accountKind = 10
	kindProviderBank accountKind = 11
	kindAdjustment   accountKind = 12
	kindChargeback   accountKind = 13
	kindTestFunding  accountKind = 14
)

// String is the kind's name in reports.
func (k accountKind) String() string {
	names := [...]string{
		"", "cash", "held_cash", "house", "psp", "bonus", "held_bonus", "receivable", "bonus_cost", "fx", "jackpot", "provider_bank", "adjustment",
		"chargeback", "test_funding",
	}
	if int(k) < len(names) {
		return names[k]
	}
	return ""
}

// ofPlayer tells whether the account is one of a player's.
func (k accountKind) ofPlayer() bool {
	return k == kindCash || k == kindHeldCash || k == kindBonus || k == kindHeldBonus || k == kindReceivable
}

// isFunds tells whether the account holds what the operator owes players in real money.
func (k accountKind) isFunds() bool { return k == kindCash || k == kindHeldCash }

// maxMinor is the largest balance; its negative is the smallest.
const maxMinor = math.MaxInt64

// stripes is how many rows a system account is split into. A player always uses the same stripe. When the number of workers divides
// it, no two batches that a process runs at the same time share a stripe.
const stripes = 8

// accountKey names an account. The held sides of cash and bonus have no key of their own.
type accountKey struct {
	owner    string // player id, or the name of a system account, for example "house:<provider>"
	currency string
	kind     accountKind
	pool     string // grant id of a bonus account
	stripe   int16  // 0 for players
}

// lateMoney is where bonus money goes that comes back after its pool was closed; the numbers are those of walletv1.LateMoney. Zero: the pool is open.
type lateMoney int16

const (
	lateToCash    lateMoney = 1
	lateDiscarded lateMoney = 2
)

// account is one row as a batch sees it: the balances after the operations decided so far. An account that does not exist yet has
// id 0 and balances of zero.
type account struct {
	accountKey
	id, heldID int64
	balance    int64
	held       int64 // held side; cash and bonus only
	late       lateMoney
	home       *account // cash account of the same player and currency, which knows the sums over all pools and the debt

	// Cash accounts only.
	version          int64 // operations on this player and currency
	staked           int64 // part of held that open bets hold
	bonus, heldBonus int64 // sums of all pools
	owed             int64 // balance of the receivable account, negated
	slot             int64 // slot of used
	used             usage // usage in the slot, which guards' counters do not contain

	dirty bool // to be written
}

// side is what an entry lies on: an account, or its held side.
type side struct {
	*account
	isHeld bool
}

func (a *account) free() side     { return side{a, false} }
func (a *account) heldSide() side { return side{a, true} }

// entryAccount is the account id that entries have.
func (s side) entryAccount() int64 {
	if s.isHeld {
		return s.heldID
	}
	return s.id
}

func (s side) kindOf() accountKind {
	if s.isHeld {
		return s.kind + 1
	}
	return s.kind
}

// amount is the balance of the side.
func (s side) amount() int64 {
	if s.isHeld {
		return s.held
	}
	return s.balance
}

// add changes the balance of the side and the sums that follow from it. It changes nothing when a balance would leave the range of int64.
func (s side) add(n int64) bool {
	after, ok := add(s.amount(), n)
	if !ok {
		return false
	}
	var sum *int64
	switch s.kindOf() {
	case kindBonus:
		sum = &s.home.bonus
	case kindHeldBonus:
		sum = &s.home.heldBonus
	case kindReceivable:
		s.home.owed = -after
		s.home.dirty = true
	}
	if sum != nil {
		total, ok := add(*sum, n)
		if !ok {
			return false
		}
		*sum = total
		s.home.dirty = true
	}
	if s.isHeld {
		s.held = after
	} else {
		s.balance = after
	}
	s.dirty = true
	return true
}

// allowed tells whether the side may have its balance: money of players is never below zero, what they owe never above.
func (s side) allowed() bool {
	switch {
	case s.kind == kindReceivable:
		return s.balance <= 0
	case s.kind.ofPlayer():
		return s.amount() >= 0
	}
	return true
}

// transfer moves an amount between two sides, as two entries of one type. Zero moves nothing and makes no entries.
type transfer struct {
	typ      entryType
	from, to side
	amount   int64
}

// entry is one line of the ledger.
type entry struct {
	side   side
	typ    entryType
	amount int64
	after  int64
	clean  [2]bool // whether the account, and its cash account, were unchanged before it
}

// undo takes the entry back.
func (e *entry) undo() {
	e.side.add(-e.amount)
	e.side.dirty = !e.clean[0]
	if home := e.side.home; home != nil && home != e.side.account {
		home.dirty = !e.clean[1]
	}
}

// post applies transfers in order, all or none, and adds their entries to those of the operation. A player's money never becomes negative and no
// balance leaves the range of int64.
func post(op *operation, transfers ...transfer) error {
	begin := len(op.entries)
	undo := func() {
		for i := len(op.entries) - 1; i >= begin; i-- {
			op.entries[i].undo()
		}
		op.entries = op.entries[:begin]
	}
	for _, t := range transfers {
		if t.amount == 0 {
			continue
		}
		for _, e := range [2]entry{{side: t.from, typ: t.typ, amount: -t.amount}, {side: t.to, typ: t.typ, amount: t.amount}} {
			available := e.side.amount()
			e.clean = [2]bool{!e.side.dirty, e.side.home == nil || !e.side.home.dirty}
			if !e.side.add(e.amount) {
				undo()
				return amountOverflow(e.side.currency)
			}
			e.after = e.side.amount()
			op.entries = append(op.entries, e)
			if !e.side.allowed() {
				undo()
				return insufficientFunds(t.from.currency, available, t.amount)
			}
		}
	}
	return nil
}

// add is a+b, and whether it fits. The smallest int64 is left out, so that every balance can be negated.
func add(a, b int64) (int64, bool) {
	sum := a + b
	if (sum > a) != (b > 0) && b != 0 || sum == math.MinInt64 {
		return 0, false
	}
	return sum, true
}

// saturate is a+b, cut to what a balance can be.
func saturate(a, b int64) int64 {
	sum, ok := add(a, b)
	switch {
	case ok:
		return sum
	case b > 0:
		return maxMinor
	}
	return -maxMinor
}
