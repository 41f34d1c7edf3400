package gaming_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func played(kind gamingv1.TransactionKind, tx, amount, betTx string) *gamingv1.RoundTransaction {
	return &gamingv1.RoundTransaction{Kind: kind, ProviderTxId: tx, Amount: eur(amount), BetProviderTxId: betTx}
}

const won = gamingv1.TransactionKind_TRANSACTION_KIND_WIN

func (g *guest) playRequest(round string, txs ...*gamingv1.RoundTransaction) *gamingv1.PlayRoundRequest {
	return &gamingv1.PlayRoundRequest{Caller: g.caller(), GameCode: "slot", ProviderRoundId: round, Transactions: txs}
}

// shown are the receipts' cash and whether each was applied or replayed.
func shown(r *gamingv1.PlayRoundResponse) (out []string) {
	for _, x := range r.GetResults() {
		s := x.GetReceipt().GetFunds().GetCash().GetAmount()
		if x.GetReceipt().GetReplayed() {
			s += " again"
		}
		if !x.GetApplied() {
			s += " not applied"
		}
		out = append(out, s)
	}
	return out
}

func TestPlayRound(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	req := g.playRequest("pr", played(bet, "b1", "10.00", ""), played(bet, "b2", "20.00", ""), played(won, "w1", "5.00", "b1"), played(won, "w2", "7.00", ""), played(won, "w3", "1.00", "b1"))
	peersOnly(t, c, g.id, func(ctx context.Context, x gamingv1.GamingServiceClient) error {
		_, err := x.PlayRound(ctx, req)
		return err
	})
	first, err := g.adapter.PlayRound(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, []string{"90.00", "70.00", "75.00", "82.00", "83.00"}, shown(first))
	require.Equal(t, "83.00", first.GetCurrent().GetCash().GetAmount())
	g.cash("83.00", "0.00")
	again, err := g.adapter.PlayRound(t.Context(), req)
	require.NoError(t, err)
	found, err := g.adapter.FindTransactions(t.Context(), &gamingv1.FindTransactionsRequest{Caller: g.caller(), ProviderRoundId: "pr"})
	require.NoError(t, err)
	for i, x := range found.GetTransactions() {
		require.Equal(t, req.GetTransactions()[i].GetProviderTxId(), x.GetProviderTxId(), "in the order in which they happened")
		require.Equal(t, first.GetResults()[i].GetReceipt().GetProcessedAt().AsTime(), x.GetCreatedAt().AsTime())
		require.Equal(t, x.GetCreatedAt().AsTime(), again.GetResults()[i].GetReceipt().GetProcessedAt().AsTime())
	}
	require.Equal(t, []string{"90.00 again", "70.00 again", "75.00 again", "82.00 again", "83.00 again"}, shown(again))
	require.Equal(t, first.GetResults()[0].GetReceipt().GetTransactionId(), again.GetResults()[0].GetReceipt().GetTransactionId())

	// Some came before, the others are done; the round ends.
	more := g.playRequest("pr", played(bet, "b1", "10.00", ""), played(bet, "b3", "3.00", ""))
	more.RoundClosed = true
	r, err := g.adapter.PlayRound(t.Context(), more)
	require.NoError(t, err)
	require.Equal(t, []string{"90.00 again", "80.00"}, shown(r))
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_SETTLED, g.round("pr").GetState())
	g.cash("80.00", "0.00")

	// One uncovered bet: nothing of it happens, and the ids are not used up.
	_, err = g.adapter.PlayRound(t.Context(), g.playRequest("pr2", played(bet, "c1", "10.00", ""), played(won, "cw1", "1.00", "c1"), played(bet, "c2", "72.00", "")))
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
	require.Equal(t, "c2", errs.Metadata(err)["provider_tx_id"])
	g.cash("80.00", "0.00")
	g.must(g.adapter.PlayRound(t.Context(), g.playRequest("pr2", played(bet, "c1", "10.00", ""), played(won, "cw1", "1.00", "c1"))))

	// A win without a bet.
	alone := g.playRequest("pr3", played(won, "dw1", "2.00", "d1"))
	_, err = g.adapter.PlayRound(t.Context(), alone)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)
	alone.AcceptWithoutBet = true
	g.must(g.adapter.PlayRound(t.Context(), alone))
	g.cash("73.00", "0.00")

	// What was cancelled first is acknowledged or refused.
	g.must(g.cancel("pr4", "ec1", "e1"))
	late := g.playRequest("pr4", played(bet, "e1", "10.00", ""), played(bet, "e2", "1.00", ""))
	_, err = g.adapter.PlayRound(t.Context(), late)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_CANCELLED)
	late.AcknowledgeCancelled = true
	for _, want := range [][]string{{"72.00 not applied", "72.00"}, {"72.00 again not applied", "72.00 again"}} {
		r, err = g.adapter.PlayRound(t.Context(), late)
		require.NoError(t, err)
		require.Equal(t, want, shown(r))
	}
	_, err = g.adapter.PlayRound(t.Context(), g.playRequest("pr5", played(bet, "f", "1.00", ""), played(bet, "f", "1.00", "")))
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
	_, err = g.adapter.PlayRound(t.Context(), g.playRequest("pr5", played(bet, "b1", "1.00", "")))
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
	c.verify()
}

// Wins without a bet of one request are of one bet of zero, and each goes back by itself, as does the whole round.
func TestPlayRound_WinsAlone(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, first := range map[string]string{"two wins": "5.00", "a loss and a win": "0.00"} {
		for _, void := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				g := c.in(t).seat("100.00").apart()
				req := g.playRequest(g.name("r"), played(won, g.name("w1"), first, ""), played(won, g.name("w2"), "20.00", ""), played(bet, g.name("b"), "1.00", ""))
				req.AcceptWithoutBet = true
				r, err := g.adapter.PlayRound(t.Context(), req)
				require.NoError(t, err)
				again, err := g.adapter.PlayRound(t.Context(), req)
				require.NoError(t, err)
				require.Equal(t, r.GetRoundId(), again.GetRoundId())
				if void {
					g.must(c.finance().VoidRound(t.Context(), &gamingv1.VoidRoundRequest{RequestId: g.id, RoundId: r.GetRoundId(), Reason: "a broken game"}))
					g.cash("100.00", "0.00")
					return
				}
				g.must(g.cancel("r", "c2", "w2"))
				g.must(g.cancel("r", "c1", "w1"))
				g.must(g.cancel("r", "cb", "b"))
				g.cash("100.00", "0.00")
			})
		}
	}
	c.verify()
}

// A bet that was refused alone is no outcome: with others beside it all are decided anew, and nothing of them happens while it is uncovered.
func TestPlayRound_RefusedAlone(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("20.00").apart()
	uncovered := played(bet, g.name("x"), "25.00", "")
	for _, txs := range [][]*gamingv1.RoundTransaction{
		{uncovered}, {uncovered, played(bet, g.name("y"), "5.00", "")}, {played(bet, g.name("y"), "5.00", ""), uncovered}, {uncovered, played(won, g.name("w"), "0.00", g.name("x"))},
	} {
		req := g.playRequest(g.name("r"), txs...)
		req.RoundClosed = true
		_, err := g.adapter.PlayRound(t.Context(), req)
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
		g.cash("20.00", "0.00")
	}
	g.must(g.adapter.CreditPrize(t.Context(), g.prizeRequest(g.name("p"), "80.00")))
	g.must(g.adapter.PlayRound(t.Context(), g.playRequest(g.name("r"), uncovered, played(won, g.name("w"), "1.00", g.name("x")))))
	g.cash("76.00", "0.00")
	c.verify()
}

func TestPlayRoundInParallel(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			_, err := g.adapter.PlayRound(t.Context(), g.playRequest("pp", played(bet, "b", "10.00", ""), played(won, "w", "4.00", "b"), played(won, "w2", "3.00", "b")))
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	g.cash("97.00", "0.00")
	require.Equal(t, "7.00", g.round("pp").GetBets()[0].GetPayout().GetAmount())
	c.verify()
}

// TestPlayRoundInOneIdSpace: where bets and wins share their ids, a win's is no bet's, in the same request too.
func TestPlayRoundInOneIdSpace(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	g.must(g.adapter.PlayRound(t.Context(), g.playRequest("r", played(bet, "b", "10.00", ""))))
	for _, x := range [][]*gamingv1.RoundTransaction{{played(won, "b", "1.00", "")}, {played(bet, "c", "1.00", ""), played(won, "c", "1.00", "")}} {
		shared := g.playRequest("r", x...)
		shared.OneIdSpace = true
		_, err := g.adapter.PlayRound(t.Context(), shared)
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
		g.cash("90.00", "10.00")
	}
}
