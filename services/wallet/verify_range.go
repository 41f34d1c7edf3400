package wallet

import (
	"context"
	"fmt"
	"math/big"
	"slices"

	"github.com/pitboss-gaming/pitboss/services/wallet/internal/db"
)

// rangeOf is one range of numbers while it is read: its operations first, then its entries, each row once and in the order of numbers, which is the order
// in which each account changed. So an entry must follow from the one before it on its account, and an operation's entries stand together.
type rangeOf struct {
	span       span
	f          *findings
	operations []operationLine
	balances   map[string]*versions // by currency and player
	currencies []string             // those of operations, by their position less one
	index      map[int64]int32      // account -> its position in accounts
	accounts   []movement
	next       int    // operation whose entries come next
	total      wide   // sum of the entries of the current operation
	found      int64  // how many it has
	wrong      faults // operations that are not what their entries are
	breaks     faults // entries that do not follow from the one before them
	untrue     faults // operations that say to have left another balance than their entries did
	holding    db.EntryLine
	pairs      []pair // accounts between which money was put on hold
	read       counts
}

// pair is two accounts between which an operation put money on hold.
type pair struct{ free, held, number int64 }

// operationLine is what entries are compared with.
type operationLine struct {
	number, createdAt, entries int64
	said                       [2]int64 // of cash and of held cash
	of                         *versions
	currency                   int32
}

// versions are those that one balance took in a range.
type versions struct {
	player, currency        string
	account                 int64
	first, last, operations int64
	lastNumber              int64
	broken                  bool
	sides                   [2]saidSide
}

// saidSide is one side of a balance's cash account, of which each operation says what it left.
type saidSide struct {
	account int64
	moved   int32 // position of the account in the range's, plus one; 0 before its first entry
	before  int64 // what operations before its first entry said, which is what the ranges before have left
	number  int64 // of the first of them; 0 for none
}

// movement is what a range did to one account.
type movement struct {
	account                   int64
	firstNumber, lastNumber   int64
	firstBalance, firstAmount int64
	balance, total, lowest    int64
	entries                   int64
	partner                   int64 // account from which money was put on hold last
	currency                  int32
}

// fault is something wrong at a number, for an account where that matters.
type fault struct {
	number, account int64
	text            string
}

// faults keeps the first faults and counts the others; in a broken range everything can be wrong.
type faults struct {
	kept []fault
	more int64
}

func (f *faults) add(number, account int64, text string, args ...any) {
	if len(f.kept) == maxViolations {
		f.more++
		return
	}
	f.kept = append(f.kept, fault{number: number, account: account, text: fmt.Sprintf(text, args...)})
}

// wide is a sum that cannot overflow: the sum of fewer than 2^32 numbers of 64 bits.
type wide struct {
	high int64
	low  uint64
}

func (w *wide) add(n int64) {
	before := w.low
	w.low += uint64(n)
	if n < 0 {
		w.high--
	}
	if w.low < before {
		w.high++
	}
}

func (w wide) zero() bool { return w.high == 0 && w.low == 0 }

// String is the sum in decimal.
func (w wide) String() string {
	n := new(big.Int).Lsh(big.NewInt(w.high), 64)
	return n.Add(n, new(big.Int).SetUint64(w.low)).String()
}

// readRange reads a range and keeps what is to be put together with the ranges before it.
func readRange(ctx context.Context, q *db.Queries, f *findings, s span) (*rangeOf, error) {
	r := &rangeOf{span: s, f: f, balances: map[string]*versions{}, index: map[int64]int32{}}
	if err := q.ReadOperations(ctx, s.after, s.upto, r.operation()); err != nil {
		return nil, err
	}
	if err := r.findAccounts(ctx, q); err != nil {
		return nil, err
	}
	if err := q.ReadEntries(ctx, s.after, s.upto, r.entry); err != nil {
		return nil, err
	}
	r.finish(len(r.operations))
	if err := r.reportPairs(ctx, q); err != nil {
		return nil, err
	}
	return r, r.report(ctx, q)
}

// operation takes the next operation.
func (r *rangeOf) operation() func(db.OperationLine) {
	var key []byte
	return func(o db.OperationLine) {
		key = append(append(append(key[:0], o.Currency...), '/'), o.PlayerID...)
		b := r.balances[string(key)]
		if b == nil {
			b = &versions{player: string(o.PlayerID), currency: string(o.Currency), first: o.Version, last: o.Version - 1}
			r.balances[string(key)] = b
		}
		b.broken = b.broken || o.Version != b.last+1
		b.last, b.lastNumber = o.Version, o.Number
		b.operations++
		r.read.operations++
		r.operations = append(r.operations, operationLine{
			number: o.Number, createdAt: o.CreatedAt, entries: o.Entries, said: [2]int64{o.Available, o.Held}, of: b, currency: r.currency(o.Currency),
		})
	}
}

// currency is the position of a currency, from 1 on; there are few.
func (r *rangeOf) currency(code []byte) int32 {
	for i, c := range r.currencies {
		if c == string(code) {
			return int32(i + 1)
		}
	}
	r.currencies = append(r.currencies, string(code))
	return int32(len(r.currencies))
}

// entry takes the next entry.
func (r *rangeOf) entry(e db.EntryLine) {
	r.read.entries++
	for r.next < len(r.operations) && r.operations[r.next].number < e.OperationNumber {
		r.finish(r.next + 1)
	}
	currency := int32(0)
	if r.next == len(r.operations) || r.operations[r.next].number != e.OperationNumber {
		r.wrong.add(e.OperationNumber, 0, "entry %d is of it, but it does not exist or its entries stand elsewhere", e.Number)
	} else {
		o := &r.operations[r.next]
		if currency = o.currency; e.CreatedAt != o.createdAt || e.Number != o.number+r.found {
			r.wrong.add(o.number, 0, "entry %d has another time or number than it should", e.Number)
		}
		r.total.add(e.Amount)
		r.found++
	}
	r.move(e, currency)
	if t := entryType(e.Type); t == entryHold || t == entryWithdrawalHold {
		r.hold(e)
	}
}

// finish compares operations up to a position with the entries that were read for them.
func (r *rangeOf) finish(upto int) {
	for ; r.next < upto; r.next++ {
		if o := r.operations[r.next]; r.found != o.entries || !r.total.zero() {
			r.wrong.add(o.number, 0, "%d entries of %d, which sum to %s", r.found, o.entries, r.total)
		}
		r.total, r.found = wide{}, 0
		r.compareSaid(&r.operations[r.next])
	}
}

// compareSaid compares what an operation says that it left with what all entries up to its own did.
func (r *rangeOf) compareSaid(o *operationLine) {
	for i := range o.of.sides {
		s := &o.of.sides[i]
		if s.account == 0 {
			continue
		}
		if s.moved == 0 {
			s.moved = r.index[s.account] + 1
			if _, moved := r.index[s.account]; !moved {
				s.moved = 0
			} else if a := &r.accounts[s.moved-1]; s.number != 0 && s.before != a.firstBalance-a.firstAmount {
				r.untrue.add(s.number, 0, "says that it left %d, and its entries left %d on account %d", s.before, a.firstBalance-a.firstAmount, s.account)
			}
		}
		has := s.before
		if s.moved > 0 {
			has = r.accounts[s.moved-1].balance
		} else if s.number == 0 {
			has, s.before, s.number = o.said[i], o.said[i], o.number
		}
		if o.said[i] != has {
			r.untrue.add(o.number, 0, "says that it left %d, and its entries left %d on account %d", o.said[i], has, s.account)
		}
	}
}

// hold takes an entry that puts money on hold. They come in pairs, from a free side to a held one.
func (r *rangeOf) hold(e db.EntryLine) {
	if e.Amount < 0 {
		r.holding = e
		return
	}
	a := &r.accounts[r.index[e.AccountID]]
	from := r.holding.AccountID
	if r.holding.Number != e.Number-1 || r.holding.Amount != -e.Amount {
		from = 0
	}
	if a.partner != from || from == 0 {
		a.partner = from
		r.pairs = append(r.pairs, pair{from, e.AccountID, e.OperationNumber})
	}
}

// reportPairs tells of money that was put on hold elsewhere than where it came from.
func (r *rangeOf) reportPairs(ctx context.Context, q *db.Queries) error {
	if len(r.pairs) == 0 {
		return nil
	}
	var p db.WrongSidesParams
	for _, x := range r.pairs {
		p.FreeIds, p.HeldIds = append(p.FreeIds, x.free), append(p.HeldIds, x.held)
	}
	rows, err := q.WrongSides(ctx, p)
	if err != nil || len(rows) == 0 {
		return err
	}
	var mixed faults
	for _, w := range rows {
		i := slices.IndexFunc(r.pairs, func(x pair) bool { return x.free == w.FreeID && x.held == w.HeldID })
		mixed.add(r.pairs[i].number, 0, "put money of account %d on hold in account %d, which is not its other side", w.FreeID, w.HeldID)
	}
	return reportOperations(ctx, q, r.f, FundingMismatch, mixed)
}

// move takes an entry to its account.
func (r *rangeOf) move(e db.EntryLine, currency int32) {
	i, ok := r.index[e.AccountID]
	if !ok {
		r.index[e.AccountID] = int32(len(r.accounts))
		r.accounts = append(r.accounts, movement{
			account: e.AccountID, firstNumber: e.Number, lastNumber: e.Number, firstBalance: e.BalanceAfter, firstAmount: e.Amount, balance: e.BalanceAfter,
			total: e.Amount, lowest: e.BalanceAfter, entries: 1, currency: currency,
		})
		return
	}
	a := &r.accounts[i]
	if after, ok := sum(a.balance, e.Amount); !ok || after != e.BalanceAfter {
		r.breaks.add(e.Number, e.AccountID, "says %d, but the balance before it was %d and its amount is %d", e.BalanceAfter, a.balance, e.Amount)
	}
	if currency != a.currency && currency != 0 {
		if a.currency != 0 {
			r.wrong.add(e.OperationNumber, 0, "is in another currency than others on account %d", e.AccountID)
		}
		a.currency = currency
	}
	a.balance, a.total, a.lowest, a.lastNumber = e.BalanceAfter, saturate(a.total, e.Amount), min(a.lowest, e.BalanceAfter), e.Number
	a.entries++
}

// findAccounts finds the cash accounts of the balances.
func (r *rangeOf) findAccounts(ctx context.Context, q *db.Queries) error {
	var p db.CashAccountsParams
	for _, b := range r.balances {
		p.Owners = append(p.Owners, b.player)
		p.Currencies = append(p.Currencies, b.currency)
	}
	rows, err := q.CashAccounts(ctx, p)
	for _, a := range rows {
		b := r.balances[a.Currency+"/"+a.Owner]
		b.account, b.sides[0].account = a.ID, a.ID
		if a.HeldID != nil {
			b.sides[1].account = *a.HeldID
		}
	}
	return err
}

// report tells what the range says by itself.
func (r *rangeOf) report(ctx context.Context, q *db.Queries) error {
	if err := reportEntries(ctx, q, r.f, r.breaks); err != nil {
		return err
	}
	for _, b := range r.balances {
		switch {
		case b.account == 0:
			r.f.add(VersionMismatch, b.player, "player "+b.player+" "+b.currency, "%d operations, but no account", b.operations)
		case b.broken:
			r.f.add(VersionMismatch, b.player, "player "+b.player+" "+b.currency, "the %d operations up to number %d do not have the versions %d to %d one after the other",
				b.operations, b.lastNumber, b.first, b.first+b.operations-1)
		}
	}
	if err := reportOperations(ctx, q, r.f, OperationSum, r.wrong); err != nil {
		return err
	}
	return reportOperations(ctx, q, r.f, AnswerMismatch, r.untrue)
}

// reportOperations tells what is wrong with operations.
func reportOperations(ctx context.Context, q *db.Queries, f *findings, invariant string, wrong faults) error {
	f.more(wrong.more)
	if len(wrong.kept) == 0 {
		return nil
	}
	numbers := make([]int64, len(wrong.kept))
	for i, w := range wrong.kept {
		numbers[i] = w.number
	}
	rows, err := q.NameOperations(ctx, numbers)
	names := make(map[int64]db.NameOperationsRow, len(rows))
	for _, o := range rows {
		names[o.Number] = o
	}
	for _, w := range wrong.kept {
		o := names[w.number]
		subject := "operation " + o.ID
		if o.ID == "" {
			subject = fmt.Sprintf("operation number %d", w.number)
		}
		f.add(invariant, o.PlayerID, subject, "%s", w.text)
	}
	return err
}

// reportEntries tells entries that do not follow from those before them.
func reportEntries(ctx context.Context, q *db.Queries, f *findings, breaks faults) error {
	f.more(breaks.more)
	if len(breaks.kept) == 0 {
		return nil
	}
	ids := make([]int64, len(breaks.kept))
	for i, b := range breaks.kept {
		ids[i] = b.account
	}
	owners, err := ownersOf(ctx, q, ids)
	for _, b := range breaks.kept {
		f.add(RunningBalance, owners[b.account], fmt.Sprintf("entry %d of account %d", b.number, b.account), "%s", b.text)
	}
	return err
}
