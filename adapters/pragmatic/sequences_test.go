package pragmatic_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
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
	for range 2 {
		require.Equal(t, refused[120], x.call("result", x.bet("w1", "1", "5.00").with("promoWinAmount", "3.00").with("promoWinReference", "p1")))
		x.Cash("103.00", "0.00") // what comes with it is a prize of its own
	}
	require.Equal(t, bad("promoWinReference"), x.call("result", x.bet("w1", "1", "5.00").with("promoWinAmount", "3.00")))
	x.Cash("103.00", "0.00")
	x.intact()
}

// TestPromotionOfADecidedBet: a win of a bet to which an operator gave its result is refused for good; the promotion that comes with it is paid all the same.
func TestPromotionOfADecidedBet(t *testing.T) {
	t.Parallel()
	x := open(t)
	require.Equal(t, staked("99.00"), x.call("bet", x.bet("b1", "1", "1.00")))
	gaming := gamingv1.NewGamingServiceClient(x.To("gaming", testkit.Operator("admin")))
	found, err := gaming.SearchRounds(t.Context(), &gamingv1.SearchRoundsRequest{PlayerId: x.Player})
	require.NoError(t, err)
	_, err = gaming.ResettleRound(t.Context(), &gamingv1.ResettleRoundRequest{
		RequestId: "r", RoundId: found.GetRounds()[0].GetRoundId(), Reason: "the studio told us",
		Bets: []*gamingv1.BetResult{{BetProviderTxId: "b1", Payout: &commonv1.Money{Amount: "7.00", Currency: "EUR"}}},
	})
	require.NoError(t, err)
	for range 2 {
		require.Equal(t, refused[120], x.call("result", x.bet("w1", "1", "5.00").with("promoWinAmount", "3.00").with("promoWinReference", "p1")))
		x.Cash("109.00", "0.00")
	}
	x.intact()
}

// TestPrizesOfLikeReferences: a reference is a key within its method also when it looks like another method's.
func TestPrizesOfLikeReferences(t *testing.T) {
	t.Parallel()
	x := open(t)
	promo := func(reference, amount string) params {
		return x.prize(reference, amount, "campaignId", "c", "campaignType", "R", "currency", "EUR")
	}
	for range 2 {
		require.Equal(t, moved("101.00"), x.call("jackpotWin", x.prize("1", "1.00", "gameId", "g", "roundId", "1", "jackpotId", "j")))
	}
	cash := map[string]string{"jackpotWin:1": "103.00", "bonusWin:1": "105.00", "promoWin:jackpotWin:1": "107.00", "promoWin:1": "109.00", "1": "111.00"}
	for _, reference := range []string{"jackpotWin:1", "bonusWin:1", "promoWin:jackpotWin:1", "promoWin:1", "1"} {
		for range 2 {
			require.Equal(t, moved(cash[reference]), x.call("promoWin", promo(reference, "2.00")), reference)
		}
	}
	require.Equal(t, staked("110.00"), x.call("bet", x.bet("b1", "1", "1.00")))
	with := x.bet("w1", "1", "1.00").with("promoWinAmount", "5.00")
	require.Equal(t, moved("111.00"), x.call("result", with.with("promoWinReference", "jackpotWin:1")), "the same award as that of promoWin")
	require.Equal(t, moved("111.00"), x.call("bonusWin", x.prize("1", "3.00", "bonusCode", "fr")), "written down, not paid, and no promotion")
	x.Cash("111.00", "0.00")
	x.intact()
}
