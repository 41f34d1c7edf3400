package gaming_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// shared has things happen in a round of a protocol whose bets and wins share their ids.
func (g *guest) shared(round string, txs ...*gamingv1.RoundTransaction) error {
	r := g.playRequest(g.name(round), txs...)
	r.OneIdSpace, r.AcceptWithoutBet, r.AcknowledgeCancelled = true, true, true
	_, err := g.adapter.PlayRound(g.t.Context(), r)
	return err
}

// TestOneIdSpace_AtOnce: of a bet and a win that come under one id at the same moment one is taken, however often both come, and the other is refused with all that
// came in its request.
func TestOneIdSpace_AtOnce(t *testing.T) {
	t.Parallel()
	c := open(t)
	const each = 5
	for range 12 {
		g, other := c.seat("100.00").apart(), c.seat("100.00")
		other.prefix = g.prefix
		taken := map[string]int{}
		var mu sync.Mutex
		var all sync.WaitGroup
		for range each {
			for name, play := range map[string]func() error{
				"bet": func() error { return g.shared("r", played(bet, g.name("x"), "10.00", "")) },
				"win": func() error { return g.shared("r", played(won, g.name("x"), "10.00", "")) },
				"list": func() error {
					return g.shared("s", played(bet, g.name("y"), "3.00", ""), played(won, g.name("x"), "7.00", ""))
				},
				"foreign": func() error {
					return other.shared("r", played(won, g.name("x"), "10.00", ""))
				},
			} {
				all.Go(func() {
					err := play()
					if err != nil && !errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH) {
						t.Errorf("%s: %v", name, err)
					}
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						taken[name]++
					}
				})
			}
		}
		all.Wait()
		require.Len(t, taken, 1, "one transaction has the id")
		for name, cash := range map[string][4]string{
			"bet": {"90.00", "10.00", "100.00", "0.00"}, "win": {"110.00", "0.00", "100.00", "0.00"},
			"list": {"104.00", "0.00", "100.00", "0.00"}, "foreign": {"100.00", "0.00", "110.00", "0.00"},
		} {
			if taken[name] > 0 {
				require.Equal(t, each, taken[name], "a repetition is answered as the first was")
				g.cash(cash[0], cash[1])
				other.cash(cash[2], cash[3])
			}
		}
	}
	c.verify()
}

// betweenWalletAndRow are moments at which the wallet has moved the money of a transaction and its row is not written yet, or never will be.
var betweenWalletAndRow = map[string]func(g *guest){
	"a win, then a bet": func(g *guest) {
		require.NoError(g.t, g.shared("r", played(bet, g.name("b"), "10.00", "")))
		require.NoError(g.t, g.shared("r", played(won, g.name("x"), "4.00", g.name("b"))))
		g.lose("win", "x")
		for _, amount := range []string{"4.00", "5.00"} {
			refused(g.t, g.shared("r", played(bet, g.name("c"), "1.00", ""), played(bet, g.name("x"), amount, "")), gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
		}
		require.NoError(g.t, g.shared("r", played(won, g.name("x"), "4.00", g.name("b"))))
		g.cash("94.00", "0.00")
		g.exec("UPDATE bet SET payout_minor = 400 WHERE player_id = $1", g.id) // the first win was left in the bet's row, which its crash would have taken too
	},
	"a bet, then a win": func(g *guest) {
		require.NoError(g.t, g.shared("r", played(bet, g.name("x"), "10.00", "")))
		g.vanish("r", "x")
		for _, amount := range []string{"10.00", "5.00"} {
			refused(g.t, g.shared("r", played(won, g.name("x"), amount, "")), gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
		}
		require.NoError(g.t, g.shared("r", played(bet, g.name("x"), "10.00", "")))
		g.cash("90.00", "10.00")
	},
	"a win, then a bet in a round that is over": func(g *guest) {
		require.NoError(g.t, g.shared("r", played(bet, g.name("b"), "10.00", "")))
		require.NoError(g.t, g.shared("r", played(won, g.name("x"), "4.00", g.name("b"))))
		g.lose("win", "x")
		g.must(g.adapter.CloseRound(g.t.Context(), &gamingv1.CloseRoundRequest{Caller: g.caller(), ProviderRoundId: g.name("r")}))
		refused(g.t, g.shared("r", played(bet, g.name("x"), "4.00", "")), gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
		g.cash("94.00", "0.00")
	},
	"a bet, then its rollback": func(g *guest) {
		require.NoError(g.t, g.shared("r", played(bet, g.name("x"), "10.00", "")))
		g.vanish("r", "x")
		x, err := g.cancel("r", "k", "x")
		require.NoError(g.t, err)
		require.Equal(g.t, []any{true, "10.00"}, []any{x.GetFound(), x.GetAmount().GetAmount()})
		require.NoError(g.t, g.shared("r", played(bet, g.name("x"), "10.00", "")), "acknowledged")
		g.cash("100.00", "0.00")
	},
	"a win, then its rollback": func(g *guest) {
		require.NoError(g.t, g.shared("r", played(bet, g.name("b"), "10.00", "")))
		require.NoError(g.t, g.shared("r", played(won, g.name("x"), "4.00", g.name("b"))))
		g.lose("win", "x")
		g.exec("UPDATE bet SET payout_minor = 0 WHERE player_id = $1", g.id)
		x, err := g.cancel("r", "k", "x")
		require.NoError(g.t, err)
		require.True(g.t, x.GetFound())
		require.NoError(g.t, g.shared("r", played(won, g.name("x"), "4.00", g.name("b"))), "acknowledged")
		g.cash("90.00", "0.00")
	},
	"a bet that its provider never sends again": func(g *guest) {
		require.NoError(g.t, g.shared("r", played(bet, g.name("x"), "10.00", "")))
		hold := g.hold("r").GetHoldId()
		g.vanish("r", "x")
		g.compared()
		eventually(g.t, "the bet is made anew", func() bool { return g.rounds() == 1 })
		require.Equal(g.t, hold, g.hold("r").GetHoldId())
		require.NoError(g.t, g.shared("r", played(bet, g.name("x"), "10.00", "")))
		refused(g.t, g.shared("r", played(won, g.name("x"), "10.00", "")), gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
		g.cash("90.00", "10.00")
	},
}

// TestOneIdSpace_BetweenWalletAndRow: the wallet knows which transaction has an id before any row tells, and after a crash whatever comes next finds it.
func TestOneIdSpace_BetweenWalletAndRow(t *testing.T) {
	t.Parallel()
	for name, moment := range betweenWalletAndRow {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t)
			moment(c.seat("100.00"))
			c.verify()
		})
	}
}
