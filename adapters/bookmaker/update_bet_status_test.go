package bookmaker_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// unmatched are the amounts of the player's wins that wait for an operator.
func (x *table) unmatched() (amounts []string) {
	x.t.Helper()
	r, err := gamingv1.NewGamingServiceClient(x.To("gaming", testkit.Operator("support"))).ListUnmatchedWins(x.t.Context(), &gamingv1.ListUnmatchedWinsRequest{State: gamingv1.UnmatchedWinState_UNMATCHED_WIN_STATE_OPEN})
	require.NoError(x.t, err)
	for _, w := range r.GetWins() {
		if w.GetPlayerId() == x.Player {
			amounts = append(amounts, w.GetAmount().GetAmount())
		}
	}
	return amounts
}

// TestRefusedWins: a win of a bet that is not known, or that was taken back, is refused and waits for an operator, once.
func TestRefusedWins(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	for range 2 {
		x.is(no(404, "rejected", "bet_not_found", "The bet is unknown", "none"), "update_bet_status", bet("none", "10", result("win", "11")))
		x.is(no(404, "rejected", "bet_not_found", "The bet is unknown", "none"), "update_bet_status", bet("none", "10", `"status":"lost"`))
		require.Equal(t, []string{"11.00"}, x.unmatched())
	}
	x.is(blocked("back"), "block_funds", bet("back", "10"))
	x.is(refunded("back"), "refund", bet("back", "10"))
	for range 2 {
		x.is(no(409, "rejected", "bet_refunded", "The bet was refunded", "back"), "update_bet_status", bet("back", "10", result("win", "12")))
		require.ElementsMatch(t, []string{"11.00", "12.00"}, x.unmatched())
	}
	x.is(blocked("void"), "block_funds", bet("void", "10"))
	x.is(updated("void"), "update_bet_status", bet("void", "10", `"status":"void"`, `"seq":1`))
	x.is(no(409, "rejected", "bet_refunded", "The bet was refunded", "void"), "update_bet_status", bet("void", "10", result("win", "13"), `"seq":2`))
	require.ElementsMatch(t, []string{"11.00", "12.00", "13.00"}, x.unmatched())
	x.Cash("100.00", "0.00")

	// A second result that differs is told to correct, and somebody else's bet is not this player's.
	x.is(blocked("twice"), "block_funds", bet("twice", "10"))
	x.is(updated("twice"), "update_bet_status", bet("twice", "10", result("win", "14")))
	x.is(no(409, "rejected", "bet_settled", "The bet has another result", "twice"), "update_bet_status", bet("twice", "10", result("win", "15")))
	require.Len(t, x.unmatched(), 3)
	x.Cash("104.00", "0.00")
	x.verify()
}

// TestWinBeforeItsBet: a win that an operator pays because its bet is not known is that bet's result when the bet comes after all: it is paid once, whichever comes first.
func TestWinBeforeItsBet(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	unknown := no(404, "rejected", "bet_not_found", "The bet is unknown", "a")
	x.is(unknown, "update_bet_status", bet("a", "10", result("win", "20")))
	x.pays("a:1")
	for range 2 {
		x.is(updated("a"), "update_bet_status", bet("a", "10", result("win", "20")))
		x.Cash("120.00", "0.00")
	}
	x.is(blocked("a"), "block_funds", bet("a", "10"))
	for range 2 {
		x.is(updated("a"), "update_bet_status", bet("a", "10", result("win", "20")))
		x.Cash("110.00", "0.00")
	}
	x.is(no(404, "rejected", "bet_not_found", "The bet is unknown", "b"), "update_bet_status", bet("b", "10", result("win", "20")))
	x.is(blocked("b"), "block_funds", bet("b", "10"))
	x.is(updated("b"), "update_bet_status", bet("b", "10", result("win", "20")))
	x.Cash("120.00", "0.00")
	require.Eventually(t, func() bool { return len(x.unmatched()) == 0 }, 15*time.Second, 20*time.Millisecond, "it was paid")
	x.verify()
}

// TestVoidedByOperator: the win of a bet that an operator gave back waits once, and is answered as done when it was paid.
func TestVoidedByOperator(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	x.is(blocked("a"), "block_funds", bet("a", "10"))
	x.voids("a")
	for range 2 {
		x.is(no(409, "rejected", "bet_refunded", "The bet was refunded", "a"), "update_bet_status", bet("a", "10", result("win", "12")))
		require.Equal(t, []string{"12.00"}, x.unmatched())
	}
	x.pays("a:1")
	x.is(updated("a"), "update_bet_status", bet("a", "10", result("win", "12")))
	x.Cash("112.00", "0.00")
	x.verify()
}

// TestOperatorsCorrection: a result with a greater number corrects what an operator said after the partner's last one, also when it says the same as that.
func TestOperatorsCorrection(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	x.is(blocked("a"), "block_funds", bet("a", "10", on("m1", "5", "2")))
	x.is(updated("a"), "update_bet_status", bet("a", "10", result("win", "20"), `"seq":1`))
	x.resettle("a", "7.00")
	x.Cash("97.00", "0.00")
	x.is(updated("a"), "update_bet_status", bet("a", "10", result("win", "20"), `"seq":1`)) // repeated
	x.Cash("97.00", "0.00")
	for range 2 {
		x.is(updated("a"), "update_bet_status", bet("a", "10", result("win", "20"), `"seq":2`))
		x.Cash("110.00", "0.00")
	}
	x.resettle("a", "1.00")
	for range 2 {
		x.is(recalculated("m1"), "recalculate_bets", correction("m1", "5"))
		x.Cash("110.00", "0.00")
	}
	x.verify()
}

// voids takes a bet back as an operator does.
func (x *table) voids(id string) {
	x.t.Helper()
	gaming := gamingv1.NewGamingServiceClient(x.To("gaming", testkit.Operator("admin")))
	r, err := gaming.SearchRounds(x.t.Context(), &gamingv1.SearchRoundsRequest{PlayerId: x.Player, ProviderRoundId: id})
	require.NoError(x.t, err)
	require.Len(x.t, r.GetRounds(), 1)
	_, err = gaming.VoidRound(x.t.Context(), &gamingv1.VoidRoundRequest{RoundId: r.GetRounds()[0].GetRoundId(), RequestId: "of " + id, Reason: "the match was called off"})
	require.NoError(x.t, err)
}

// pays pays a win that waits, as an operator does.
func (x *table) pays(win string) {
	x.t.Helper()
	gaming := gamingv1.NewGamingServiceClient(x.To("gaming", testkit.Operator("finance").Fresh()))
	r, err := gaming.ListUnmatchedWins(x.t.Context(), &gamingv1.ListUnmatchedWinsRequest{PlayerId: x.Player})
	require.NoError(x.t, err)
	for _, w := range r.GetWins() {
		if w.GetProviderTxId() == win {
			_, err = gaming.ResolveUnmatchedWin(x.t.Context(), &gamingv1.ResolveUnmatchedWinRequest{UnmatchedWinId: w.GetUnmatchedWinId(), Pay: new(true), Reason: "the partner says so"})
			require.NoError(x.t, err)
			return
		}
	}
	require.Fail(x.t, "no such win", win)
}

// TestSeqOfAccepted: the number of a status that is no result counts as those of results do: what is older changes nothing.
func TestSeqOfAccepted(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	x.is(blocked("a"), "block_funds", bet("a", "10"))
	x.is(updated("a"), "update_bet_status", bet("a", "10", `"status":"accepted"`, `"seq":5`))
	x.is(updated("a"), "update_bet_status", bet("a", "10", result("win", "20"), `"seq":4`))
	x.Cash("90.00", "10.00")
	x.is(updated("a"), "update_bet_status", bet("a", "10", `"status":"pending"`, `"seq":3`))
	x.is(updated("a"), "update_bet_status", bet("a", "10", result("win", "20"), `"seq":6`))
	x.Cash("110.00", "0.00")
	x.verify()
}

// TestAcceptWithin: a bet that its partner does not accept in time goes back, and cannot be accepted any more; without the setting it waits.
func TestAcceptWithin(t *testing.T) {
	t.Parallel()
	x := open(t, map[string]string{"accept_within_seconds": "7200"})
	gone := func(id string) string { return no(409, "rejected", "bet_refunded", "The bet was refunded", id) }
	for _, id := range []string{"late", "kept", "won", "decided"} {
		x.is(blocked(id), "block_funds", bet(id, "10"))
	}
	x.is(updated("kept"), "update_bet_status", bet("kept", "10", `"status":"ACCEPTED"`))
	x.is(updated("late"), "update_bet_status", bet("late", "10", `"status":"pending"`))
	x.is(updated("won"), "update_bet_status", bet("won", "10", result("win", "20")))
	x.resettle("decided", "10.00")
	x.Clock.Advance(100 * time.Minute)
	require.Never(t, func() bool { return x.heldIs("10.00") }, 300*time.Millisecond, 50*time.Millisecond)
	x.Clock.Advance(time.Hour)
	require.Eventually(t, func() bool { return x.heldIs("10.00") }, 15*time.Second, 20*time.Millisecond)
	x.Cash("100.00", "10.00") // 100 - 4 x 10, and back 10 + 20 + 10
	require.Eventually(t, func() bool {
		return x.call("update_bet_status", bet("late", "10", `"status":"accepted"`)) == gone("late")
	}, 15*time.Second, 20*time.Millisecond)
	x.is(gone("late"), "update_bet_status", bet("late", "10", result("win", "20")))
	x.is(updated("kept"), "update_bet_status", bet("kept", "10", result("win", "15")))
	x.Cash("115.00", "0.00")
	x.is(refunded("kept"), "refund", bet("kept", "10"))
	x.is(updated("kept"), "update_bet_status", bet("kept", "10", `"status":"accepted"`)) // repeated
	x.Cash("110.00", "0.00")
	x.verify()

	y := open(t, nil)
	y.is(blocked("a"), "block_funds", bet("a", "10"))
	y.Clock.Advance(time.Hour)
	require.Never(t, func() bool { return !y.heldIs("10.00") }, 300*time.Millisecond, 50*time.Millisecond)
}

// heldIs tells whether so much of the player's cash is on hold.
func (x *table) heldIs(amount string) bool {
	b, err := walletv1.NewWalletServiceClient(x.To("wallet", testkit.Peer("gaming"))).GetBalance(x.t.Context(), &walletv1.GetBalanceRequest{PlayerId: x.Player, Currency: "EUR"})
	return err == nil && b.GetBalance().GetHeld().GetAmount() == amount
}
