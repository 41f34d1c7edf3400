package pragmatic_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// dollars are the success of a call in dollars.
func dollars(cash string) string {
	return `{"transactionId":"#","currency":"USD","cash":` + cash + `,"bonus":0.00,"error":0,"description":"Success"}`
}

// abroad gives the player money and a newer session in another currency.
func (x *table) abroad(amount, currency string) {
	x.t.Helper()
	x.Deposit(x.Player, amount, currency)
	x.Launch(x.Player, currency)
}

// TestTwoCurrencies: amounts name no currency. Where a player has played in two, the round tells which it is, and promoWin says it itself.
func TestTwoCurrencies(t *testing.T) {
	t.Parallel()
	x := open(t)
	require.Equal(t, staked("99.00"), x.call("bet", x.bet("b1", "1", "1.00")))
	x.abroad("50.00", "USD")
	x.abroad("0.01", "GBP")
	x.abroad("50.00", "USD")

	require.Equal(t, staked("98.00"), x.call("bet", x.bet("b2", "1", "1.00")), "another bet of the round")
	require.Equal(t, moved("101.00"), x.call("result", x.bet("w1", "1", "1.00").with("promoWinAmount", "2.00").with("promoWinReference", "p1")))
	jackpot := x.prize("j1", "3.00", "gameId", "vs20doghouse", "roundId", "1", "jackpotId", "j")
	for range 2 {
		require.Equal(t, moved("104.00"), x.call("jackpotWin", jackpot))
	}
	require.Equal(t, dollars("101.00"), x.call("jackpotWin", jackpot.with("reference", "j2").with("roundId", "9").with("amount", "1.00")), "a round that is not known")
	require.Equal(t, dollars("102.00"), x.call("jackpotWin", jackpot.with("reference", "j3").with("gameId", "vs25wolfgold").with("amount", "1.00")), "another game's round")
	require.Equal(t, moved("104.00"), x.call("bonusWin", x.prize("e1", "3.00", "bonusCode", "fr", "gameId", "vs20doghouse", "roundId", "1")), "told and not paid")

	promo := x.prize("p2", "4.00", "campaignId", "c", "campaignType", "T", "currency", "EUR")
	for range 2 {
		require.Equal(t, moved("108.00"), x.call("promoWin", promo))
	}
	require.Equal(t, moved("109.00"), x.call("promoWin", promo.with("reference", "p3").with("amount", "1.00").with("token", x.Token)))
	require.Equal(t, dollars("103.00"), x.call("promoWin", promo.with("reference", "p4").with("amount", "1.00").with("currency", "USD")))
	require.Equal(t, dollars("104.00"), x.call("promoWin", promo.with("reference", "p5").with("amount", "1.00").with("currency", "USD").with("token", x.Token)), "the name counts, not the token")
	require.Equal(t, bad("currency"), x.call("promoWin", promo.with("reference", "p6").with("currency", "SEK")), "the player has never played in it")
	_, foreign := x.NewPlayer("5.00", "EUR")
	require.Equal(t, refused[4], x.call("promoWin", promo.with("reference", "p7").with("token", foreign)))

	require.Equal(t, refunded, x.call("refund", x.refund("b2")))
	adjust := params{"userId", x.Player, "gameId", "vs20doghouse", "roundId", "1", "amount", "-1.00", "reference", "a1", "validBetAmount", "1.00", "timestamp", "1"}
	require.Equal(t, moved("109.00"), x.call("adjustment", adjust))
	x.CashOf(x.Player, "EUR", "109.00", "0.00")
	x.CashOf(x.Player, "USD", "104.00", "0.00")
	x.intact()
}

// TestPrizesOfARefusedRound are in the round's currency too.
func TestPrizesOfARefusedRound(t *testing.T) {
	t.Parallel()
	x := open(t)
	require.Equal(t, staked("99.00"), x.call("bet", x.bet("b1", "1", "1.00")))
	require.Equal(t, refunded, x.call("refund", x.refund("b1")))
	x.abroad("50.00", "USD")
	require.Equal(t, refused[120], x.call("result", x.bet("w1", "1", "1.00").with("promoWinAmount", "2.00").with("promoWinReference", "p1")))
	x.CashOf(x.Player, "EUR", "102.00", "0.00")
	x.CashOf(x.Player, "USD", "50.00", "0.00")
}

// TestLiveBeforeNewest: without a token a live session counts before one that is over, in whatever order they were opened.
func TestLiveBeforeNewest(t *testing.T) {
	t.Parallel()
	x := open(t)
	x.abroad("50.00", "USD")
	over, err := x.Databases["gaming"].Pool.Exec(t.Context(), "UPDATE game_session SET ended_at = now(), end_reason = 'PLAYER' WHERE player_id = $1 AND currency = 'USD'", x.Player)
	require.NoError(t, err)
	require.EqualValues(t, 1, over.RowsAffected())
	require.Equal(t, staked("90.00"), x.call("bet", x.bet("b1", "1", "10.00")))
	require.Contains(t, x.call("balance", params{"userId", x.Player}), `"currency":"EUR"`)
	x.EndSessions(x.Player)
	require.Contains(t, x.call("balance", params{"userId", x.Player}), `"currency":"USD"`, "the newest of those that are over")
	x.Launch(x.Player, "EUR")
	expired, err := x.Databases["gaming"].Pool.Exec(t.Context(), "UPDATE game_session SET ended_at = NULL, end_reason = '', expires_at = started_at WHERE player_id = $1 AND currency = 'USD'", x.Player)
	require.NoError(t, err)
	require.EqualValues(t, 1, expired.RowsAffected())
	require.Equal(t, staked("89.00"), x.call("bet", x.bet("b2", "2", "1.00")))
	x.CashOf(x.Player, "EUR", "89.00", "11.00")
	x.CashOf(x.Player, "USD", "50.00", "0.00")
}
