package wallet

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// The language of the rules, one line per operation:
//
//	<operation> <player> <arguments> [<option>=<value> ...] -> <expected>
//
// Amounts are EUR unless the currency follows at once (1.00USD). Operations and their arguments:
//
//	deposit, reserve, hold, credit, debit, out, in, jackpot, chargeback, unchargeback, paydebt, pdebit, pcredit   an amount
//	play            stake and payout
//	settle          a hold and a payout; part=<amount> of the stake, jp=<jackpot>:<amount>
//	release         a hold; part=<amount>
//	complete, cancel   a hold
//	correct         a hold and what it should have paid; void: a hold; debt=REFUSED
//	grant, convert  a grant and an amount; forfeit: a grant and perhaps an amount; close=CASH or close=DISCARD
//	adjust          a signed amount; writeoff: an amount of the debt
//	fx              what is taken and what is given
//	settleround     nothing; <player>:<signed amount> ... all or none
//	guard           a kind, and a maximum unless it is a restriction; nothing is expected of it
//
// fund=<policy>:<grant> and wins=ALL say how a stake is paid, hold=<hold> whose winnings a credit is. Options of all: key=<request id>, caller=<service>,
// version=<expected>. Holds are named by the key of the operation that opened them. Expected is the balance after, "available held vN", with
// b<free>/<held> before the version when there is bonus money, owes<amount> when something is owed, and "again" when it was replayed, or the reason of the refusal.
func runRules(t *testing.T, rules map[string]string) {
	for name, text := range rules {
		t.Run(name, func(t *testing.T) {
			w := newTable()
			for line := range strings.Lines(text) {
				if line = strings.TrimSpace(line); line != "" {
					w.run(t, line)
				}
			}
			w.balanced(t)
		})
	}
}

// table is a book in memory and the names that lines use.
type table struct {
	book  *book
	holds map[string]string // key of the opening operation -> hold id
	lines int
}

func newTable() *table {
	n := 0
	blocks := make([]int64, 50)
	for i := range blocks {
		blocks[i] = int64(i+1) * blockSize
	}
	return &table{
		book: &book{
			accounts: map[accountKey]*account{}, holds: map[string]*hold{}, keys: map[[16]byte]remembered{}, blocks: blocks, now: time.Unix(0, 0),
			newID: func(prefix string) string { n++; return fmt.Sprintf("%s_%d", prefix, n) },
		},
		holds: map[string]string{},
	}
}

func (w *table) run(t *testing.T, line string) {
	t.Helper()
	text, want, _ := strings.Cut(line, "->")
	words := strings.Fields(text)
	if words[0] == "guard" {
		w.guard(t, words[1], words[2:])
		return
	}
	w.lines++
	var commands []*command
	switch words[0] {
	case "fx":
		commands = w.exchange(t, words)
	case "settleround":
		for _, part := range words[1:] {
			player, amount, _ := strings.Cut(part, ":")
			operation := "pcredit"
			if after, negative := strings.CutPrefix(amount, "-"); negative {
				operation, amount = "pdebit", after
			}
			commands = append(commands, w.parse(t, []string{operation, player, amount, "key=" + fmt.Sprint(w.lines, player, len(commands))}))
		}
	default:
		commands = []*command{w.parse(t, words)}
	}
	operations, before := len(w.book.operations), w.state()
	all, _, err := w.book.decideAll(commands)
	if err != nil {
		require.Equal(t, strings.TrimSpace(want), errs.ReasonOf(err), line)
		require.Len(t, w.book.operations, operations, line)
		require.Equal(t, before, w.state(), "a refusal left something: %s", line)
		return
	}
	require.Equal(t, strings.TrimSpace(want), balanceText(all[len(all)-1]), line)
	for i, r := range all {
		if r.holdID != "" {
			w.holds[commands[i].requestID] = r.holdID
		}
	}
}

func balanceText(r result) string {
	amount := func(n int64) string { return money.Amount{Minor: n, Currency: r.currency}.String() }
	text := amount(r.after.available) + " " + amount(r.after.held)
	if r.after.bonus != 0 || r.after.heldBonus != 0 {
		text += " b" + amount(r.after.bonus) + "/" + amount(r.after.heldBonus)
	}
	if r.after.owed != 0 {
		text += " owes" + amount(r.after.owed)
	}
	text += fmt.Sprintf(" v%d", r.after.version)
	if r.replayed {
		text += " again"
	}
	return text
}

// guard adds a guard that counts from now on.
func (w *table) guard(t *testing.T, player string, words []string) {
	t.Helper()
	g := &guard{player: player, layer: layerOperator}
	for g.kind = guardStake; g.kind.String() != words[0]; g.kind++ {
		require.NotEqual(t, guardBonusStake, g.kind, "no such guard: %s", words[0])
	}
	if len(words) > 1 {
		a, err := money.Parse(words[1], "EUR")
		require.NoError(t, err)
		g.currency, g.maximum = "EUR", a.Minor
	}
	if w.book.guards == nil {
		w.book.guards = map[string][]*guard{}
	}
	w.book.guards[player] = append(w.book.guards[player], g)
}

// state is everything that a refusal must leave alone: balances, holds, usage.
func (w *table) state() map[string]string {
	state := map[string]string{}
	for k, a := range w.book.accounts {
		if text := fmt.Sprint(a.balance, a.held, a.late, a.version, a.staked, a.bonus, a.heldBonus, a.owed, a.used); text != "0 0 0 0 0 0 0 0 {0 0 0 0 0}" {
			state[fmt.Sprint(k)] = text
		}
	}
	for id, h := range w.book.holds {
		state[id] = fmt.Sprint(h.state, h.settled, h.released, h.paid, h.late)
	}
	return state
}

func (w *table) exchange(t *testing.T, words []string) []*command {
	t.Helper()
	out := w.parse(t, []string{"fxout", words[1], words[2]})
	in := w.parse(t, []string{"fxin", words[1], words[3]})
	for _, word := range words[4:] {
		if key, ok := strings.CutPrefix(word, "key="); ok {
			out.requestID, in.requestID, in.caller = key, key, in.caller+"#2"
			out.hash, in.hash = out.requestKey.hash(), in.requestKey.hash()
		}
	}
	return []*command{out, in}
}

func (w *table) parse(t *testing.T, words []string) *command {
	t.Helper()
	c := &command{requestKey: requestKey{"svc", fmt.Sprint("line ", w.lines, words[0])}, player: words[1], ref: reference{sourceKind: 1}}
	l := &tableLine{t: t, w: w, c: c}
	for _, word := range words[2:] {
		if name, value, option := strings.Cut(word, "="); option {
			l.option(name, value)
		} else {
			l.args = append(l.args, word)
		}
	}
	l.operation(words[0])
	c.hash = c.requestKey.hash()
	c.fingerprint = sha256.Sum256(fmt.Append(nil, c.kind, c.player, c.currency, c.amount, c.payout, c.holdID, c.expectedVersion, c.funding, c.closes, c.late))
	return c
}

// tableLine is one line as it is read.
type tableLine struct {
	t     *testing.T
	w     *table
	c     *command
	args  []string
	parts string // of a hold
}

func (l *tableLine) option(name, value string) {
	c := l.c
	var err error
	switch name {
	case "key":
		c.requestID = value
	case "caller":
		c.caller = value
	case "version":
		c.expectedVersion, err = strconv.ParseInt(value, 10, 64)
	case "part":
		l.parts = value
	case "hold":
		c.holdID = l.w.holds[value]
	case "wins":
		c.funding.wins = winsToBonus
	case "fund":
		policy, grant, _ := strings.Cut(value, ":")
		c.funding.policy = map[string]fundingPolicy{"CASH_ONLY": fundCashOnly, "BONUS_ONLY": fundBonusOnly, "CASH_FIRST": fundCashFirst, "BONUS_FIRST": fundBonusFirst}[policy]
		c.funding.grantID = grant
	case "close":
		c.closes, c.late = true, map[string]lateMoney{"CASH": lateToCash, "DISCARD": lateDiscarded}[value]
	case "debt":
		c.refuseDebt = value == "REFUSED"
	case "jp":
		jackpot, amount, _ := strings.Cut(value, ":")
		c.jackpots = append(c.jackpots, jackpotPart{jackpot, l.read(amount)})
	default:
		l.t.Fatalf("no such option: %s", name)
	}
	require.NoError(l.t, err)
}

func (l *tableLine) read(text string) int64 {
	l.t.Helper()
	currency := "EUR"
	if n := len(text) - 3; n > 0 && text[n] >= 'A' {
		text, currency = text[:n], text[n:]
	}
	a, err := money.Parse(text, currency)
	require.NoError(l.t, err)
	l.c.currency = currency
	return a.Minor
}

func (l *tableLine) amount(i int) int64 { return l.read(l.args[i]) }

func (l *tableLine) hold() string {
	if id := l.w.holds[l.args[0]]; id != "" {
		return id
	}
	return l.args[0]
}

// part is the part of a hold, or all of it.
func (l *tableLine) part() int64 {
	if l.parts == "" {
		return allParts
	}
	return l.read(l.parts)
}

// lines are the operations that are an amount against a system account.
var lines = map[string]struct {
	kind    operationKind
	account accountKey
}{
	"deposit": {opDeposit, accountKey{owner: "psp:stripe", kind: kindPSP}}, "debit": {opDebit, accountKey{owner: "house:acme", kind: kindHouse}},
	"credit": {opCredit, accountKey{owner: "house:acme", kind: kindHouse}}, "reserve": {opReserveWithdrawal, accountKey{}}, "hold": {opPlaceHold, accountKey{}},
	"out": {opTransferOut, accountKey{owner: "provider_bank:acme", kind: kindProviderBank}},
	"in":  {opTransferIn, accountKey{owner: "provider_bank:acme", kind: kindProviderBank}}, "jackpot": {opPayJackpot, accountKey{owner: "jackpot:mega", kind: kindJackpot}},
	"chargeback": {opChargeback, accountKey{owner: "psp:stripe", kind: kindPSP}}, "unchargeback": {opReverseChargeback, accountKey{owner: "psp:stripe", kind: kindPSP}},
	"paydebt": {opSettleDebt, accountKey{}}, "pdebit": {opPartnerDebit, accountKey{owner: "house:partner", kind: kindHouse}},
	"pcredit": {opPartnerCredit, accountKey{owner: "house:partner", kind: kindHouse}}, "fxout": {opFXOut, accountKey{owner: "fx", kind: kindFX}},
	"fxin": {opFXIn, accountKey{owner: "fx", kind: kindFX}}, "adjust": {opAdjust, accountKey{owner: "adjustment", kind: kindAdjustment}},
	"writeoff": {opAdjust, accountKey{owner: "chargeback", kind: kindChargeback}},
}

func (l *tableLine) operation(name string) {
	c := l.c
	if simple, ok := lines[name]; ok {
		c.kind, c.counterparty = simple.kind, simple.account
		if negative, ok := strings.CutPrefix(l.args[0], "-"); ok {
			l.args[0] = negative
			c.amount = -l.amount(0)
		} else {
			c.amount = l.amount(0)
		}
		c.debt = name == "writeoff"
		if name == "credit" {
			c.creditType = entryPayout
		}
		return
	}
	houseKey := accountKey{owner: "house:acme", kind: kindHouse}
	switch name {
	case "play":
		c.kind, c.amount, c.payout, c.counterparty = opPlaceAndSettle, l.amount(0), l.amount(1), houseKey
	case "settle":
		c.kind, c.holdID, c.payout, c.counterparty = opSettleHold, l.hold(), l.amount(1), houseKey
		c.amount = l.part()
	case "release":
		c.kind, c.holdID, c.amount = opReleaseHold, l.hold(), l.part()
	case "correct":
		c.kind, c.holdID, c.payout, c.counterparty = opCorrectHold, l.hold(), l.amount(1), houseKey
	case "void":
		c.kind, c.holdID, c.void, c.counterparty = opCorrectHold, l.hold(), true, houseKey
	case "complete":
		c.kind, c.holdID, c.amount, c.counterparty = opCompleteWithdrawal, l.hold(), allParts, accountKey{owner: "psp:stripe", kind: kindPSP}
	case "cancel":
		c.kind, c.holdID, c.amount = opCancelWithdrawal, l.hold(), allParts
	case "grant", "convert", "forfeit":
		c.kind = map[string]operationKind{"grant": opGrantBonus, "convert": opConvertBonus, "forfeit": opForfeitBonus}[name]
		c.funding.grantID, c.counterparty, c.currency = l.args[0], accountKey{owner: bonusCost, kind: kindBonusCost}, "EUR"
		if c.amount = allParts; len(l.args) > 1 {
			c.amount = l.amount(1)
		}
	default:
		l.t.Fatalf("no such operation: %s", name)
	}
}

// balanced asserts the double entry of everything that was decided, and what follows from it.
func (w *table) balanced(t *testing.T) {
	t.Helper()
	balances := map[side]int64{}
	numbers := map[int64]bool{}
	for _, op := range w.book.operations {
		var sum int64
		for i, e := range op.entries {
			require.False(t, numbers[op.number+int64(i)], "two entries with one number")
			numbers[op.number+int64(i)] = true
			require.NotZero(t, e.amount)
			require.Equal(t, op.currency, e.side.currency)
			sum += e.amount
			balances[e.side] += e.amount
			require.Equal(t, balances[e.side], e.after)
		}
		require.Zero(t, sum)
		require.LessOrEqual(t, len(op.entries), mostEntries+2*len(op.command.jackpots))
	}
	type pocket struct{ owner, currency string }
	bonus, heldBonus, held, heldIn := map[pocket]int64{}, map[pocket]int64{}, map[pocket]int64{}, map[pocket]int64{}
	for a := range maps.Values(w.book.accounts) {
		require.Equal(t, balances[a.free()], a.balance)
		require.Equal(t, balances[a.heldSide()], a.held)
		require.True(t, a.free().allowed())
		p := pocket{a.owner, a.currency}
		if a.kind == kindBonus {
			bonus[p] += a.balance
			heldBonus[p] += a.held
		}
		held[p] += a.held
	}
	for _, h := range w.book.holds {
		heldIn[pocket{h.player, h.currency}] += h.remaining().total
		require.GreaterOrEqual(t, h.remaining().cash(), int64(0))
		require.GreaterOrEqual(t, h.remaining().bonus, int64(0))
		require.Equal(t, h.state == holdOpen, h.remaining().total > 0 || h.amount.total == 0 && h.state == holdOpen)
	}
	for a := range maps.Values(w.book.accounts) {
		if p := (pocket{a.owner, a.currency}); a.kind == kindCash {
			require.Equal(t, []int64{bonus[p], heldBonus[p], held[p]}, []int64{a.bonus, a.heldBonus, heldIn[p]})
		}
	}
}
