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
	c.verify()
}
