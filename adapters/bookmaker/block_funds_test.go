package bookmaker_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func conflict(id string) string {
	return no(409, "rejected", "bet_id_conflict", "The bet_id was used for another bet", id)
}

func cancelled(id string) string {
	return no(409, "rejected", "bet_refunded", "The bet was refunded", id)
}

// TestBetOfAnotherContent: a bet_id stands for one bet; who takes it for another is told so, by the check too.
func TestBetOfAnotherContent(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	single, combined := on("m1", "5", "2.5"), `"legs":[{"round_id":"m1","selection":"1","odds":2},{"round_id":"m2","selection":"X","odds":3}]`
	for id, c := range map[string]struct {
		first       string
		same, other []string
	}{
		"single": {single, []string{on("m1", "5", "2.50"), on("m1", "5", `"2.5"`), `"legs":[{"round_id":"m1","selection":"5","odds":2.5}]`}, []string{
			on("m1", "7", "2.5"), on("m1", "5", "2.6"), on("m2", "5", "2.5"), `"round_id":"m1"`, `"round_id":"m1","selection":"5"`, combined, `"x":1`,
		}},
		"combined": {combined, []string{`"legs":[{"round_id":"m2","selection":"X","odds":3},{"round_id":"m1","selection":"1","odds":2}]`}, []string{
			strings.Replace(combined, "X", "2", 1), strings.Replace(combined, "3", "4", 1), strings.Replace(combined, "m2", "m3", 1), single, `"round_id":"m1"`,
		}},
		"plain": {`"x":1`, []string{`"y":1`}, []string{single, combined, `"selection":"5"`, `"round_id":"m1"`, `"odds":2`}},
	} {
		x.is(blocked(id), "block_funds", bet(id, "10", c.first))
		for _, again := range append(c.same, c.first) {
			x.is(blocked(id), "block_funds", bet(id, "10", again))
			x.is(approved(id), "check_bet", bet(id, "10", again))
		}
		for _, other := range c.other {
			x.is(conflict(id), "block_funds", bet(id, "10", other))
			if other != `"x":1` { // a check need not say what the bet is on
				x.is(conflict(id), "check_bet", bet(id, "10", other))
			}
		}
	}
	x.Cash("70.00", "30.00")

	// The correction of a round that only the refused calls named concerns nobody.
	x.is(updated("single"), "update_bet_status", bet("single", "10", `"status":"lost"`))
	x.is(recalculated("m2"), "recalculate_bets", correction("m2", "5"))
	x.Cash("70.00", "20.00")
	x.is(recalculated("m1"), "recalculate_bets", correction("m1", "5"))
	x.Cash("95.00", "20.00")
	x.verify()
}

// TestBetOfAnotherContent_AtOnce: of several first calls with one id and different bets, one bet is taken.
func TestBetOfAnotherContent_AtOnce(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	for _, id := range []string{"a", "b", "c", "d"} {
		var mu sync.Mutex
		var wait sync.WaitGroup
		answers := map[string]int{}
		for i := range 8 {
			body := bet(id, "5", on("m1", fmt.Sprint(i), "2"))
			wait.Go(func() {
				a := x.call("block_funds", body)
				for n := 0; n < 50 && strings.HasPrefix(a, "503"); n++ {
					a = x.call("block_funds", body)
				}
				mu.Lock()
				defer mu.Unlock()
				answers[a]++
			})
		}
		wait.Wait()
		require.Equal(t, map[string]int{blocked(id): 1, conflict(id): 7}, answers)
	}
	x.Cash("80.00", "20.00")
	x.verify()
}

// TestRefundOfNothing: the refund of a bet that is not known keeps the bet out, unless it could not be a refund of it.
func TestRefundOfNothing(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	other, _ := x.NewPlayer("50.00", "EUR")
	of := func(player, body string) string { return strings.ReplaceAll(body, "$P", player) }
	for i, c := range []struct{ want, body string }{
		{`404 {"status":"rejected","code":"player_not_found"`, of("nobody", bet("ID", "10"))},
		{`404 {"status":"rejected","code":"player_not_found"`, of("nobody", bet("ID", "10", `"currency":"EUR"`))},
		{`404 {"status":"rejected","code":"bet_not_found"`, of(other, bet("ID", "10"))},
		{`400 {"status":"error","code":"invalid_field","message":"amount is not valid"`, bet("ID", "0")},
		{`400 {"status":"error","code":"invalid_field","message":"amount is not valid"`, bet("ID", "1.005")},
		{`400 {"status":"error","code":"invalid_field","message":"amount is not valid"`, bet("ID", "-1")},
		{`400 {"status":"error","code":"invalid_field","message":"amount is not valid"`, bet("ID", "0", `"currency":"EUR"`)},
		{`422 {"status":"rejected","code":"wrong_currency"`, bet("ID", "10", `"currency":"USD"`)},
		{`422 {"status":"rejected","code":"wrong_currency"`, bet("ID", "10", `"currency":"QQQ"`)},
		{`400 {"status":"error","code":"invalid_field","message":"refund_id is not valid"`, bet("ID", "10", `"refund_id":7`)},
	} {
		id := fmt.Sprintf("n%d", i)
		require.Contains(t, x.call("refund", strings.Replace(c.body, "ID", id, 1)), c.want, c.body)
		x.is(approved(id), "check_bet", bet(id, "10"))
		x.is(blocked(id), "block_funds", bet(id, "10"))
		x.is(refunded(id), "refund", bet(id, "10"))
	}
	x.Cash("100.00", "0.00")
	for range 2 {
		x.is(no(404, "rejected", "bet_not_found", "The bet is unknown", "late"), "refund", bet("late", "10"))
		for _, amount := range []string{"10", "11"} {
			x.is(cancelled("late"), "check_bet", bet("late", amount))
			x.is(cancelled("late"), "block_funds", bet("late", amount))
		}
	}
	x.is(blocked("late"), "block_funds", of(other, bet("late", "10"))) // another player's bet is not the one
	x.is(cancelled("late"), "block_funds", bet("late", "10"))
	x.Cash("100.00", "0.00")
	x.CashOf(other, "EUR", "40.00", "10.00")

	for _, id := range []string{"a", "b", "c", "d"} { // at once: held and given back, or never taken
		var wait sync.WaitGroup
		for range 3 {
			wait.Go(func() { x.call("block_funds", bet(id, "10")) })
			wait.Go(func() { x.call("refund", bet(id, "10")) })
		}
		wait.Wait()
		a := x.call("refund", bet(id, "10"))
		for n := 0; n < 50 && strings.HasPrefix(a, "503"); n++ {
			a = x.call("refund", bet(id, "10"))
		}
		x.Cash("100.00", "0.00")
	}
	x.verify()
}

// TestCheckBet_KnownID: a check tells of its id what block_funds would.
func TestCheckBet_KnownID(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	other, _ := x.NewPlayer("500.00", "EUR")
	same := func(want, body string) {
		t.Helper()
		x.is(want, "check_bet", body)
		x.is(strings.NewReplacer("approved", "blocked", "Stake is it possible", "funds have been successfully blocked").Replace(want), "block_funds", body)
	}
	same(approved("b"), bet("b", "60"))
	same(approved("b"), bet("b", "60")) // held already: what is left is no matter
	x.Cash("40.00", "60.00")
	same(conflict("b"), bet("b", "10"))
	same(conflict("b"), bet("b", "60", `"currency":"USD"`))
	same(conflict("b"), strings.ReplaceAll(bet("b", "60"), "$P", other))
	x.is(refunded("b"), "refund", bet("b", "60"))
	same(approved("b"), bet("b", "60")) // answered as it was

	// A stake that the ledger refused is refused whenever it comes again.
	poor := no(402, "rejected", "insufficient_funds", "The player's balance is less than the stake", "p")
	same(poor, bet("p", "200"))
	x.Deposit(x.Player, "200.00", "EUR")
	same(poor, bet("p", "200"))
	same(conflict("p"), bet("p", "20"))

	// One that was refused before the ledger was asked leaves its id free, and its refund takes it.
	same(no(422, "rejected", "wrong_currency", "The player does not bet in this currency", "free"), bet("free", "10", `"currency":"USD"`))
	x.is(no(422, "rejected", "wrong_currency", "The player does not bet in this currency", "free"), "refund", bet("free", "10", `"currency":"USD"`))
	x.is(approved("free"), "check_bet", bet("free", "10"))
	x.is(no(404, "rejected", "bet_not_found", "The bet is unknown", "free"), "refund", bet("free", "10"))
	same(cancelled("free"), bet("free", "10"))
	same(no(400, "error", "invalid_field", "odds is not valid", "odd"), bet("odd", "10", on("m1", "5", "0.5")))
	x.Cash("300.00", "0.00")
	x.verify()
}

// TestBetConfirmed: while a stake is on its way, a repetition of the call may have been refused. If the id then went to another bet, that one has it; if not, the stake
// that was taken counts.
func TestBetConfirmed(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	book := x.Databases["bookmaker"].Pool
	for id, c := range map[string]struct{ meanwhile, want, again string }{
		"refused": {"UPDATE bet SET attempt = attempt + 1, refused = true WHERE bet_id = $1", blocked("refused"), blocked("refused")},
		"other":   {"UPDATE bet SET attempt = attempt + 2, content = 'x' WHERE bet_id = $1", conflict("other"), conflict("other")},
	} {
		lock, err := x.Databases["gaming"].Pool.Begin(t.Context())
		require.NoError(t, err)
		_, err = lock.Exec(t.Context(), "LOCK TABLE provider_tx IN EXCLUSIVE MODE")
		require.NoError(t, err)
		answer := make(chan string, 1)
		go func() { answer <- x.call("block_funds", bet(id, "10", on("m1", "5", "2"))) }()
		require.Eventually(t, func() bool {
			tag, err := book.Exec(t.Context(), c.meanwhile, id)
			return err == nil && tag.RowsAffected() == 1
		}, 5*time.Second, 5*time.Millisecond)
		require.NoError(t, lock.Rollback(t.Context()))
		require.Equal(t, c.want, <-answer)
		x.is(conflict(id), "block_funds", bet(id, "10", on("m1", "7", "2")))
		x.is(c.again, "block_funds", bet(id, "10", on("m1", "5", "2")))
	}
}

// TestRefundMeetsItsBet: a refund that comes while its bet is being written down waits for it. The stake goes back or is never taken.
func TestRefundMeetsItsBet(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	book := x.Databases["bookmaker"].Pool
	waiting := func(kind string) bool {
		n := 0
		require.NoError(t, book.QueryRow(t.Context(), "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = $1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())", kind).Scan(&n))
		return n > 0
	}
	lock, err := book.Begin(t.Context())
	require.NoError(t, err)
	_, err = lock.Exec(t.Context(), "LOCK TABLE bet_round IN EXCLUSIVE MODE")
	require.NoError(t, err)
	block, refund := make(chan string, 1), make(chan string, 1)
	go func() { block <- x.call("block_funds", bet("b", "10", `"round_id":"m1"`)) }()
	require.Eventually(t, func() bool { return waiting("relation") }, 5*time.Second, 5*time.Millisecond)
	go func() { refund <- x.call("refund", bet("b", "10")) }()
	require.Eventually(t, func() bool { return waiting("advisory") || len(refund) > 0 }, 5*time.Second, 5*time.Millisecond)
	require.NoError(t, lock.Rollback(t.Context()))
	got := [2]string{<-block, <-refund}
	for n := 0; n < 50 && strings.HasPrefix(got[1], "503"); n++ {
		got[1] = x.call("refund", bet("b", "10"))
	}
	require.Contains(t, [][2]string{{blocked("b"), refunded("b")}, {cancelled("b"), no(404, "rejected", "bet_not_found", "The bet is unknown", "b")}}, got)
	x.Cash("100.00", "0.00")
	x.verify()
}

// TestBlockFunds_TwoCurrencies: a stake belongs to the player's session in its currency, not to the newest.
func TestBlockFunds_TwoCurrencies(t *testing.T) {
	t.Parallel()
	x := open(t, nil)
	x.Deposit(x.Player, "50.00", "USD")
	x.Launch(x.Player, "USD")
	x.is(approved("e"), "check_bet", bet("e", "10", `"currency":"EUR"`))
	x.is(blocked("e"), "block_funds", bet("e", "10", `"currency":"EUR"`))
	x.is(blocked("u"), "block_funds", bet("u", "20", `"currency":"USD"`))
	x.CashOf(x.Player, "EUR", "90.00", "10.00")
	x.CashOf(x.Player, "USD", "30.00", "20.00")
}
