package gaming_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

func resultOf(betTx, payout string) *gamingv1.BetResult {
	return &gamingv1.BetResult{BetProviderTxId: betTx, Payout: eur(payout)}
}

func TestRecalculateRound(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	g.must(g.bet("rr", "rr-b1", "10.00"))
	g.must(g.bet("rr", "rr-b2", "10.00"))
	g.must(g.bet("rr", "rr-b3", "10.00"))
	g.must(g.win("rr", "rr-w1", "rr-b1", "30.00"))
	g.must(g.lastWin("rr", "rr-w2", "rr-b2", "0.00"))
	g.cash("100.00", "0.00") // b3 is lost
	req := &gamingv1.RecalculateRoundRequest{
		Caller: g.caller(), ProviderRoundId: "rr", ProviderTxId: "rr-x",
		Bets: []*gamingv1.BetResult{resultOf("rr-b1", "10.00"), resultOf("rr-b2", "15.00"), {BetProviderTxId: "rr-b3", Payout: eur("0.00"), Void: true}},
	}
	peersOnly(t, c, g.id, func(ctx context.Context, x gamingv1.GamingServiceClient) error {
		_, err := x.RecalculateRound(ctx, req)
		return err
	})
	g.corrects(req, []string{"rr-b1 30.00 to 10.00, void false", "rr-b2 0.00 to 15.00, void false", "rr-b3 0.00 to 0.00, void true"})
	g.cash("105.00", "0.00") // -20 +15 +10
	round := g.round("rr")
	var got []string
	for _, b := range round.GetBets() {
		got = append(got, b.GetState().String()+" "+b.GetPayout().GetAmount())
	}
	require.Equal(t, []string{"BET_STATE_CORRECTED 10.00", "BET_STATE_CORRECTED 15.00", "BET_STATE_VOIDED 0.00"}, got)
	require.Equal(t, gamingv1.BetOutcome_BET_OUTCOME_PUSH, round.GetBets()[0].GetOutcome())
	var e gamingv1.RoundRecalculated
	m := c.Events("round.recalculated.v1", 1)
	require.Len(t, m, 1)
	require.NoError(t, m[0].Decode(&e))
	require.Equal(t, []string{"30.00", "10.00"}, []string{e.GetBets()[0].GetPayoutBefore(), e.GetBets()[0].GetPayoutAfter()})

	other := &gamingv1.RecalculateRoundRequest{Caller: g.caller(), ProviderRoundId: "rr", ProviderTxId: "rr-x", Bets: []*gamingv1.BetResult{resultOf("rr-b1", "11.00")}}
	_, err := g.adapter.RecalculateRound(t.Context(), other)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
	for name, bad := range map[string]struct {
		bet    *gamingv1.BetResult
		reason gamingv1.ErrorReason
	}{
		"void":     {resultOf("rr-b3", "1.00"), gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED},
		"unknown":  {resultOf("none", "1.00"), gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND},
		"negative": {resultOf("rr-b1", "-1.00"), gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT},
	} {
		_, err := g.adapter.RecalculateRound(t.Context(), &gamingv1.RecalculateRoundRequest{
			Caller: g.caller(), ProviderRoundId: "rr", ProviderTxId: "rr-" + name, Bets: []*gamingv1.BetResult{resultOf("rr-b2", "1.00"), bad.bet},
		})
		refused(t, err, bad.reason)
	}
	g.cash("105.00", "0.00")

	c.verify()
}

// corrects sends a correction many times at once; each answer tells the same changes, and one of them made them.
func (g *guest) corrects(req *gamingv1.RecalculateRoundRequest, want []string) {
	g.t.Helper()
	var all sync.WaitGroup
	answers := make([]*gamingv1.RecalculateRoundResponse, 10)
	for i := range answers {
		all.Go(func() {
			var err error
			if answers[i], err = g.adapter.RecalculateRound(g.t.Context(), req); err != nil {
				g.t.Error(err)
			}
		})
	}
	all.Wait()
	var changed []string
	for _, b := range answers[0].GetBets() {
		changed = append(changed, fmt.Sprintf("%s %s to %s, void %t", b.GetBetProviderTxId(), b.GetPayoutBefore().GetAmount(), b.GetPayoutAfter().GetAmount(), b.GetVoid()))
	}
	require.Equal(g.t, want, changed)
	first := 0
	for _, a := range answers {
		require.Equal(g.t, len(changed), len(a.GetBets()), "a repetition answers as the first did")
		for i, b := range a.GetBets() {
			require.True(g.t, proto.Equal(answers[0].GetBets()[i], b))
		}
		if !a.GetReceipt().GetReplayed() {
			first++
		}
	}
	require.Equal(g.t, 1, first)
}

// TestRecalculateRoundDebt: what was spent becomes debt; a bet without a result gets one.
func TestRecalculateRoundDebt(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	g.must(g.bet("rr", "rr-b2", "10.00"))
	g.must(g.lastWin("rr", "rr-w2", "rr-b2", "15.00"))
	g.must(g.bet("rs", "rs-b1", "105.00"))
	r, err := g.adapter.RecalculateRound(t.Context(), &gamingv1.RecalculateRoundRequest{
		Caller: g.caller(), ProviderRoundId: "rr", ProviderTxId: "rr-y", Bets: []*gamingv1.BetResult{resultOf("rr-b2", "0.00")},
	})
	require.NoError(t, err)
	require.Len(t, r.GetBets(), 1)
	g.must(g.adapter.RecalculateRound(t.Context(), &gamingv1.RecalculateRoundRequest{
		Caller: g.caller(), ProviderRoundId: "rs", ProviderTxId: "rs-y", Bets: []*gamingv1.BetResult{resultOf("rs-b1", "20.00")},
	}))
	g.cash("20.00", "0.00")
	c.verify()
}
