package gaming_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

func TestAdjustRound(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	g.must(g.bet("ar", "ar-b", "10.00"))
	g.must(g.lastWin("ar", "ar-w", "ar-b", "20.00"))
	adjust := func(tx, amount string, down bool) (*gamingv1.AdjustRoundResponse, error) {
		return g.adapter.AdjustRound(t.Context(), &gamingv1.AdjustRoundRequest{
			Caller: g.caller(), ProviderRoundId: "ar", ProviderTxId: tx, Amount: eur(amount), Down: down,
		})
	}
	peersOnly(t, c, g.id, func(ctx context.Context, x gamingv1.GamingServiceClient) error {
		_, err := x.AdjustRound(ctx, &gamingv1.AdjustRoundRequest{Caller: g.caller(), ProviderRoundId: "ar", ProviderTxId: "a", Amount: eur("1.00")})
		return err
	})
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if _, err := adjust("a1", "5.00", false); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	g.cash("115.00", "0.00")
	b := g.round("ar").GetBets()[0]
	require.Equal(t, []any{gamingv1.BetState_BET_STATE_CORRECTED, "25.00"}, []any{b.GetState(), b.GetPayout().GetAmount()})
	down, err := adjust("a2", "25.00", true)
	require.NoError(t, err)
	require.Equal(t, "90.00", down.GetReceipt().GetFunds().GetCash().GetAmount())
	again, err := adjust("a2", "25.00", true)
	require.NoError(t, err)
	require.True(t, again.GetReceipt().GetReplayed())
	_, err = adjust("a2", "24.00", true)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
	g.must(adjust("a3", "30.00", true)) // more than the bet has paid: the player's cash
	_, err = adjust("a4", "60.01", true)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
	g.must(adjust("a4", "60.00", true))
	g.must(adjust("a5", "0.00", true))
	g.cash("0.00", "0.00")
	_, err = g.adapter.AdjustRound(t.Context(), &gamingv1.AdjustRoundRequest{Caller: g.caller(), ProviderRoundId: "none", ProviderTxId: "a", Amount: eur("1.00")})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_ROUND_NOT_FOUND)
	_, err = adjust("a6", "-1.00", false)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT)
	require.NotEmpty(t, c.Events("round.recalculated.v1", 2))
	require.Equal(t, "-90.00", g.round("ar").GetPayout().GetAmount(), "what was taken from the player's cash counts to the round")
	g.must(c.finance().VoidRound(t.Context(), &gamingv1.VoidRoundRequest{RequestId: g.id, RoundId: g.round("ar").GetRoundId(), Reason: "the studio told us"}))
	g.cash("100.00", "0.00")
	require.Equal(t, "0.00", g.round("ar").GetPayout().GetAmount())
	c.verify()
}

// TestAdjustRound_ThenVoided: what an adjustment takes or gives counts to the round, on whichever of its bets the winnings lie, and an operator who takes the round back takes back
// that too, once.
func TestAdjustRound_ThenVoided(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, x := range map[string]struct {
		wins    []string // of bets of 5.00 each; empty: no result
		amount  string
		down    bool
		payouts []string
		sum     string
	}{
		"more than the newest bet has paid": {[]string{"8.00", "3.00"}, "9.00", true, []string{"2.00", "0.00"}, "2.00"},
		"the other way round":               {[]string{"3.00", "8.00"}, "9.00", true, []string{"2.00", "0.00"}, "2.00"},
		"with a loss behind":                {[]string{"8.00", "0.00"}, "5.00", true, []string{"3.00", "0.00"}, "3.00"},
		"more than all":                     {[]string{"8.00", "3.00"}, "20.00", true, []string{"0.00", "0.00"}, "-9.00"},
		"of a bet that was lost":            {[]string{"0.00"}, "3.00", true, []string{"0.00"}, "-3.00"},
		"up, of a bet without a result":     {[]string{""}, "4.00", false, []string{"0.00"}, "4.00"},
		"up, after a loss":                  {[]string{"0.00"}, "4.00", false, []string{"4.00"}, "4.00"},
	} {
		t.Run(name, func(t *testing.T) {
			g := c.in(t).seat("100.00").apart()
			for i, w := range x.wins {
				bet := tx(i)
				g.must(g.bet("r", bet, "5.00"))
				if w != "" {
					g.must(g.win("r", "w"+bet, bet, w))
				}
			}
			for range 2 {
				g.must(g.adapter.AdjustRound(t.Context(), &gamingv1.AdjustRoundRequest{
					Caller: g.caller(), ProviderRoundId: g.name("r"), ProviderTxId: g.name("a"), Amount: eur(x.amount), Down: x.down,
				}))
			}
			r := g.round("r")
			var payouts []string
			for _, b := range r.GetBets() {
				payouts = append(payouts, b.GetPayout().GetAmount())
			}
			require.Equal(t, x.payouts, payouts)
			require.Equal(t, x.sum, r.GetPayout().GetAmount())
			var both sync.WaitGroup
			for _, n := range []string{"1", "2"} {
				both.Go(func() {
					_, err := c.finance().VoidRound(t.Context(), &gamingv1.VoidRoundRequest{RequestId: g.id + n, RoundId: r.GetRoundId(), Reason: "the studio told us"})
					if err != nil {
						t.Error(err)
					}
				})
			}
			both.Wait()
			g.cash("100.00", "0.00")
			require.Equal(t, "0.00", g.round("r").GetPayout().GetAmount())
		})
	}
	c.verify()
}
