package wallet

import (
	"crypto/sha256"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// The rules, one line per operation:
//
//	<operation> <player> <arguments> [key=<request id>] [caller=<service>] [version=<expected>] -> <expected>
//
// Amounts are EUR unless the currency follows at once (1.00USD). Arguments: deposit, reserve, hold, credit, debit: an amount; settle: a hold and a
// payout; guard: a kind, and a maximum unless it is a restriction (nothing is expected of it); release, complete, cancel: a hold; play: stake and payout. Holds are named by the key of the operation that opened them. Expected is the
// balance after ("available held vN", with "again" when replayed) or the reason of the refusal.
var rules = map[string]string{
	"a bet that wins": `
		deposit ann 10.00                 -> 10.00 0.00 v1
		hold    ann 10.00 key=h           -> 0.00 10.00 v2
		settle  ann h 36.00               -> 36.00 0.00 v3`,
	"a bet that loses": `
		deposit ann 10.00                 -> 10.00 0.00 v1
		hold    ann 4.00 key=h            -> 6.00 4.00 v2
		settle  ann h 0.00                -> 6.00 0.00 v3`,
	"a bet that is void": `
		deposit ann 10.00                 -> 10.00 0.00 v1
		hold    ann 4.00 key=h            -> 6.00 4.00 v2
		release ann h                     -> 10.00 0.00 v3
		release ann h                     -> HOLD_CLOSED
		settle  ann h 1.00                -> HOLD_CLOSED`,
	"a hold is closed once": `
		deposit ann 10.00                 -> 10.00 0.00 v1
		hold    ann 4.00 key=h            -> 6.00 4.00 v2
		settle  ann h 1.00                -> 7.00 0.00 v3
		settle  ann h 1.00                -> HOLD_CLOSED
		release ann h                     -> HOLD_CLOSED`,
	"money is only spent once": `
		deposit ann 10.00                 -> 10.00 0.00 v1
		hold    ann 10.00                 -> 0.00 10.00 v2
		hold    ann 0.01                  -> INSUFFICIENT_FUNDS
		reserve ann 0.01                  -> INSUFFICIENT_FUNDS
		debit   ann 0.01                  -> INSUFFICIENT_FUNDS
		play    ann 0.01 5.00             -> INSUFFICIENT_FUNDS
		hold    ann 0.00                  -> 0.00 10.00 v3`,
	"nobody has anything at first": `
		hold    ann 0.01                  -> INSUFFICIENT_FUNDS
		debit   ann 0.01                  -> INSUFFICIENT_FUNDS
		hold    ann 0.00                  -> 0.00 0.00 v1
		credit  bob 1.00                  -> 1.00 0.00 v1
		play    eve 0.00 2.00             -> 2.00 0.00 v1`,
	"a withdrawal that is paid": `
		deposit  ann 10.00                -> 10.00 0.00 v1
		reserve  ann 6.00 key=w           -> 4.00 6.00 v2
		complete ann w                    -> 4.00 0.00 v3
		cancel   ann w                    -> HOLD_CLOSED
		complete ann w                    -> HOLD_CLOSED`,
	"a withdrawal that is not paid": `
		deposit  ann 10.00                -> 10.00 0.00 v1
		reserve  ann 6.00 key=w           -> 4.00 6.00 v2
		cancel   ann w                    -> 10.00 0.00 v3
		complete ann w                    -> HOLD_CLOSED`,
	"a withdrawal is not a bet": `
		deposit  ann 10.00                -> 10.00 0.00 v1
		reserve  ann 6.00 key=w           -> 4.00 6.00 v2
		hold     ann 4.00 key=h           -> 0.00 10.00 v3
		settle   ann w 9.00               -> HOLD_MISMATCH
		release  ann w                    -> HOLD_MISMATCH
		complete ann h                    -> HOLD_MISMATCH
		cancel   ann h                    -> HOLD_MISMATCH`,
	"what is another player's stays hers": `
		deposit ann 10.00                 -> 10.00 0.00 v1
		deposit bob 10.00                 -> 10.00 0.00 v1
		hold    ann 4.00 key=h            -> 6.00 4.00 v2
		settle  bob h 9.00                -> HOLD_MISMATCH
		release bob h                     -> HOLD_MISMATCH
		settle  ann h 9.00                -> 15.00 0.00 v3
		release bob h                     -> HOLD_MISMATCH`,
	"currencies do not mix": `
		deposit ann 10.00                 -> 10.00 0.00 v1
		hold    ann 1.00USD               -> INSUFFICIENT_FUNDS
		deposit ann 5.00USD               -> 5.00 0.00 v1
		hold    ann 4.00USD key=h         -> 1.00 4.00 v2
		settle  ann h 9.00                -> HOLD_MISMATCH
		settle  ann h 9.00USD             -> 10.00 0.00 v3
		hold    ann 10.00                 -> 0.00 10.00 v2`,
	"play needs the stake before the winnings": `
		deposit ann 1.00                  -> 1.00 0.00 v1
		play    ann 1.01 100.00           -> INSUFFICIENT_FUNDS
		play    ann 1.00 100.00 key=p     -> 100.00 0.00 v2
		play    ann 1.00 100.00 key=p     -> 100.00 0.00 v2 again
		release ann p                     -> HOLD_CLOSED`,
	"a request is done once": `
		deposit ann 10.00 key=a           -> 10.00 0.00 v1
		deposit ann 10.00 key=a           -> 10.00 0.00 v1 again
		deposit ann 10.01 key=a           -> IDEMPOTENCY_CONFLICT
		deposit bob 10.00 key=a           -> IDEMPOTENCY_CONFLICT
		credit  ann 10.00 key=a           -> IDEMPOTENCY_CONFLICT
		hold    ann 3.00 key=h            -> 7.00 3.00 v2
		settle  ann h 0.00 key=s          -> 7.00 0.00 v3
		settle  ann h 0.00 key=s          -> 7.00 0.00 v3 again
		hold    ann 3.00 key=h            -> 7.00 3.00 v2 again
		deposit ann 10.00 key=a caller=x  -> 17.00 0.00 v4`,
	"a refusal is not remembered": `
		hold    ann 3.00 key=h            -> INSUFFICIENT_FUNDS
		deposit ann 3.00                  -> 3.00 0.00 v1
		hold    ann 3.00 key=h            -> 0.00 3.00 v2`,
	"a decision on an old balance is refused": `
		deposit ann 10.00                 -> 10.00 0.00 v1
		hold    ann 1.00 version=1 key=h  -> 9.00 1.00 v2
		hold    ann 1.00 version=1        -> STALE_VERSION
		hold    ann 99.00 version=1       -> STALE_VERSION
		hold    ann 1.00 version=1 key=h  -> 9.00 1.00 v2 again
		hold    ann 1.00 version=2        -> 8.00 2.00 v3`,
	"nothing overflows": `
		deposit ann 92233720368547758.07  -> 92233720368547758.07 0.00 v1
		deposit ann 0.01                  -> AMOUNT_OVERFLOW
		credit  ann 0.01                  -> AMOUNT_OVERFLOW
		play    ann 1.00 1.01             -> AMOUNT_OVERFLOW
		hold    ann 0.01 key=h            -> 92233720368547758.06 0.01 v2
		settle  ann h 0.02                -> AMOUNT_OVERFLOW
		settle  ann h 0.01                -> 92233720368547758.07 0.00 v3
		deposit ann 0.01USD               -> 0.01 0.00 v1`,
	"a system account does not overflow either": `
		deposit ann 92233720368547758.07  -> 92233720368547758.07 0.00 v1
		deposit ann 0.01                  -> AMOUNT_OVERFLOW
		debit   ann 92233720368547758.07  -> 0.00 0.00 v2
		deposit ann 0.01                  -> AMOUNT_OVERFLOW
		credit  ann 92233720368547758.07  -> 92233720368547758.07 0.00 v3`,
	"a limit on stakes counts what is not void": `
		deposit ann 100.00                -> 100.00 0.00 v1
		guard   ann STAKE 10.00
		hold    ann 6.00 key=h            -> 94.00 6.00 v2
		hold    ann 4.01                  -> LIMIT_REACHED
		play    ann 4.00 0.00             -> 90.00 6.00 v3
		hold    ann 0.01                  -> LIMIT_REACHED
		release ann h                     -> 96.00 0.00 v4
		hold    ann 6.00 key=i            -> 90.00 6.00 v5
		settle  ann i 50.00               -> 140.00 0.00 v6
		hold    ann 0.01                  -> LIMIT_REACHED
		hold    ann 1.00USD               -> INSUFFICIENT_FUNDS
		deposit bob 20.00                 -> 20.00 0.00 v1
		hold    bob 20.00                 -> 0.00 20.00 v2`,
	"a limit on losses counts open bets as lost, and winnings only up to the losses": `
		deposit ann 100.00                -> 100.00 0.00 v1
		guard   ann NET_LOSS 10.00
		hold    ann 10.00 key=h           -> 90.00 10.00 v2
		hold    ann 0.01                  -> LIMIT_REACHED
		settle  ann h 30.00               -> 120.00 0.00 v3
		play    ann 10.00 0.00            -> 110.00 0.00 v4
		play    ann 10.01 50.00           -> LIMIT_REACHED
		debit   ann 5.00                  -> 105.00 0.00 v5`,
	"restrictions come before funds and stop only what begins": `
		deposit ann 10.00                 -> 10.00 0.00 v1
		hold    ann 4.00 key=h            -> 6.00 4.00 v2
		guard   ann NO_STAKE
		guard   ann NO_DEPOSIT
		hold    ann 999.00                -> RESTRICTED
		play    ann 0.00 1.00             -> RESTRICTED
		deposit ann 1.00                  -> RESTRICTED
		settle  ann h 9.00                -> 15.00 0.00 v3
		credit  ann 1.00                  -> 16.00 0.00 v4
		reserve ann 16.00                 -> 0.00 16.00 v5`,
	"what does not exist is not closed": `
		settle   ann none 1.00            -> HOLD_NOT_FOUND
		release  ann none                 -> HOLD_NOT_FOUND
		complete ann none                 -> HOLD_NOT_FOUND
		cancel   ann none                 -> HOLD_NOT_FOUND`,
}

func TestRules(t *testing.T) {
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
	return &table{
		book: &book{
			accounts: map[accountKey]*account{}, holds: map[string]*hold{}, keys: map[requestKey]remembered{}, nextNumber: 4096, now: time.Unix(0, 0),
			newID: func(prefix string) string { n++; return fmt.Sprintf("%s_%d", prefix, n) },
		},
		holds: map[string]string{},
	}
}

func (w *table) run(t *testing.T, line string) {
	t.Helper()
	text, want, _ := strings.Cut(line, "->")
	if words := strings.Fields(text); words[0] == "guard" {
		w.guard(t, words[1], words[2:])
		return
	}
	c := w.parse(t, strings.Fields(text))
	operations, entries := len(w.book.operations), w.sum()
	r, err := w.book.decide(c)
	if err != nil {
		require.Equal(t, strings.TrimSpace(want), errs.ReasonOf(err), line)
		require.Len(t, w.book.operations, operations, line)
		require.Equal(t, entries, w.sum(), "a refusal moved money: %s", line)
		return
	}
	got := fmt.Sprintf("%s %s v%d", money.Amount{Minor: r.available, Currency: r.currency}, money.Amount{Minor: r.held, Currency: r.currency}, r.version)
	if r.replayed {
		got += " again"
	}
	require.Equal(t, strings.TrimSpace(want), got, line)
	if r.holdID != "" {
		w.holds[c.requestID] = r.holdID
	}
}

// guard adds a guard that counts from now on.
func (w *table) guard(t *testing.T, player string, words []string) {
	t.Helper()
	g := &guard{player: player, layer: layerOperator}
	for g.kind = guardStake; g.kind.String() != words[0]; g.kind++ {
		require.NotEqual(t, guardNoWithdrawal, g.kind, "no such guard: %s", words[0])
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

// sum is every balance of the book, to be compared.
func (w *table) sum() map[accountKey]int64 {
	sum := map[accountKey]int64{}
	for k, a := range w.book.accounts {
		if a.balance != 0 {
			sum[k] = a.balance
		}
	}
	return sum
}

func (w *table) parse(t *testing.T, words []string) *command {
	t.Helper()
	w.lines++
	c := &command{requestKey: requestKey{"svc", fmt.Sprint("line ", w.lines)}, player: words[1], ref: reference{sourceKind: 1}}
	var args []string
	for _, word := range words[2:] {
		name, value, option := strings.Cut(word, "=")
		switch {
		case !option:
			args = append(args, word)
		case name == "key":
			c.requestID = value
		case name == "caller":
			c.caller = value
		case name == "version":
			var err error
			c.expectedVersion, err = strconv.ParseInt(value, 10, 64)
			require.NoError(t, err)
		}
	}
	amount := func(i int) int64 {
		currency := "EUR"
		if n := len(args[i]) - 3; n > 0 && args[i][n] >= 'A' {
			args[i], currency = args[i][:n], args[i][n:]
		}
		a, err := money.Parse(args[i], currency)
		require.NoError(t, err)
		c.currency = currency
		return a.Minor
	}
	holdOf := func() string {
		if id := w.holds[args[0]]; id != "" {
			return id
		}
		return args[0]
	}
	switch words[0] {
	case "deposit":
		c.kind, c.amount, c.counterparty = opDeposit, amount(0), psp("stripe", c.player)
	case "credit":
		c.kind, c.amount, c.counterparty, c.creditType = opCredit, amount(0), house("acme", c.player), entryPayout
	case "debit":
		c.kind, c.amount, c.counterparty = opDebit, amount(0), house("acme", c.player)
	case "reserve":
		c.kind, c.amount = opReserveWithdrawal, amount(0)
	case "hold":
		c.kind, c.amount = opPlaceHold, amount(0)
	case "play":
		c.kind, c.amount, c.payout, c.counterparty = opPlaceAndSettle, amount(0), amount(1), house("acme", c.player)
	case "settle":
		c.kind, c.holdID, c.payout, c.counterparty = opSettleHold, holdOf(), amount(1), house("acme", c.player)
	case "release":
		c.kind, c.holdID = opReleaseHold, holdOf()
	case "complete":
		c.kind, c.holdID, c.counterparty = opCompleteWithdrawal, holdOf(), psp("stripe", c.player)
	case "cancel":
		c.kind, c.holdID = opCancelWithdrawal, holdOf()
	default:
		t.Fatalf("no such operation: %s", words[0])
	}
	c.fingerprint = sha256.Sum256(fmt.Append(nil, c.kind, c.player, c.currency, c.amount, c.payout, c.holdID, c.expectedVersion))
	return c
}

// balanced asserts the double entry of everything that was decided.
func (w *table) balanced(t *testing.T) {
	t.Helper()
	balances := map[*account]int64{}
	numbers := map[int64]bool{}
	for _, op := range w.book.operations {
		var sum int64
		for i, e := range op.entries {
			require.False(t, numbers[op.number+int64(i)], "two entries with one number")
			numbers[op.number+int64(i)] = true
			require.NotZero(t, e.amount)
			require.Equal(t, op.currency, e.account.currency)
			sum += e.amount
			balances[e.account] += e.amount
			require.Equal(t, balances[e.account], e.after)
		}
		require.Zero(t, sum)
	}
	for _, a := range w.book.accounts {
		require.Equal(t, balances[a], a.balance)
		require.False(t, a.kind.ofPlayer() && a.balance < 0)
	}
}

func TestAdd(t *testing.T) {
	for _, tc := range []struct {
		a, b, want int64
		ok         bool
	}{
		{1, 2, 3, true}, {1, -2, -1, true}, {0, 0, 0, true}, {math.MaxInt64, 0, math.MaxInt64, true}, {math.MaxInt64, 1, 0, false},
		{-math.MaxInt64, -1, 0, false}, {-math.MaxInt64, 0, -math.MaxInt64, true}, {math.MinInt64, 0, 0, false},
		{math.MaxInt64, math.MaxInt64, 0, false}, {-math.MaxInt64, -math.MaxInt64, 0, false}, {-5, 5, 0, true},
	} {
		got, ok := add(tc.a, tc.b)
		require.Equal(t, tc.ok, ok, "%d + %d", tc.a, tc.b)
		require.Equal(t, tc.want, got, "%d + %d", tc.a, tc.b)
	}
}
