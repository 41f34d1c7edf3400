package bookmaker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// tell sends a result; the seq is left out when it is negative.
func (x *table) tell(id, amount, fields string, seq int) string {
	x.t.Helper()
	if seq < 0 {
		return x.call("update_bet_status", bet(id, amount, fields))
	}
	return x.call("update_bet_status", bet(id, amount, fields, fmt.Sprintf(`"seq":%d`, seq)))
}

// TestPush: a push is a result that pays the stake: the bet is settled, later results correct it, and its round's correction prices it.
func TestPush(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	const push = `"status":"push"`
	for _, c := range []struct{ fields, cash string }{
		{result("win", "25"), "115.00"}, {`"status":"lost"`, "90.00"}, {result("half_lost", "5"), "95.00"}, {result("cashed_out", "8"), "98.00"}, {`"status":"void"`, "100.00"},
	} {
		id := "p" + c.cash
		x.is(blocked(id), "block_funds", bet(id, "10"))
		for range 2 {
			require.Equal(t, updated(id), x.tell(id, "10", push, 1))
			x.Cash("100.00", "0.00")
			require.Equal(t, [2]any{gamingv1.BetState_BET_STATE_SETTLED, gamingv1.BetOutcome_BET_OUTCOME_PUSH}, x.stateOf(id))
		}
		require.Equal(t, updated(id), x.tell(id, "10", c.fields, 2))
		x.Cash(c.cash, "0.00")
		if c.cash != "100.00" {
			require.Equal(t, updated(id), x.tell(id, "10", push, 3), "and back")
		}
		require.Equal(t, updated(id), x.tell(id, "10", c.fields, 2), "older")
		x.Cash("100.00", "0.00")
	}
	require.Equal(t, updated("p100.00"), x.tell("p100.00", "10", push, 3), "the stake of a void bet has gone back")
	require.Equal(t, no(409, "rejected", "bet_refunded", "The bet was refunded", "p100.00"), x.tell("p100.00", "10", result("win", "25"), 4))

	x.is(blocked("r"), "block_funds", bet("r", "10", on("m1", "5", "2.5")))
	require.Equal(t, updated("r"), x.tell("r", "10", result("PUSH", "10"), -1))
	x.Cash("100.00", "0.00")
	x.is(recalculated("m1"), "recalculate_bets", correction("m1", "5"))
	x.Cash("115.00", "0.00")
	x.Clock.Advance(10 * time.Second)
	x.is(recalculated("m1"), "recalculate_bets", correction("m1", "7"))
	x.Cash("90.00", "0.00")

	// What was refunded is no part of the stake that a push pays.
	x.is(blocked("part"), "block_funds", bet("part", "10"))
	x.is(refunded("part"), "refund", bet("part", "4"))
	x.Cash("84.00", "6.00")
	require.Equal(t, updated("part"), x.tell("part", "10", push, 1))
	x.Cash("90.00", "0.00")
	require.Equal(t, updated("part"), x.tell("part", "10", `"status":"lost"`, 2))
	x.Cash("84.00", "0.00")
	require.Equal(t, updated("part"), x.tell("part", "10", push, 3))
	x.Cash("90.00", "0.00")
	x.verify()
}

// TestPushOfTheBookmaker: a corrected result that the bookmaker is asked for may be a push.
func TestPushOfTheBookmaker(t *testing.T) {
	t.Parallel()
	o, x := openOffice(t)
	x.is(blocked("c"), "block_funds", bet("c", "10", `"round_id":"m1"`))
	require.Equal(t, updated("c"), x.tell("c", "10", `"status":"lost"`, 1))
	o.says(200, `{"bet_id":"c","status":"push"}`)
	x.is(recalculated("m1"), "recalculate_bets", correction("m1", "2"))
	x.Cash("100.00", "0.00")
	require.Equal(t, updated("c"), x.tell("c", "10", result("win", "30"), 2))
	x.Cash("120.00", "0.00")
}

// stateOf is a bet's state and outcome as operators see them.
func (x *table) stateOf(id string) [2]any {
	x.t.Helper()
	r, err := gamingv1.NewGamingServiceClient(x.To("gaming", testkit.Operator("admin"))).SearchRounds(x.t.Context(), &gamingv1.SearchRoundsRequest{PlayerId: x.Player, ProviderRoundId: id})
	require.NoError(x.t, err)
	require.Len(x.t, r.GetRounds(), 1, id)
	require.Len(x.t, r.GetRounds()[0].GetBets(), 1, id)
	b := r.GetRounds()[0].GetBets()[0]
	return [2]any{b.GetState(), b.GetOutcome()}
}

// void takes a bet back as an operator does.
func (x *table) void(id string) {
	x.t.Helper()
	admin := gamingv1.NewGamingServiceClient(x.To("gaming", testkit.Operator("admin")))
	r, err := admin.SearchRounds(x.t.Context(), &gamingv1.SearchRoundsRequest{PlayerId: x.Player, ProviderRoundId: id})
	require.NoError(x.t, err)
	require.Len(x.t, r.GetRounds(), 1, id)
	_, err = admin.VoidRound(x.t.Context(), &gamingv1.VoidRoundRequest{RoundId: r.GetRounds()[0].GetRoundId(), RequestId: "void " + id, Reason: "the match was called off"})
	require.NoError(x.t, err)
}

// TestRepeatedResults: a result that was accepted is answered as it was, whatever came after it, and moves nothing.
func TestRepeatedResults(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	settled := func(id string) string { return no(409, "rejected", "bet_settled", "The bet has another result", id) }
	gone := func(id string) string { return no(409, "rejected", "bet_refunded", "The bet was refunded", id) }
	win, lost := result("win", "30"), `"status":"lost"`

	for i, seq := range []int{-1, 1} { // then a refund
		id := fmt.Sprintf("refund%d", i)
		x.is(blocked(id), "block_funds", bet(id, "10"))
		require.Equal(t, updated(id), x.tell(id, "10", win, seq))
		x.is(refunded(id), "refund", bet(id, "10"))
		for range 2 {
			require.Equal(t, updated(id), x.tell(id, "10", win, seq))
		}
		require.Equal(t, gone(id), x.tell(id, "10", lost, seq), "another one")
		require.Equal(t, gone(id), x.tell(id, "10", win, 2), "a newer one")
		x.is(refunded(id), "refund", bet(id, "10"))
		x.Cash("100.00", "0.00")
	}
	require.Equal(t, updated("refund1"), x.tell("refund1", "10", lost, 0), "an older one is ignored")

	for i, seq := range []int{-1, 1} { // then a correction of its round
		id, round := fmt.Sprintf("round%d", i), fmt.Sprintf("m%d", i)
		x.is(blocked(id), "block_funds", bet(id, "10", on(round, "5", "3")))
		require.Equal(t, updated(id), x.tell(id, "10", win, seq))
		x.is(recalculated(round), "recalculate_bets", correction(round, "7"))
		for range 2 {
			require.Equal(t, updated(id), x.tell(id, "10", win, seq))
		}
		require.Equal(t, settled(id), x.tell(id, "10", result("win", "29"), seq))
		x.Cash(fmt.Sprintf("%d.00", 90-10*i), "0.00")
	}

	x.is(blocked("later"), "block_funds", bet("later", "10")) // then a numbered result
	require.Equal(t, updated("later"), x.tell("later", "10", win, -1))
	require.Equal(t, updated("later"), x.tell("later", "10", lost, 1))
	require.Equal(t, updated("later"), x.tell("later", "10", win, -1))
	require.Equal(t, settled("later"), x.tell("later", "10", result("win", "29"), -1))
	require.Equal(t, settled("later"), x.tell("later", "10", win, 1), "told without a number")
	x.Cash("70.00", "0.00")
	require.Equal(t, updated("later"), x.tell("later", "10", `"status":"void"`, 4))
	for seq, fields := range map[int]string{-1: win, 1: lost, 4: `"status":"void"`, 3: win} {
		require.Equal(t, updated("later"), x.tell("later", "10", fields, seq))
	}
	x.Cash("80.00", "0.00")

	// The same result under a greater number is the newest: a number between comes late.
	x.is(blocked("gap"), "block_funds", bet("gap", "10", on("m9", "5", "3")))
	require.Equal(t, updated("gap"), x.tell("gap", "10", win, 1))
	require.Equal(t, updated("gap"), x.tell("gap", "10", win, 3))
	require.Equal(t, updated("gap"), x.tell("gap", "10", lost, 2))
	x.Cash("100.00", "0.00")
	x.is(recalculated("m9"), "recalculate_bets", correction("m9", "7"))
	require.Equal(t, updated("gap"), x.tell("gap", "10", win, 3))
	x.Cash("70.00", "0.00")

	x.verify()
}

// TestRefusedResults: what was refused is no accepted result, however often it comes and whatever comes after it.
func TestRefusedResults(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	gone := func(id string) string { return no(409, "rejected", "bet_refunded", "The bet was refunded", id) }
	win, lost := result("win", "30"), `"status":"lost"`
	x.is(blocked("never"), "block_funds", bet("never", "10"))
	x.is(refunded("never"), "refund", bet("never", "10"))
	for range 2 {
		require.Equal(t, gone("never"), x.tell("never", "10", win, 1))
	}
	for _, id := range []string{"open", "won"} { // an operator takes them back meanwhile
		x.is(blocked(id), "block_funds", bet(id, "10"))
		if id == "won" {
			require.Equal(t, updated(id), x.tell(id, "10", win, 1))
		}
		x.void(id)
		for range 2 {
			require.Equal(t, gone(id), x.tell(id, "10", lost, 2))
		}
	}
	require.Equal(t, updated("won"), x.tell("won", "10", win, 1))
	x.is(blocked("office"), "block_funds", bet("office", "10", on("m8", "5", "3")))
	x.resettle("office", "12.00")
	for range 2 {
		require.Equal(t, no(409, "rejected", "bet_settled", "The bet has its result", "office"), x.tell("office", "10", win, 1))
	}
	x.is(recalculated("m8"), "recalculate_bets", correction("m8", "7"))
	require.Equal(t, no(409, "rejected", "bet_settled", "The bet has another result", "office"), x.tell("office", "10", win, 1))
	x.Cash("90.00", "0.00")
	x.verify()
}
