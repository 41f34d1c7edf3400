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

// TestSweep_OperatorDecides: a round that was handed over is over once an operator has given all of its bets their results. What its provider sends after all is late:
// where its protocol refuses late winnings they wait for an operator, and are not paid a second time.
func TestSweep_OperatorDecides(t *testing.T) {
	t.Parallel()
	c := openSwept(t)
	g := c.seat("100.00")
	first, err := g.bet("R", "b1", "10.00")
	require.NoError(t, err)
	second, err := g.bet("R", "b2", "10.00")
	require.NoError(t, err)
	c.out.books.set(func(b *books) { b.err = errs.New(adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED, "no") })
	c.Clock.Advance(25 * time.Hour)
	eventually(t, "an operator has to decide", func() bool { return g.state("R") == gamingv1.RoundState_ROUND_STATE_MANUAL })
	for i, b := range []string{first.GetBetId(), second.GetBetId()} {
		_, err = c.finance().ResettleRound(t.Context(), &gamingv1.ResettleRoundRequest{
			RequestId: b, RoundId: first.GetRoundId(), Reason: "told by telephone", Bets: []*gamingv1.BetResult{{BetId: b, Payout: eur("15.00")}},
		})
		require.NoError(t, err)
		require.Equal(t, []gamingv1.RoundState{gamingv1.RoundState_ROUND_STATE_MANUAL, gamingv1.RoundState_ROUND_STATE_SETTLED}[i], g.state("R"))
	}
	g.cash("110.00", "0.00")
	require.Len(t, c.Events("round.settled.v1", 1), 1)
	late := g.winRequest("R", "w1", "b1", "15.00")
	late.RefuseClosedRound = true
	_, err = g.adapter.SettleBet(t.Context(), late)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_ROUND_CLOSED)
	g.cash("110.00", "0.00")
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
	require.Equal(t, "NOT_SUPPORTED", g.round("R").GetHandedOverWhy())
	_, err = g.lastWin("R", "w1", "b1", "12.00")
	require.NoError(t, err)
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_SETTLED, g.state("R"))
	require.Empty(t, g.round("R").GetHandedOverWhy(), "of a round that is not an operator's any more")

	g.launch()
	_, err = g.bet("S", "b2", "10.00")
	require.NoError(t, err)
	c.out.books.set(func(b *books) {
		b.err = nil
		b.round = &adapterv1.ProviderRound{State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED, Stake: eur("10.00"), Payout: eur("7.00")}
	})
	c.Clock.Advance(6 * time.Minute)
	eventually(t, "the sums differ", func() bool { return g.state("S") == gamingv1.RoundState_ROUND_STATE_MANUAL })
	require.Equal(t, "BOOKS_DIFFER", g.round("S").GetHandedOverWhy())
	g.cash("92.00", "10.00")
	c.verify()
}

// TestSweep_ReopenedRound: a round that was over when the sweeper passed it, and goes on, is found when it becomes quiet.
func TestSweep_ReopenedRound(t *testing.T) {
	t.Parallel()
	c := openSwept(t)
	g := c.seat("100.00")
	g.must(g.bet("R", "b1", "10.00"))
	g.must(g.cancel("R", "c1", "b1"))
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_VOIDED, g.state("R"))
	opened := g.round("R").GetOpenedAt().AsTime()
	c.Clock.Advance(10 * time.Minute)
	eventually(t, "the sweeper has passed it", func() (passed bool) {
		require.NoError(t, c.DB.QueryRow(t.Context(), "SELECT opened_until > $1 FROM sweep_progress", opened.Add(3*time.Minute)).Scan(&passed))
		return passed
	})
	g.must(g.bet("R", "b2", "10.00"))
	c.out.books.set(func(b *books) {
		b.round = &adapterv1.ProviderRound{State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_CANCELLED}
	})
	g.cash("90.00", "10.00")
	c.Clock.Advance(6 * time.Minute)
	eventually(t, "the round is voided", func() bool { return g.state("R") == gamingv1.RoundState_ROUND_STATE_VOIDED })
	g.cash("100.00", "0.00")
	c.verify()
}

// TestSweep_BehindManyRounds: an open round is found among very many that are over, and those leave nothing in the sweeper's index.
func TestSweep_BehindManyRounds(t *testing.T) {
	t.Parallel()
	c := openSwept(t)
	c.exec(`INSERT INTO round (round_id, integration_id, player_id, provider_round_id, game_id, currency, state, closing, opened_at, closed_at, touched_at)
		SELECT 'rnd_' || n, $1, 'ply_none', n::text, 'gam_none', 'EUR', 2, true, $2::timestamptz - n * interval '1 second', $2, $2
		FROM generate_series(1, 25000) n`, integration, c.Clock.Now())
	g := c.seat("100.00")
	g.must(g.bet("R", "b1", "10.00"))
	c.out.books.set(func(b *books) {
		b.round = &adapterv1.ProviderRound{State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_CANCELLED}
	})
	c.Clock.Advance(6 * time.Minute)
	eventually(t, "the round is voided", func() bool { return g.state("R") == gamingv1.RoundState_ROUND_STATE_VOIDED })
	c.Clock.Advance(time.Hour)
	eventually(t, "nothing is left to look at", func() bool {
		var left int
		require.NoError(t, c.DB.QueryRow(t.Context(), "SELECT count(*) FROM round WHERE sweep_at IS NOT NULL").Scan(&left))
		return left == 0
	})
}

// TestRound_ChangesStayOnTheirPage: neither a bet nor the end of a round is entered into the table's indexes again.
func TestRound_ChangesStayOnTheirPage(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	for i := range 20 {
		g.must(g.bet(tx(i), "b"+tx(i), "1.00"))
		g.must(g.lastWin(tx(i), "w"+tx(i), "b"+tx(i), "1.00"))
	}
	var all, hot int
	eventually(t, "the database has counted", func() bool {
		err := c.DB.QueryRow(t.Context(), "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'round'").Scan(&all, &hot)
		return err == nil && all >= 20
	})
	require.GreaterOrEqual(t, hot, 15, "of %d", all)
}

// TestSweep_YieldsToPlay: the sweeper does not wait for a round that is being changed, in which it would meet a batch that waits for it, and marks it afterwards.
func TestSweep_YieldsToPlay(t *testing.T) {
	t.Parallel()
	c := openSwept(t)
	g := c.seat("100.00")
	g.must(g.bet("R", "b1", "10.00"))
	c.out.books.set(func(b *books) {
		b.round = &adapterv1.ProviderRound{State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_CANCELLED}
	})
	tx, err := c.DB.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT FROM round FOR UPDATE")
	require.NoError(t, err)
	c.Clock.Advance(6 * time.Minute)
	waited := func(atLeast string) (n int) {
		require.NoError(t, tx.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
			WHERE a.datname = current_database() AND NOT l.granted AND l.waitstart < clock_timestamp() - $1::text::interval`, atLeast).Scan(&n))
		return n
	}
	eventually(t, "the sweeper comes to it", func() bool { return waited("0") > 0 })
	for began := time.Now(); time.Since(began) < 1500*time.Millisecond; time.Sleep(50 * time.Millisecond) { // here, where the transaction is nobody else's
		require.Zero(t, waited("700ms"))
	}
	require.NoError(t, tx.Rollback(t.Context()))
	eventually(t, "the round is voided", func() bool { return g.state("R") == gamingv1.RoundState_ROUND_STATE_VOIDED })
	c.verify()
}
