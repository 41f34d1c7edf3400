package wallet

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// rules are the rules about cash, one line per operation, in the language of table_test.go.
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

func TestRules(t *testing.T) { runRules(t, rules) }

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
