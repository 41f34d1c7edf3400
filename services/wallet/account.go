package wallet

import "math"

// accountKind is the purpose of an account; the numbers are those of walletv1.AccountKind and of the database.
type accountKind int16

const (
	kindCash     accountKind = 1
	kindHeldCash accountKind = 2
	kindHouse    accountKind = 3
	kindPSP      accountKind = 4
)

// String is the kind's name in reports.
func (k accountKind) String() string {
	return map[accountKind]string{kindCash: "cash", kindHeldCash: "held_cash", kindHouse: "house", kindPSP: "psp"}[k]
}

// ofPlayer tells whether the account belongs to a player and so may never be negative.
func (k accountKind) ofPlayer() bool { return k == kindCash || k == kindHeldCash }

// maxMinor is the largest balance; its negative is the smallest.
const maxMinor = math.MaxInt64

// stripes is how many rows a system account is split into. A player always uses the same stripe. When the number of workers divides
// it, no two workers of a process share a stripe.
const stripes = 8

// accountKey names an account.
type accountKey struct {
	owner    string // player id, "house:<provider>" or "psp:<name>"
	currency string
	kind     accountKind
	stripe   int16 // 0 for players
}

// account is one account as a batch sees it: the balance after the operations decided so far. An account that does not exist yet has
// id 0 and a balance of zero.
type account struct {
	accountKey
	id      int64
	balance int64
	version int64 // operations on this player and currency; kept on cash accounts only
	staked  int64 // part of the balance that open bets hold; kept on held accounts only
	dirty   bool  // to be written
}

// transfer moves an amount between two accounts, as two entries of one type. Zero moves nothing and makes no entries.
type transfer struct {
	typ      entryType
	from, to *account
	amount   int64
}

// entry is one line of the ledger.
type entry struct {
	account *account
	typ     entryType
	amount  int64
	after   int64
}

// post applies transfers in order, all or none, and returns their entries. A player's account never becomes negative and no balance
// leaves the range of int64.
func post(transfers ...transfer) ([]entry, error) {
	entries := make([]entry, 0, 2*len(transfers))
	undo := func() {
		for i := len(entries) - 1; i >= 0; i-- {
			entries[i].account.balance -= entries[i].amount
		}
	}
	for _, t := range transfers {
		if t.amount == 0 {
			continue
		}
		for _, side := range []struct {
			account *account
			amount  int64
		}{{t.from, -t.amount}, {t.to, t.amount}} {
			after, ok := add(side.account.balance, side.amount)
			switch {
			case !ok:
				undo()
				return nil, amountOverflow(side.account.currency)
			case after < 0 && side.account.kind.ofPlayer():
				available := side.account.balance
				undo()
				return nil, insufficientFunds(side.account.currency, available, t.amount)
			}
			side.account.balance = after
			entries = append(entries, entry{account: side.account, typ: t.typ, amount: side.amount, after: after})
		}
	}
	for _, e := range entries {
		e.account.dirty = true
	}
	return entries, nil
}

// add is a+b, and whether it fits. The smallest int64 is left out, so that every balance can be negated.
func add(a, b int64) (int64, bool) {
	sum := a + b
	if (sum > a) != (b > 0) && b != 0 || sum == math.MinInt64 {
		return 0, false
	}
	return sum, true
}
