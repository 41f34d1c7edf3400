package pragmatic_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func (x *table) prize(reference, amount string, more ...string) params {
	return append(params{"userId", x.Player, "amount", amount, "reference", reference, "timestamp", "1485600716000"}, more...)
}

func TestPrizes(t *testing.T) {
	t.Parallel()
	x := open(t)
	promo := x.prize("p1", "3.00", "campaignId", "c1", "campaignType", "T", "currency", "EUR")
	jackpot := x.prize("p1", "4.00", "gameId", "vs20doghouse", "roundId", "77", "jackpotId", "j1")
	for range 2 {
		require.Equal(t, moved("103.00"), x.call("promoWin", promo))
	}
	for range 2 {
		require.Equal(t, moved("107.00"), x.call("jackpotWin", jackpot), "a reference is a key within its method")
	}
	require.Equal(t, moved("107.00"), x.call("jackpotWin", jackpot.with("amount", "9.00")), "a reference is the key whatever comes with it")
	require.Equal(t, moved("107.00"), x.call("promoWin", x.prize("p0", "0", "campaignId", "c1", "campaignType", "R", "currency", "EUR")), "a prize of nothing")

	// A promotion's prize inside a result has a key of its own, and is the same award as a promoWin of that reference.
	require.Equal(t, staked("106.00"), x.call("bet", x.bet("b1", "1", "1.00")))
	won := x.bet("w1", "1", "2.00").with("promoWinAmount", "5.00").with("promoWinReference", "p2").with("promoCampaignID", "c").with("promoCampaignType", "CB")
	for range 2 {
		require.Equal(t, moved("113.00"), x.call("result", won))
	}
	require.Equal(t, moved("114.00"), x.call("result", x.bet("w2", "1", "1.00").with("promoWinAmount", "5.00").with("promoWinReference", "p2")))
	require.Equal(t, moved("115.00"), x.call("result", x.bet("w3", "1", "1.00").with("promoWinAmount", "0.00")))
	early := x.bet("w4", "9", "1.00").with("promoWinAmount", "5.00").with("promoWinReference", "p4")
	for range 2 {
		require.Equal(t, refused[100], x.call("result", early), "no bet yet")
		x.Cash("120.00", "0.00") // the prize does not wait for it
	}
	require.Equal(t, staked("119.00"), x.call("bet", x.bet("b9", "9", "1.00")))
	require.Equal(t, moved("120.00"), x.call("result", early))

	x.lock()
	require.Equal(t, moved("121.00"), x.call("promoWin", x.prize("p5", "1", "campaignId", "c1", "campaignType", "R", "currency", "EUR")))
	x.intact()
}

// TestFreeRounds: the rounds' results pay, or bonusWin does, and never both.
func TestFreeRounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pays                 string
		afterRound, atTheEnd string
	}{{"result", "107.00", "107.00"}, {"bonus_win", "100.00", "107.00"}} {
		t.Run(c.pays, func(t *testing.T) {
			t.Parallel()
			x := open(t, "free_rounds_pay", c.pays)
			for range 2 {
				require.Equal(t, staked("100.00"), x.call("bet", x.bet("b1", "1", "250.00").with("bonusCode", "fr1")), "takes no money, and needs none")
			}
			for range 2 {
				require.Equal(t, moved(c.afterRound), x.call("result", x.bet("w1", "1", "7.00").with("bonusCode", "fr1")))
			}
			for range 2 {
				require.Equal(t, moved(c.atTheEnd), x.call("bonusWin", x.prize("e1", "7.00", "bonusCode", "fr1", "remainAmount", "0")))
			}
			x.Cash(c.atTheEnd, "0.00")
			require.Equal(t, staked(c.atTheEnd), x.call("bet", x.bet("b2", "2", "1.00").with("bonusCode", "fr1")))
			require.Equal(t, refunded, x.call("refund", x.refund("b2").with("bonusCode", "fr1")))
			x.Cash(c.atTheEnd, "0.00")
			x.intact()
		})
	}
}

func TestAdjustment(t *testing.T) {
	t.Parallel()
	x := open(t)
	adjust := func(reference, amount string) params {
		return params{"userId", x.Player, "gameId", "vs20doghouse", "roundId", "1", "amount", amount, "reference", reference, "validBetAmount", "10.00", "timestamp", "1"}
	}
	require.Equal(t, refused[100], x.call("adjustment", adjust("a0", "1.00")), "no such round")
	require.Equal(t, staked("90.00"), x.call("bet", x.bet("b1", "1", "10.00")))
	require.Equal(t, moved("110.00"), x.call("result", x.bet("w1", "1", "20.00")))
	for range 2 {
		require.Equal(t, moved("115.00"), x.call("adjustment", adjust("a1", "5.00")))
	}
	for range 2 {
		require.Equal(t, moved("100.00"), x.call("adjustment", adjust("a2", "-15.00")))
	}
	require.Equal(t, refused[1], x.call("adjustment", adjust("a3", "-100.01")))
	require.Equal(t, moved("100.00"), x.call("adjustment", adjust("a4", "0.00")))
	x.Cash("100.00", "0.00")
	x.intact()
}

// TestAtOnce sends the same calls in parallel: each has one effect.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	x := open(t)
	at := func(method string, p params) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { x.call(method, p) })
		}
		wg.Wait()
	}
	at("bet", x.bet("b1", "1", "10.00"))
	x.Cash("90.00", "10.00")
	at("result", x.bet("w1", "1", "5.00").with("promoWinAmount", "2.00").with("promoWinReference", "p"))
	x.Cash("97.00", "0.00")
	at("jackpotWin", x.prize("j", "3.00", "gameId", "g", "roundId", "1", "jackpotId", "j1"))
	x.Cash("100.00", "0.00")
	require.Equal(t, staked("99.00"), x.call("bet", x.bet("b2", "2", "1.00")))
	at("refund", x.refund("b2"))
	x.Cash("100.00", "0.00")
	x.intact()
}

// TestLargeAmounts are exact.
func TestLargeAmounts(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.Deposit(x.Player, "63727092.34", "EUR")
	require.Equal(t, staked("100.00"), x.call("bet", x.bet("b1", "1", "63727092.34")))
	require.Equal(t, moved("63727192.34"), x.call("result", x.bet("w1", "1", "63727092.34")))
	yen, _ := x.NewPlayer("1000", "JPY")
	p := x.bet("b2", "2", "100.00").with("userId", yen)
	require.Equal(t, `{"transactionId":"#","currency":"JPY","cash":900.00,"bonus":0.00,"usedPromo":0.00,"error":0,"description":"Success"}`, x.call("bet", p))
	require.Equal(t, refused[7], x.call("bet", p.with("reference", "b3").with("amount", "0.50")), "no half yen")
	x.CashOf(yen, "JPY", "900", "100")
	x.intact()
}
