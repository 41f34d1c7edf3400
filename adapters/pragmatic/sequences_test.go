package pragmatic_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestResultWithoutItsBet: a result names its round and no bet. Where the round has none it is one before its bet, and comes again, whatever was
// refunded in the round before: the bet that it is of may be on its way.
func TestResultWithoutItsBet(t *testing.T) {
	t.Parallel()
	x := open(t)
	require.Equal(t, refunded, x.call("refund", x.refund("b1").with("roundId", "1").with("gameId", "vs20doghouse")))
	require.Equal(t, refused[100], x.call("result", x.bet("w1", "1", "2.00")))
	require.Equal(t, refused[120], x.call("bet", x.bet("b1", "1", "1.00")), "the bet that was refunded")
	require.Equal(t, refused[100], x.call("result", x.bet("w1", "1", "2.00")))
	require.Equal(t, staked("99.00"), x.call("bet", x.bet("b2", "1", "1.00")), "another bet of the round")
	require.Equal(t, moved("101.00"), x.call("result", x.bet("w1", "1", "2.00")))
	x.Cash("101.00", "0.00")
	x.intact()
}

// TestRefundOfWhatWasRefused: no money moves, it is a success all the same, and the bet stays refused.
func TestRefundOfWhatWasRefused(t *testing.T) {
	t.Parallel()
	x := open(t)
	require.Equal(t, refused[1], x.call("bet", x.bet("poor", "1", "100.01")))
	require.Equal(t, refused[8], x.call("bet", x.bet("game", "1", "1.00").with("gameId", "nope")))
	require.Equal(t, refused[4], x.call("bet", x.bet("token", "1", "1.00").with("token", "never-issued")))
	x.Deposit(x.Player, "100.00", "EUR")
	for reference, late := range map[string]int{"poor": 1, "game": 120, "token": 120} { // the ledger's refusal is kept, that of a gate is not
		for range 2 {
			require.Equal(t, refunded, x.call("refund", x.refund(reference)), reference)
		}
		require.Equal(t, refused[late], x.call("bet", x.bet(reference, "1", "1.00")), reference)
	}
	x.Cash("200.00", "0.00")
	x.intact()
}

// TestRoundThatWasRefunded: a result of a round whose bets were all taken back is of a refunded bet, also after the round's end.
func TestRoundThatWasRefunded(t *testing.T) {
	t.Parallel()
	x := open(t)
	require.Equal(t, staked("99.00"), x.call("bet", x.bet("b1", "1", "1.00")))
	require.Equal(t, staked("97.00"), x.call("bet", x.bet("b2", "1", "2.00")))
	require.Equal(t, refunded, x.call("refund", x.refund("b1")))
	require.Equal(t, refunded, x.call("refund", x.refund("b2")))
	require.Equal(t, refused[120], x.call("result", x.bet("w1", "1", "5.00")))
	ended := `{"cash":100.00,"bonus":0.00,"error":0,"description":"Success"}`
	for range 2 {
		require.Equal(t, ended, x.call("endRound", x.endRound("1")))
	}
	require.Equal(t, refused[120], x.call("result", x.bet("w1", "1", "5.00").with("promoWinAmount", "3.00").with("promoWinReference", "p1")), "nor what comes with it")
	x.Cash("100.00", "0.00")
	x.intact()
}
