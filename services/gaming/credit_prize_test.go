package gaming_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

func (g *guest) prizeRequest(tx, amount string) *gamingv1.CreditPrizeRequest {
	return &gamingv1.CreditPrizeRequest{
		Caller: g.caller(), ProviderTxId: tx, Amount: eur(amount), Kind: gamingv1.PrizeKind_PRIZE_KIND_PROMOTION, Campaign: "spring",
	}
}

func TestCreditPrize(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, other := c.seat("10.00"), c.seat("1.00")
	peersOnly(t, c, g.id, func(ctx context.Context, x gamingv1.GamingServiceClient) error {
		_, err := x.CreditPrize(ctx, g.prizeRequest("p1", "5.00"))
		return err
	})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			r, err := g.adapter.CreditPrize(t.Context(), g.prizeRequest("p1", "5.00"))
			if err != nil || r.GetReceipt().GetFunds().GetCash().GetAmount() != "15.00" {
				t.Error(err, r)
			}
		})
	}
	all.Wait()
	g.cash("15.00", "0.00")
	again, err := g.adapter.CreditPrize(t.Context(), g.prizeRequest("p1", "5.00"))
	require.NoError(t, err)
	require.True(t, again.GetReceipt().GetReplayed())
	require.Regexp(t, "^ptx_.{26}$", again.GetReceipt().GetTransactionId())
	_, err = g.adapter.CreditPrize(t.Context(), g.prizeRequest("p1", "6.00"))
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
	g.must(g.adapter.CreditPrize(t.Context(), g.prizeRequest("p2", "0.00")))

	for name, bad := range map[string]struct {
		change func(*gamingv1.CreditPrizeRequest)
		reason gamingv1.ErrorReason
	}{
		"foreign player": {func(r *gamingv1.CreditPrizeRequest) { r.Caller.PlayerId = other.id }, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH},
		"other currency": {func(r *gamingv1.CreditPrizeRequest) { r.Amount.Currency = "USD" }, gamingv1.ErrorReason_ERROR_REASON_CURRENCY_MISMATCH},
		"negative":       {func(r *gamingv1.CreditPrizeRequest) { r.Amount = eur("-1.00") }, gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT},
		"unknown grant":  {func(r *gamingv1.CreditPrizeRequest) { r.FreeRoundsRef = "frb-1" }, gamingv1.ErrorReason_ERROR_REASON_FREE_ROUNDS_NOT_FOUND},
	} {
		r := g.prizeRequest("p3", "1.00")
		bad.change(r)
		_, err := g.adapter.CreditPrize(t.Context(), r)
		require.Error(t, err, name)
		refused(t, err, bad.reason)
	}

	c.verify()
}

// TestPrizeTakenBack: a prize is taken back; one that was cancelled first is refused; what was spent becomes debt, and the next winnings pay it.
func TestPrizeTakenBack(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("10.00")
	g.must(g.adapter.CreditPrize(t.Context(), g.prizeRequest("p1", "5.00")))
	x, err := g.cancel("", "pc1", "p1")
	require.NoError(t, err)
	require.Equal(t, []any{true, "5.00", "10.00"}, []any{x.GetFound(), x.GetAmount().GetAmount(), x.GetReceipt().GetFunds().GetCash().GetAmount()})
	twice, err := g.cancel("", "pc1b", "p1")
	require.NoError(t, err)
	require.True(t, twice.GetAlreadyCancelled())
	g.must(g.cancel("", "pc4", "p4"))
	_, err = g.adapter.CreditPrize(t.Context(), g.prizeRequest("p4", "5.00"))
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED)
	g.cash("10.00", "0.00")

	g.must(g.adapter.CreditPrize(t.Context(), g.prizeRequest("p5", "5.00")))
	g.must(g.bet("pd", "pd-b", "12.00"))
	_, err = g.cancel("", "pc5", "p5")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
	debt := g.cancelRequest("", "pc5", "p5")
	debt.IntoDebt = true
	owed, err := g.adapter.CancelTransaction(t.Context(), debt)
	require.NoError(t, err)
	require.Equal(t, "0.00", owed.GetReceipt().GetFunds().GetCash().GetAmount())
	w, err := g.win("pd", "pd-w", "pd-b", "10.00")
	require.NoError(t, err)
	require.Equal(t, "8.00", w.GetReceipt().GetFunds().GetCash().GetAmount())
	g.cash("8.00", "0.00")

	// A stake that comes back pays it too: otherwise the player could stake again what is owed.
	g.must(g.adapter.CreditPrize(t.Context(), g.prizeRequest("p6", "5.00")))
	g.must(g.bet("pe", "pe-b", "12.00"))
	debt = g.cancelRequest("", "pc6", "p6")
	debt.IntoDebt = true
	_, err = g.adapter.CancelTransaction(t.Context(), debt) // 4.00 are owed
	require.NoError(t, err)
	back, err := g.cancel("pe", "pc7", "pe-b")
	require.NoError(t, err)
	require.Equal(t, []string{"12.00", "8.00"}, []string{back.GetAmount().GetAmount(), back.GetReceipt().GetFunds().GetCash().GetAmount()})
	g.cash("8.00", "0.00")
	c.verify()
}
