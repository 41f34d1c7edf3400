package bookmaker_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRefundOfParts: parts of a stake go back, each once and never more than the stake, and the bet goes on with the rest.
func TestRefundOfParts(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	tooMuch := func(id string) string {
		return no(422, "rejected", "amount_differs", "The amount exceeds what is left of the stake", id)
	}
	x.is(blocked("a"), "block_funds", bet("a", "10", on("round1", "5", "2")))
	for range 2 {
		x.is(refunded("a"), "refund", bet("a", "4"))
		x.Cash("94.00", "6.00")
	}
	x.is(refunded("a"), "refund", bet("a", "2.50"))
	for range 2 {
		x.is(refunded("a"), "refund", bet("a", "2.50", `"refund_id":"second"`))
		x.Cash("99.00", "1.00")
	}
	x.is(tooMuch("a"), "refund", bet("a", "1.01"))
	x.is(tooMuch("a"), "refund", bet("a", "10"))
	x.is(no(409, "rejected", "bet_id_conflict", "The refund_id was used for another refund", "a"), "refund", bet("a", "1", `"refund_id":"second"`))
	for _, id := range []string{`""`, "7", `"` + strings.Repeat("x", 41) + `"`} {
		require.Contains(t, x.call("refund", bet("a", "1", `"refund_id":`+id)), "400 ", id)
	}
	for range 2 {
		x.is(updated("a"), "update_bet_status", bet("a", "10", result("win", "2")))
		x.Cash("101.00", "0.00")
	}
	x.is(refunded("a"), "refund", bet("a", "4")) // repeated
	x.is(no(409, "rejected", "bet_settled", "The bet has its result", "a"), "refund", bet("a", "1"))
	x.Cash("101.00", "0.00")

	// A correction prices what is left of the stake, and leaves the refunds.
	x.Clock.Advance(10 * time.Second)
	x.is(recalculated("round1"), "recalculate_bets", correction("round1", "7"))
	x.Cash("99.00", "0.00")
	x.Clock.Advance(10 * time.Second)
	x.is(recalculated("round1"), "recalculate_bets", correction("round1", "5"))
	x.Cash("101.00", "0.00")
	x.verify()
}

// TestRefundOfTheRest: parts that make the whole are a refund of the bet, and a bet that is void gives back what is left.
func TestRefundOfTheRest(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	x.is(blocked("a"), "block_funds", bet("a", "10"))
	x.is(refunded("a"), "refund", bet("a", "4"))
	for range 2 {
		x.is(refunded("a"), "refund", bet("a", "6"))
		x.is(refunded("a"), "refund", bet("a", "4"))
		x.Cash("100.00", "0.00")
	}
	x.is(no(409, "rejected", "bet_refunded", "The bet was refunded", "a"), "update_bet_status", bet("a", "10", result("win", "20")))
	x.is(blocked("b"), "block_funds", bet("b", "10"))
	x.is(refunded("b"), "refund", bet("b", "4"))
	x.is(updated("b"), "update_bet_status", bet("b", "10", `"status":"void"`))
	x.Cash("100.00", "0.00")
	x.is(blocked("c"), "block_funds", bet("c", "10"))
	x.is(refunded("c"), "refund", bet("c", "4"))
	x.is(updated("c"), "update_bet_status", bet("c", "10", `"status":"lost"`, `"seq":1`))
	x.Cash("94.00", "0.00")
	x.is(updated("c"), "update_bet_status", bet("c", "10", result("win", "9"), `"seq":2`))
	x.Cash("103.00", "0.00")

	// A stake that was refused has no part to give back, and another player's is not known.
	x.is(no(402, "rejected", "insufficient_funds", "The player's balance is less than the stake", "d"), "block_funds", bet("d", "1000"))
	x.is(no(404, "rejected", "bet_not_found", "The bet is unknown", "d"), "refund", bet("d", "1"))
	other, _ := x.NewPlayer("50.00", "EUR")
	x.is(blocked("e"), "block_funds", bet("e", "10"))
	x.is(no(404, "rejected", "bet_not_found", "The bet is unknown", "e"), "refund", strings.ReplaceAll(bet("e", "1"), "$P", other))
	x.Cash("93.00", "10.00")

	// Many at once: no more than the stake.
	var wait sync.WaitGroup
	var mu sync.Mutex
	answers := map[string]int{}
	for i := range 12 {
		wait.Go(func() {
			a := x.call("refund", bet("e", "3", fmt.Sprintf(`"refund_id":"r%d"`, i%6)))
			for n := 0; n < 50 && strings.HasPrefix(a, "503"); n++ {
				a = x.call("refund", bet("e", "3", fmt.Sprintf(`"refund_id":"r%d"`, i%6)))
			}
			mu.Lock()
			defer mu.Unlock()
			answers[a]++
		})
	}
	wait.Wait()
	require.Equal(t, 6, answers[refunded("e")], "%v", answers)
	x.Cash("102.00", "1.00")
	x.verify()
}

// TestRefusedPart: a part that gaming refuses, because an operator has decided the bet meanwhile, has not gone back: what comes after it is about the whole stake.
func TestRefusedPart(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	settled := no(409, "rejected", "bet_settled", "The bet has its result", "a")
	x.is(blocked("a"), "block_funds", bet("a", "10", on("m1", "5", "3")))
	x.resettle("a", "12.00")
	for range 2 {
		x.is(settled, "refund", bet("a", "3", `"refund_id":"one"`))
		x.Cash("102.00", "0.00")
	}
	x.is(settled, "update_bet_status", bet("a", "10", result("win", "20"), `"seq":1`))
	x.is(updated("a"), "update_bet_status", bet("a", "10", result("win", "20"), `"seq":2`))
	x.Cash("110.00", "0.00")
	x.is(updated("a"), "update_bet_status", bet("a", "10", `"status":"lost"`, `"seq":3`))
	x.Cash("90.00", "0.00")
	x.is(recalculated("m1"), "recalculate_bets", correction("m1", "5"))
	x.Cash("120.00", "0.00")
	x.is(refunded("a"), "refund", bet("a", "10"))
	x.Cash("100.00", "0.00")

	// One that was paid before has gone back, also when it is repeated after the operator's decision.
	x.is(blocked("b"), "block_funds", bet("b", "10"))
	x.is(refunded("b"), "refund", bet("b", "3"))
	x.resettle("b", "12.00")
	x.is(refunded("b"), "refund", bet("b", "3"))
	x.is(no(422, "rejected", "amount_differs", "The amount exceeds what is left of the stake", "b"), "refund", bet("b", "8"))
	x.Cash("105.00", "0.00")
	require.Empty(t, x.unmatched(), "the other bet was corrected, and a part of a stake is no win")

	// The operator's result stands before the partner's, whatever of the stake went back before; what corrects it is about the rest.
	for range 2 {
		x.is(no(409, "rejected", "bet_settled", "The bet has its result", "b"), "update_bet_status", bet("b", "10", result("win", "20")))
		x.Cash("105.00", "0.00")
	}
	require.Equal(t, []string{"20.00"}, x.unmatched())
	x.is(updated("b"), "update_bet_status", bet("b", "10", result("win", "9"), `"seq":2`))
	x.Cash("102.00", "0.00")
	x.verify()
}
