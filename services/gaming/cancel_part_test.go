package gaming_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// part asks for a part of a stake.
func (g *guest) part(round, tx, bet, amount string) (*gamingv1.CancelTransactionResponse, error) {
	r := g.cancelRequest(round, tx, bet)
	r.Part, r.RefuseUnknown = eur(amount), true
	return g.adapter.CancelTransaction(g.t.Context(), r)
}

// TestCancelPart: a part of a stake goes back once, from the hold, and the bet goes on with what is left.
func TestCancelPart(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	g.must(g.bet("r", "b", "10.00"))
	for n := range 2 {
		r, err := g.part("r", "p1", "b", "3.00")
		require.NoError(t, err)
		require.Equal(t, []any{n > 0, true, "3.00"}, []any{r.GetReceipt().GetReplayed(), r.GetFound(), r.GetAmount().GetAmount()})
		g.cash("93.00", "7.00")
	}
	b := g.round("r").GetBets()[0]
	require.Equal(t, []any{gamingv1.BetState_BET_STATE_ACCEPTED, "7.00", "0.00"}, []any{b.GetState(), b.GetStake().GetAmount(), b.GetPayout().GetAmount()})
	_, err := g.part("r", "p1", "b", "2.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
	again, err := g.bet("r", "b", "10.00")
	require.NoError(t, err, "the stake is repeated as it was placed")
	require.True(t, again.GetReceipt().GetReplayed())
	for _, amount := range []string{"7.00", "8.00", "0.00"} {
		_, err = g.part("r", "p"+amount, "b", amount)
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT)
	}
	x := g.cancelRequest("r", "usd", "b")
	x.Part = eur("1.00")
	x.Part.Currency = "USD"
	_, err = g.adapter.CancelTransaction(t.Context(), x)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_CURRENCY_MISMATCH)
	_, err = g.part("r", "p", "nobody's", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)
	g.must(g.bet("r", "nobody's", "1.00")) // and there is no tombstone
	g.must(g.cancel("r", "cn", "nobody's"))
	g.must(g.part("r", "p2", "b", "2.00"))
	g.cash("95.00", "5.00")
	g.must(g.lastWin("r", "w", "b", "20.00"))
	g.cash("115.00", "0.00")
	_, err = g.part("r", "p3", "b", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED)
	r := g.round("r")
	require.Equal(t, []any{gamingv1.RoundState_ROUND_STATE_SETTLED, "5.00", "20.00"}, []any{r.GetState(), r.GetStake().GetAmount(), r.GetPayout().GetAmount()})

	// What corrects the result is about the rest.
	g.must(g.adapter.RecalculateRound(t.Context(), &gamingv1.RecalculateRoundRequest{
		Caller: g.caller(), ProviderRoundId: "r", ProviderTxId: "k", Bets: []*gamingv1.BetResult{{BetProviderTxId: "b", Payout: eur("1.00")}},
	}))
	g.cash("96.00", "0.00")
	g.must(g.cancel("r", "c", "b"))
	g.cash("100.00", "0.00")
	_, err = g.part("r", "p4", "b", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED)
	c.verify()
}

// TestCancelPart_Whole: a bet of which parts went back is taken back with what is left, and an operator's result stands before its provider's.
func TestCancelPart_Whole(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	g.must(g.bet("r", "b", "10.00"))
	g.must(g.part("r", "p1", "b", "3.00"))
	g.must(g.cancel("r", "c", "b"))
	g.cash("100.00", "0.00")
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_VOIDED, g.round("r").GetState())

	placed, err := g.bet("r2", "b2", "10.00")
	require.NoError(t, err)
	g.must(g.part("r2", "q1", "b2", "3.00"))
	g.must(g.decide("d", placed.GetRoundId(), "b2", "12.00"))
	g.cash("105.00", "0.00")
	_, err = g.win("r2", "w2", "b2", "20.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED)
	_, err = g.part("r2", "q2", "b2", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED)
	g.cash("105.00", "0.00")
	require.Len(t, g.unmatched(), 1, "the win, and no part of a stake")
	c.verify()
}

// TestCancelPart_BetweenTheSteps: the wallet gave a part back, and its row was never written; the repetition writes it, whatever has become of the bet.
func TestCancelPart_BetweenTheSteps(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, next := range map[string]struct {
		do          func(g *guest)
		cash, stake string
	}{
		"nothing":      {func(*guest) {}, "93.00", "7.00"},
		"a win":        {func(g *guest) { g.must(g.lastWin("r", "w", "b", "20.00")) }, "113.00", "7.00"},
		"a taken back": {func(g *guest) { g.must(g.cancel("r", "c", "b")) }, "100.00", "7.00"},
	} {
		t.Run(name, func(t *testing.T) {
			g := c.in(t).seat("100.00").apart()
			g.must(g.bet("r", "b", "10.00"))
			g.must(g.part("r", "p", "b", "3.00"))
			g.lose("cancel", "p")
			g.exec("UPDATE bet SET stake_minor = 1000, returned_minor = 0 WHERE player_id = $1", g.id)
			next.do(g)
			for range 2 {
				g.must(g.part("r", "p", "b", "3.00"))
			}
			g.available(next.cash)
			require.Equal(t, next.stake, g.round("r").GetBets()[0].GetStake().GetAmount())
		})
	}
	c.verify()
}

// TestCancelPart_AtOnce: parts, a result and a cancellation at the same moment come to what one of their orders does.
func TestCancelPart_AtOnce(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("1000.00").apart()
	at := 1000_00
	for i := range 12 {
		r := fmt.Sprint("r", i)
		g.must(g.bet(r, r+"b", "10.00"))
		var wait sync.WaitGroup
		var mu sync.Mutex
		back := 0
		for n := range 4 {
			wait.Go(func() {
				_, err := g.part(r, fmt.Sprint(r, "p", n), r+"b", "4.00")
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					back += 400
				case !errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT) && !errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED) &&
					!errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED):
					t.Error(err)
				}
			})
		}
		cancelled := i%2 == 0
		wait.Go(func() {
			var err error
			if cancelled {
				_, err = g.cancel(r, r+"c", r+"b")
			} else {
				_, err = g.lastWin(r, r+"w", r+"b", "1.00")
			}
			if err != nil {
				t.Error(err)
			}
		})
		wait.Wait()
		if !cancelled {
			at += back - 1000 + 100
		}
		require.LessOrEqual(t, back, 800)
		g.cash(fmt.Sprintf("%d.%02d", at/100, at%100), "0.00")
	}
	c.verify()
}
