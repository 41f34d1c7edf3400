package bookmaker_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestRecalculateBets(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	other, _ := x.NewPlayer("50.00", "EUR")
	of := func(body string) string { return strings.ReplaceAll(body, "$P", other) }
	x.is(blocked("w"), "block_funds", bet("w", "10", on("round123", "5", "3.5")))
	x.is(blocked("l"), "block_funds", of(bet("l", "10", `"legs":[{"round_id":"round123","selection":"7","odds":"2.333"}]`)))
	x.is(blocked("open"), "block_funds", bet("open", "1", on("round123", "5", "2")))
	x.is(blocked("void"), "block_funds", bet("void", "1", on("round123", "5", "2")))
	x.is(updated("w"), "update_bet_status", bet("w", "10", result("win", "35")))
	x.is(updated("l"), "update_bet_status", of(bet("l", "10", `"status":"lost"`)))
	x.is(updated("void"), "update_bet_status", bet("void", "1", `"status":"void"`))
	x.Cash("124.00", "1.00")
	x.CashOf(other, "EUR", "40.00", "0.00")

	// The right result is 7: the one is taken back, the other paid, a fraction of a cent stays with the house.
	for range 2 {
		x.is(recalculated("round123"), "recalculate_bets", correction("round123", "7"))
		x.Cash("89.00", "1.00")
		x.CashOf(other, "EUR", "63.33", "0.00")
	}
	old := x.signed("recalculate_bets", correction("round123", "7"), x.Clock.Now().Unix())
	x.Clock.Advance(10 * time.Second)
	x.is(recalculated("round123"), "recalculate_bets", correction("round123", "5"))
	x.Cash("124.00", "1.00")
	x.CashOf(other, "EUR", "40.00", "0.00")

	// Somebody repeats the older correction, its signature still in the window.
	status, answer := x.Send(old)
	require.Equal(t, no(409, "rejected", "outdated", "A newer result of the round was told", ""), fmt.Sprintf("%d %s", status, answer))
	x.Cash("124.00", "1.00")

	// What is spent already becomes a debt.
	x.is(blocked("spend"), "block_funds", bet("spend", "124"))
	x.Clock.Advance(10 * time.Second)
	x.is(recalculated("round123"), "recalculate_bets", correction("round123", "7"))
	x.Cash("0.00", "125.00")
	x.is(no(422, "rejected", "cannot_price", "The bets were placed without selection and odds, and the integration has no api_base_url to ask at", ""),
		"recalculate_bets", x.unpriced("round9"))
	x.verify()
}

// TestCorrectionOfAnOperatorsResult: a result that comes after an operator's is refused, and the partner's correction is taken as ever: a greater seq, also after a result
// without one, or recalculate_bets. The bet pays what that says, and no more.
func TestCorrectionOfAnOperatorsResult(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	settled := func(id string) string { return no(409, "rejected", "bet_settled", "The bet has its result", id) }
	for _, id := range []string{"seq", "first", "again", "odds", "void", "open"} {
		x.is(blocked(id), "block_funds", bet(id, "10", on("m1", "5", "3")))
		if id != "open" {
			x.resettle(id, "12.00")
		}
	}
	x.Cash("100.00", "10.00")

	x.is(settled("seq"), "update_bet_status", bet("seq", "10", result("win", "15"), `"seq":2`))
	x.is(settled("seq"), "update_bet_status", bet("seq", "10", result("win", "15"), `"seq":2`))
	x.is(updated("seq"), "update_bet_status", bet("seq", "10", result("win", "99"), `"seq":1`))
	x.Cash("100.00", "10.00")
	for range 2 {
		x.is(updated("seq"), "update_bet_status", bet("seq", "10", result("win", "20"), `"seq":3`))
		x.Cash("108.00", "10.00")
	}
	x.is(updated("seq"), "update_bet_status", bet("seq", "10", result("win", "15"), `"seq":2`))
	x.is(updated("seq"), "update_bet_status", bet("seq", "10", `"status":"lost"`, `"seq":4`))
	x.Cash("88.00", "10.00")

	x.is(settled("first"), "update_bet_status", bet("first", "10", result("win", "15")))
	x.is(settled("first"), "update_bet_status", bet("first", "10", result("win", "16")))
	x.is(no(409, "rejected", "bet_settled", "The bet has its result", "first"), "refund", bet("first", "1"))
	x.is(updated("first"), "update_bet_status", bet("first", "10", result("win", "13"), `"seq":1`))
	x.Cash("89.00", "10.00")

	x.is(settled("void"), "update_bet_status", bet("void", "10", result("win", "15"), `"seq":1`))
	x.is(updated("void"), "update_bet_status", bet("void", "10", `"status":"void"`, `"seq":2`))
	x.Cash("87.00", "10.00")

	// What has a result is corrected: two bets from 12.00, one from 13.00 and one from nothing to 30.00. The other waits for its own.
	x.is(settled("odds"), "update_bet_status", bet("odds", "10", result("win", "15")))
	for range 2 {
		x.is(recalculated("m1"), "recalculate_bets", correction("m1", "5"))
		x.Cash("170.00", "10.00")
	}
	x.Clock.Advance(10 * time.Second)
	x.is(no(409, "rejected", "bet_settled", "The bet has another result", "again"), "update_bet_status", bet("again", "10", result("win", "15")))
	x.is(recalculated("m1"), "recalculate_bets", correction("m1", "7"))
	x.Cash("50.00", "10.00")
	x.verify()
}

// TestRecalculateBets_OperatorsResult: a bet to which an operator gave its result before the partner told any is corrected too; one that waits for its result is not.
func TestRecalculateBets_OperatorsResult(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	for _, id := range []string{"decided", "open"} {
		x.is(blocked(id), "block_funds", bet(id, "10", on("m1", "5", "3")))
	}
	x.is(blocked("asked"), "block_funds", bet("asked", "10", `"round_id":"m1"`)) // which nobody could price, but it has no result yet
	x.resettle("decided", "12.00")
	x.Cash("82.00", "20.00")
	for range 2 {
		x.is(recalculated("m1"), "recalculate_bets", correction("m1", "5"))
		x.Cash("100.00", "20.00")
	}
	x.verify()
}

// TestRecalculateBets_Repeated: the same correction again does not undo a result that came after it, nor one that a bet has got since.
func TestRecalculateBets_Repeated(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	for _, id := range []string{"a", "same", "open"} {
		x.is(blocked(id), "block_funds", bet(id, "10", on("m1", "5", "2")))
	}
	x.is(updated("a"), "update_bet_status", bet("a", "10", result("win", "20"), `"seq":1`))
	x.is(updated("same"), "update_bet_status", bet("same", "10", `"status":"lost"`, `"seq":1`))
	x.Cash("90.00", "10.00")
	first := x.signed("recalculate_bets", correction("m1", "7"), x.Clock.Now().Unix())
	_, answer := x.Send(first)
	require.Contains(t, answer, `"recalculated"`)
	x.Cash("70.00", "10.00")
	x.is(updated("a"), "update_bet_status", bet("a", "10", result("win", "18"), `"seq":2`))
	x.is(updated("same"), "update_bet_status", bet("same", "10", result("win", "18"), `"seq":2`))
	x.is(updated("open"), "update_bet_status", bet("open", "10", result("win", "18"), `"seq":2`))
	x.Cash("124.00", "0.00")
	_, answer = x.Send(first)
	require.Contains(t, answer, `"recalculated"`)
	x.Cash("124.00", "0.00")
	x.Clock.Advance(10 * time.Second)
	x.is(recalculated("m1"), "recalculate_bets", correction("m1", "7"))
	x.Cash("70.00", "0.00")
	x.verify()
}

// TestRecalculateBets_VoidedByOperator: a bet that an operator gave back does not keep the others from their correction, and a win that waited is answered by the correction.
func TestRecalculateBets_VoidedByOperator(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	for _, id := range []string{"unpriced", "early"} {
		x.is(blocked(id), "block_funds", bet(id, "10", `"round_id":"m1"`))
	}
	x.is(blocked("priced"), "block_funds", bet("priced", "10", on("m1", "5", "3")))
	x.is(updated("unpriced"), "update_bet_status", bet("unpriced", "10", result("win", "20"), `"seq":1`))
	x.is(updated("priced"), "update_bet_status", bet("priced", "10", `"status":"lost"`, `"seq":1`))
	x.voids("unpriced")
	x.voids("early")
	x.Cash("90.00", "0.00")
	for range 2 {
		x.is(recalculated("m1"), "recalculate_bets", correction("m1", "5"))
		x.Cash("120.00", "0.00")
	}
	x.is(blocked("queued"), "block_funds", bet("queued", "10"))
	x.resettle("queued", "5.00")
	x.is(no(409, "rejected", "bet_settled", "The bet has its result", "queued"), "update_bet_status", bet("queued", "10", result("win", "8"), `"seq":1`))
	require.Equal(t, []string{"8.00"}, x.unmatched())
	x.is(updated("queued"), "update_bet_status", bet("queued", "10", result("win", "8"), `"seq":2`))
	x.Cash("118.00", "0.00")
	require.Empty(t, x.unmatched(), "the correction says what the bet pays")
	x.verify()
}

// TestRecalculateBets_Sold: a bet that was cashed out stays as it is, and of one that was half won the partner is asked.
func TestRecalculateBets_Sold(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	x.is(blocked("sold"), "block_funds", bet("sold", "10", on("m1", "5", "3")))
	x.is(updated("sold"), "update_bet_status", bet("sold", "10", result("cashed_out", "6")))
	x.is(recalculated("m1"), "recalculate_bets", correction("m1", "5"))
	x.Cash("96.00", "0.00")
	x.is(blocked("half"), "block_funds", bet("half", "10", on("m2", "5", "3")))
	x.is(updated("half"), "update_bet_status", bet("half", "10", result("half_lost", "5")))
	x.is(no(422, "rejected", "cannot_price", "The bets were placed without selection and odds, and the integration has no api_base_url to ask at", ""),
		"recalculate_bets", correction("m2", "5"))
	x.Cash("91.00", "0.00")
	x.verify()
}

// resettle gives a bet its result as an operator does.
func (x *table) resettle(id, payout string) {
	x.t.Helper()
	gaming := gamingv1.NewGamingServiceClient(x.To("gaming", testkit.Operator("admin")))
	r, err := gaming.SearchRounds(x.t.Context(), &gamingv1.SearchRoundsRequest{PlayerId: x.Player})
	require.NoError(x.t, err)
	for _, round := range r.GetRounds() {
		if round.GetProviderRoundId() != id {
			continue
		}
		_, err = gaming.ResettleRound(x.t.Context(), &gamingv1.ResettleRoundRequest{
			RoundId: round.GetRoundId(), RequestId: "of " + id, Reason: "the partner does not answer",
			Bets: []*gamingv1.BetResult{{BetProviderTxId: id, Payout: &commonv1.Money{Amount: payout, Currency: "EUR"}}},
		})
		require.NoError(x.t, err)
		return
	}
	require.Fail(x.t, "no such round", id)
}

// unpriced settles a bet without selection and odds in a round, and is the correction of it.
func (x *table) unpriced(round string) string {
	player, _ := x.NewPlayer("10.00", "EUR")
	of := func(body string) string { return strings.ReplaceAll(body, "$P", player) }
	x.is(blocked("u"), "block_funds", of(bet("u", "10", `"round_id":"`+round+`"`)))
	x.is(updated("u"), "update_bet_status", of(bet("u", "10", result("win", "20"))))
	return correction(round, "5")
}

// office is the bookmaker's own API.
type office struct {
	mu     sync.Mutex
	asked  []map[string]string
	status int
	answer string
}

// openOffice is a table whose bookmaker can be asked.
func openOffice(t *testing.T) (*office, *table) {
	t.Helper()
	o := &office{}
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	return o, open(t, map[string]string{"api_base_url": server.URL + "/desk", "partner_id": "12345"})
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.URL.Path != "/desk/api/bet_result" || r.Header.Get("X-Partner-Signature") != adapter.SignHMAC(secret, []byte(r.Header.Get("X-Partner-Timestamp")+"."+string(body))) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	q := map[string]string{}
	_ = json.Unmarshal(body, &q)
	o.asked = append(o.asked, q)
	w.WriteHeader(o.status)
	_, _ = io.WriteString(w, o.answer)
}

func (o *office) says(status int, answer string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.status, o.answer = status, answer
}

func (o *office) questions() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.asked)
}

// TestRecalculateBets_Legs: a leg that names no round is of the bet's own, and its correction concerns the bet once.
func TestRecalculateBets_Legs(t *testing.T) {
	t.Parallel()
	o, x := openOffice(t)
	x.is(blocked("d"), "block_funds", bet("d", "10", `"round_id":"m3","legs":[{"selection":"1","odds":2},{"selection":"X","odds":3},{"round_id":"m4"}]`))
	x.is(updated("d"), "update_bet_status", bet("d", "10", `"status":"lost"`))
	x.Cash("90.00", "0.00")
	o.says(200, `{"bet_id":"d","status":"win","payout":60}`)
	x.is(recalculated("m3"), "recalculate_bets", correction("m3", "1"))
	x.Cash("150.00", "0.00")
	require.Equal(t, 1, o.questions())
}

// TestRecalculateBets_GoneBack: a bet whose stake goes back while the bookmaker is asked needs no price any more.
func TestRecalculateBets_GoneBack(t *testing.T) {
	t.Parallel()
	o, x := openOffice(t)
	o.says(503, "")
	for round, ends := range map[string]func(id string){
		"operator": func(id string) { x.voids(id) },
		"void":     func(id string) { x.is(updated(id), "update_bet_status", bet(id, "10", `"status":"void"`, `"seq":2`)) },
		"refunded": func(id string) { x.is(refunded(id), "refund", bet(id, "10")) },
	} {
		x.is(blocked(round), "block_funds", bet(round, "10", `"round_id":"`+round+`"`))
		x.is(updated(round), "update_bet_status", bet(round, "10", result("win", "20"), `"seq":1`))
		require.Contains(t, x.call("recalculate_bets", correction(round, "5")), "503 ")
		ends(round)
		x.is(recalculated(round), "recalculate_bets", correction(round, "5"))
		x.Cash("100.00", "0.00")
	}
	x.verify()
}

func TestRecalculateBetsAsksTheBookmaker(t *testing.T) {
	t.Parallel()
	o, x := openOffice(t)
	combined := `"legs":[{"round_id":"m1","selection":"1","odds":2},{"round_id":"m2","selection":"X","odds":3}]`
	x.is(blocked("c"), "block_funds", bet("c", "10", combined))
	x.is(updated("c"), "update_bet_status", bet("c", "10", result("win", "60")))
	x.Cash("150.00", "0.00")

	o.says(200, `{"bet_id":"c","status":"lost"}`)
	x.is(recalculated("m2"), "recalculate_bets", correction("m2", "2"))
	x.Cash("90.00", "0.00")
	require.Equal(t, []map[string]string{{"partner_id": "12345", "bet_id": "c", "round_id": "m2", "correct_result": "2"}}, o.asked)
	x.is(recalculated("m2"), "recalculate_bets", correction("m2", "2"))
	require.Equal(t, 1, o.questions(), "a repetition does not ask again")

	// The bookmaker is away: the caller is told to repeat, and we ask again by ourselves, 2^n seconds apart.
	o.says(503, "")
	x.Clock.Advance(10 * time.Second)
	status, answer := x.Send(x.signed("recalculate_bets", correction("m2", "X"), x.Clock.Now().Unix()))
	require.Equal(t, no(503, "error", "try_again", "The platform cannot answer now, please repeat the call", ""), fmt.Sprintf("%d %s", status, answer))
	require.Equal(t, 2, o.questions())
	require.Eventually(t, func() bool { // five retries
		x.Clock.Advance(50 * time.Second) // more than 2^5 and a quarter
		return o.questions() >= 7
	}, 30*time.Second, 50*time.Millisecond)
	x.Clock.Advance(time.Hour)
	require.Never(t, func() bool { return o.questions() > 7 }, 300*time.Millisecond, 20*time.Millisecond)

	// Given up; when the partner repeats the call, it is asked anew.
	for _, wrong := range []string{`{"bet_id":"d","status":"win","payout":60}`, `{"bet_id":"c","status":"win","payout":"60"}`, `{"bet_id":"c","status":"accepted"}`, `<html>`} {
		o.says(200, wrong)
		require.Contains(t, x.call("recalculate_bets", correction("m2", "X")), "503 ")
		x.Cash("90.00", "0.00")
		x.Clock.Advance(3 * time.Second)
	}
	o.says(200, `{"bet_id":"c","status":"win","payout":60}`)
	x.Clock.Advance(time.Minute)
	require.Eventually(t, func() bool { return x.call("recalculate_bets", correction("m2", "X")) == recalculated("m2") }, 15*time.Second, 20*time.Millisecond)
	x.Cash("150.00", "0.00")
	x.verify()
}
