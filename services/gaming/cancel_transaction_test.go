package gaming_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
	"github.com/pitboss-gaming/pitboss/services/gaming"
)

func TestCancelTransaction(t *testing.T) {
	t.Parallel()
	c := open(t)

	t.Run("an open bet gives its stake back, once", func(t *testing.T) { cancelOpenBet(t, c) })
	t.Run("a cancellation before its bet leaves a tombstone", func(t *testing.T) { cancelBeforeBet(t, c) })
	t.Run("a settled bet goes back with its winnings in one step", func(t *testing.T) { cancelSettledBet(t, c) })
	t.Run("a lost bet gives its stake back", func(t *testing.T) { cancelLostBet(t, c) })
	t.Run("with winnings kept, each transaction goes back by itself", func(t *testing.T) { cancelKeepsWinnings(t, c) })
	t.Run("a win goes back by itself, once", func(t *testing.T) { cancelWin(t, c) })
	t.Run("spent winnings are not taken by force; the same cancellation succeeds later", func(t *testing.T) { cancelSpent(t, c) })
	t.Run("the same id with other content, and foreign transactions", func(t *testing.T) { cancelMismatch(t, c) })
	c.verify()
}

func cancelOpenBet(t *testing.T, c *casino) {
	g := c.seat("100.00")
	_, err := g.bet("c1", "c1-b1", "10.00")
	require.NoError(t, err)
	_, err = g.bet("c1", "c1-b2", "20.00")
	require.NoError(t, err)
	for i, id := range []string{"c1-c", "c1-c", "c1-another"} {
		r, err := g.cancel("c1", id, "c1-b1")
		require.NoError(t, err)
		require.True(t, r.GetFound())
		require.Equal(t, "80.00", r.GetReceipt().GetFunds().GetCash().GetAmount())
		require.Equal(t, i == 1, r.GetReceipt().GetReplayed())
	}
	g.cash("80.00", "20.00")
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_OPEN, g.round("c1").GetState(), "the other bet goes on")
	_, err = g.win("c1", "c1-w", "c1-b1", "5.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED)
	_, err = g.cancel("c1", "c1-c2", "c1-b2")
	require.NoError(t, err)
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_VOIDED, g.round("c1").GetState())
	require.NotEmpty(t, c.Events("round.voided.v1", 1))
	_, err = g.bet("c1", "c1-b3", "1.00")
	require.NoError(t, err, "the provider never closed the round")
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_OPEN, g.round("c1").GetState())
}

func cancelBeforeBet(t *testing.T, c *casino) {
	g := c.seat("100.00")
	for i := range 2 {
		r, err := g.cancel("c2", "c2-c", "c2-b")
		require.NoError(t, err)
		require.False(t, r.GetFound())
		require.Equal(t, i == 1, r.GetReceipt().GetReplayed())
		require.Equal(t, "100.00", r.GetReceipt().GetFunds().GetCash().GetAmount())
	}
	for range 2 {
		_, err := g.bet("c2", "c2-b", "10.00")
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_CANCELLED)
	}
	g.cash("100.00", "0.00")
	r, err := g.adapter.CancelTransaction(t.Context(), &gamingv1.CancelTransactionRequest{
		Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: "never", PlayerId: g.id}, ProviderTxId: "c2-c9", ReferenceProviderTxId: "c2-b9",
	})
	require.NoError(t, err)
	require.Nil(t, r.GetReceipt().GetFunds(), "nothing tells the currency")
}

func cancelSettledBet(t *testing.T, c *casino) {
	g := c.seat("100.00")
	_, err := g.bet("c3", "c3-b", "10.00")
	require.NoError(t, err)
	_, err = g.lastWin("c3", "c3-w", "c3-b", "36.00")
	require.NoError(t, err)
	g.cash("126.00", "0.00")
	r, err := g.cancel("c3", "c3-c", "c3-b")
	require.NoError(t, err)
	require.Equal(t, "100.00", r.GetReceipt().GetFunds().GetCash().GetAmount())
	_, err = g.cancel("c3", "c3-cw", "c3-w")
	require.NoError(t, err, "the win is gone already")
	g.cash("100.00", "0.00")
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_VOIDED, g.round("c3").GetState())
	_, err = g.win("c3", "c3-late", "c3-b", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED)
}

func cancelLostBet(t *testing.T, c *casino) {
	g := c.seat("100.00")
	_, err := g.bet("c4", "c4-b", "10.00")
	require.NoError(t, err)
	_, err = g.lastWin("c4", "c4-w", "c4-b", "0.00")
	require.NoError(t, err)
	_, err = g.cancel("c4", "c4-c", "c4-b")
	require.NoError(t, err)
	g.cash("100.00", "0.00")
}

func cancelKeepsWinnings(t *testing.T, c *casino) {
	g := c.seat("100.00")
	_, err := g.bet("c5", "c5-b", "10.00")
	require.NoError(t, err)
	_, err = g.lastWin("c5", "c5-w", "c5-b", "36.00")
	require.NoError(t, err)
	r := g.cancelRequest("c5", "c5-c", "c5-b")
	r.KeepWinnings = true
	_, err = g.adapter.CancelTransaction(t.Context(), r)
	require.NoError(t, err)
	g.cash("136.00", "0.00")
	_, err = g.cancel("c5", "c5-cw", "c5-w")
	require.NoError(t, err)
	g.cash("100.00", "0.00")
	require.Equal(t, "0.00", g.round("c5").GetPayout().GetAmount())
}

func cancelWin(t *testing.T, c *casino) {
	g := c.seat("100.00")
	_, err := g.bet("c6", "c6-b", "10.00")
	require.NoError(t, err)
	_, err = g.win("c6", "c6-w1", "c6-b", "5.00")
	require.NoError(t, err)
	_, err = g.win("c6", "c6-w2", "c6-b", "7.00")
	require.NoError(t, err)
	for _, id := range []string{"c6-c", "c6-c", "c6-c2"} {
		_, err = g.cancel("c6", id, "c6-w1")
		require.NoError(t, err)
		g.cash("97.00", "0.00")
	}
	require.Equal(t, "7.00", g.round("c6").GetBets()[0].GetPayout().GetAmount())
	_, err = g.cancel("c6", "c6-early", "c6-w3")
	require.NoError(t, err)
	_, err = g.win("c6", "c6-w3", "c6-b", "9.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED)
	g.cash("97.00", "0.00")
}

func cancelSpent(t *testing.T, c *casino) {
	g := c.seat("10.00")
	_, err := g.bet("c7", "c7-b", "10.00")
	require.NoError(t, err)
	_, err = g.win("c7", "c7-w", "c7-b", "30.00")
	require.NoError(t, err)
	_, err = g.bet("c7", "c7-b2", "25.00")
	require.NoError(t, err)
	for range 2 {
		_, err = g.cancel("c7", "c7-c", "c7-w")
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
		_, err = g.cancel("c7", "c7-cb", "c7-b")
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
	}
	g.cash("5.00", "25.00")
	_, err = g.cancel("c7", "c7-c2", "c7-b2")
	require.NoError(t, err)
	_, err = g.cancel("c7", "c7-c", "c7-w")
	require.NoError(t, err)
	g.cash("0.00", "0.00")
	_, err = g.cancel("c7", "c7-cb", "c7-b")
	require.NoError(t, err)
	g.cash("10.00", "0.00")
}

func cancelMismatch(t *testing.T, c *casino) {
	g, foreign := c.seat("100.00"), c.seat("1.00")
	_, err := g.bet("c8", "c8-b", "10.00")
	require.NoError(t, err)
	_, err = g.bet("c8", "c8-b2", "10.00")
	require.NoError(t, err)
	_, err = foreign.cancel("c8", "c8-f", "c8-b")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH)
	g.cash("80.00", "20.00")
	_, err = g.cancel("c8", "c8-c", "c8-b")
	require.NoError(t, err)
	_, err = g.cancel("c8", "c8-c", "c8-b2")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
	g.cash("90.00", "10.00")
	_, err = gamingv1.NewGamingServiceClient(c.As(testkit.Peer("stripe"))).CancelTransaction(t.Context(), g.cancelRequest("c8", "c8-p", "c8-b2"))
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}

// TestBetAndCancelRace sends bets and their cancellations at the same moment: whatever comes first, no stake stays behind.
func TestBetAndCancelRace(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("1000.00")
	var (
		wg                  sync.WaitGroup
		placed, undone, odd atomic.Int64
	)
	for n := range 40 {
		round, id := "race-"+tx(n), tx(n)
		wg.Go(func() {
			switch _, err := g.bet(round, id, "1.00"); {
			case err == nil:
				placed.Add(1)
			case errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_BET_CANCELLED):
				undone.Add(1)
			default:
				odd.Add(1)
				t.Log(err)
			}
		})
		for range 2 {
			wg.Go(func() {
				if _, err := g.cancel(round, "cancel-"+id, id); err != nil {
					odd.Add(1)
					t.Log(err)
				}
			})
		}
	}
	wg.Wait()
	require.Zero(t, odd.Load())
	t.Logf("accepted first: %d, refused: %d", placed.Load(), undone.Load())
	g.cash("1000.00", "0.00")
	c.verify()
}

// TestWinAndCancelRace sends a win and the cancellation of its bet at the same moment.
func TestWinAndCancelRace(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("1000.00")
	var wg sync.WaitGroup
	var odd atomic.Int64
	for n := range 30 {
		round, id := "wr-"+tx(n), tx(n)
		_, err := g.bet(round, id, "1.00")
		require.NoError(t, err)
		wg.Go(func() {
			if _, err := g.lastWin(round, "win-"+id, id, "3.00"); err != nil && !errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED) {
				odd.Add(1)
				t.Log(err)
			}
		})
		wg.Go(func() {
			if _, err := g.cancel(round, "cancel-"+id, id); err != nil {
				odd.Add(1)
				t.Log(err)
			}
		})
	}
	wg.Wait()
	require.Zero(t, odd.Load())
	g.cash("1000.00", "0.00")
	c.verify()
}

// TestCancellationsOfOneWinAtOnce sends several cancellations of one win at the same moment, each with an id of its own. The bet has other winnings, which nobody takes back.
func TestCancellationsOfOneWinAtOnce(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("1000.00")
	const rounds, each = 12, 5
	var odd atomic.Int64
	for n := range rounds {
		round, id := "aw-"+tx(n), tx(n)
		g.must(g.bet(round, "b-"+id, "1.00"))
		g.must(g.win(round, "w-"+id, "b-"+id, "0.30"))
		g.must(g.win(round, "v-"+id, "b-"+id, "5.00"))
		p, err := g.adapter.CreditPrize(t.Context(), &gamingv1.CreditPrizeRequest{
			Caller: g.caller(), ProviderTxId: "p-" + id, Amount: eur("0.70"), Kind: gamingv1.PrizeKind_PRIZE_KIND_PROMOTION,
		})
		require.NoError(t, err)
		require.NotNil(t, p)
		var wg sync.WaitGroup
		for i := range each {
			for _, ref := range []string{"w-", "p-"} {
				wg.Go(func() {
					if _, err := g.cancel(round, fmt.Sprint("c", i, "-", ref, id), ref+id); err != nil {
						odd.Add(1)
						t.Log(err)
					}
				})
			}
		}
		wg.Wait()
		require.Equal(t, "5.00", g.round(round).GetBets()[0].GetPayout().GetAmount())
	}
	require.Zero(t, odd.Load())
	g.cash("1048.00", "0.00") // 12 times -1 + 5
	c.verify()
}

// TestCancellationsOfOneWin_BeforeAnyIsWritten: all have been to the wallet when the first is written down.
func TestCancellationsOfOneWin_BeforeAnyIsWritten(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	g.must(g.bet("bw", "bw-b", "1.00"))
	g.must(g.win("bw", "bw-w", "bw-b", "1.50"))
	g.must(g.win("bw", "bw-v", "bw-b", "5.00"))
	lock, err := c.DB.Begin(t.Context())
	require.NoError(t, err)
	_, err = lock.Exec(t.Context(), "LOCK TABLE provider_tx IN SHARE MODE") // it is read and not written
	require.NoError(t, err)
	var wg sync.WaitGroup
	var odd atomic.Int64
	for i := range 3 {
		wg.Go(func() {
			if _, err := g.cancel("bw", fmt.Sprint("bw-c", i), "bw-w"); err != nil {
				odd.Add(1)
				t.Log(err)
			}
		})
	}
	<-time.After(500 * time.Millisecond)
	require.NoError(t, lock.Rollback(t.Context()))
	wg.Wait()
	require.Zero(t, odd.Load())
	require.Equal(t, "5.00", g.round("bw").GetBets()[0].GetPayout().GetAmount())
	g.cash("104.00", "0.00")
	c.verify()
}

// TestCancelTransaction_DoneUnderItsOwnKey: a version before took a win back under the cancellation's own key and went away before it wrote that down.
func TestCancelTransaction_DoneUnderItsOwnKey(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	g.must(g.bet("ok", "ok-b", "1.00"))
	g.must(g.win("ok", "ok-w", "ok-b", "3.00"))
	b := g.round("ok").GetBets()[0]
	var hold string
	require.NoError(t, c.DB.QueryRow(t.Context(), "SELECT hold_id FROM bet WHERE bet_id = $1", b.GetBetId()).Scan(&hold))
	_, err := g.wallet.CorrectHold(t.Context(), &walletv1.CorrectHoldRequest{
		RequestId: gaming.RequestID("cancel", integration, "ok-c"), PlayerId: g.id, HoldId: hold, Payout: eur("3.00"), Provider: integration,
		Basis: walletv1.CorrectionBasis_CORRECTION_BASIS_LESS, RefuseDebt: true,
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: b.GetBetId(), RoundId: g.round("ok").GetRoundId(), ProviderTxId: "ok-c", GameId: b.GetGameId()},
	})
	require.NoError(t, err)
	g.cash("99.00", "0.00")
	for range 2 {
		_, err = g.cancel("ok", "ok-c", "ok-w")
		require.NoError(t, err)
		g.cash("99.00", "0.00")
	}
	c.verify()
}
