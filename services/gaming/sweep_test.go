package gaming_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func openSwept(t *testing.T) *casino {
	t.Helper()
	return open(t, "PITBOSS_GAMING_SWEEP_EVERY", "50ms")
}

func (g *guest) state(round string) gamingv1.RoundState { return g.round(round).GetState() }

// TestSweep_FinishedRound: what is missing is applied under the provider's own ids, so that the late callback is a repetition.
func TestSweep_FinishedRound(t *testing.T) {
	t.Parallel()
	c := openSwept(t)
	g := c.seat("100.00")
	_, err := g.bet("R", "b1", "10.00")
	require.NoError(t, err)
	_, err = g.bet("R", "b2", "5.00")
	require.NoError(t, err)
	c.out.books.set(func(b *books) {
		b.round = &adapterv1.ProviderRound{State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED, Legs: []*adapterv1.ProviderLeg{
			{ProviderTxId: "b1", Kind: adapterv1.ProviderLegKind_PROVIDER_LEG_KIND_BET, Amount: eur("10.00")},
			{ProviderTxId: "b2", Kind: adapterv1.ProviderLegKind_PROVIDER_LEG_KIND_BET, Amount: eur("5.00")},
			{ProviderTxId: "w1", BetProviderTxId: "b1", Kind: adapterv1.ProviderLegKind_PROVIDER_LEG_KIND_WIN, Amount: eur("30.00")},
		}}
	})
	g.cash("85.00", "15.00")
	c.Clock.Advance(6 * time.Minute)
	eventually(t, "the round is settled", func() bool { return g.state("R") == gamingv1.RoundState_ROUND_STATE_SETTLED })
	g.cash("115.00", "0.00")
	late, err := g.win("R", "w1", "b1", "30.00")
	require.NoError(t, err)
	require.True(t, late.GetReceipt().GetReplayed())
	g.cash("115.00", "0.00")
	c.verify()
}

// TestSweep_CancelledRound: every stake goes back.
func TestSweep_CancelledRound(t *testing.T) {
	t.Parallel()
	c := openSwept(t)
	g := c.seat("100.00")
	_, err := g.bet("R", "b1", "10.00")
	require.NoError(t, err)
	c.out.books.set(func(b *books) {
		b.round = &adapterv1.ProviderRound{State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_CANCELLED}
	})
	c.Clock.Advance(6 * time.Minute)
	eventually(t, "the round is voided", func() bool { return g.state("R") == gamingv1.RoundState_ROUND_STATE_VOIDED })
	g.cash("100.00", "0.00")
	c.verify()
}

// TestSweep_HandsOver: a round that its provider cannot tell about waits a day and then for an operator, once; one whose sums differ does at once. A result that comes
// after all is still taken.
func TestSweep_HandsOver(t *testing.T) {
	t.Parallel()
	c := openSwept(t)
	g := c.seat("100.00")
	_, err := g.bet("R", "b1", "10.00")
	require.NoError(t, err)
	c.out.books.set(func(b *books) { b.err = errs.New(adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED, "no") })
	c.Clock.Advance(6 * time.Minute)
	eventually(t, "the provider is asked", func() (asked bool) {
		c.out.books.set(func(b *books) { asked = b.asked > 0 })
		return asked
	})
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_OPEN, g.state("R"))
	c.Clock.Advance(25 * time.Hour)
	eventually(t, "an operator has to decide", func() bool { return g.state("R") == gamingv1.RoundState_ROUND_STATE_MANUAL })
	var e gamingv1.RoundHandedOver
	require.NoError(t, c.Events("round.handed_over.v1", 1)[0].Decode(&e))
	require.Equal(t, []string{g.id, "NOT_SUPPORTED", "10.00"}, []string{e.GetPlayerId(), e.GetWhy(), e.GetHeld().GetAmount()})
	_, err = g.lastWin("R", "w1", "b1", "12.00")
	require.NoError(t, err)
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_SETTLED, g.state("R"))

	g.launch()
	_, err = g.bet("S", "b2", "10.00")
	require.NoError(t, err)
	c.out.books.set(func(b *books) {
		b.err = nil
		b.round = &adapterv1.ProviderRound{State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED, Stake: eur("10.00"), Payout: eur("7.00")}
	})
	c.Clock.Advance(6 * time.Minute)
	eventually(t, "the sums differ", func() bool { return g.state("S") == gamingv1.RoundState_ROUND_STATE_MANUAL })
	g.cash("92.00", "10.00")
	c.verify()
}
