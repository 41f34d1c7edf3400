package pragmatic_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/adapters/pragmatic"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/internal/adaptertest"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// elsewhere is the game that a table's bets are not of.
const elsewhere = "vs25wolfgold"

// rounds are the player's rounds at gaming, by the provider's id, with their states.
func (x *table) rounds() map[string]gamingv1.RoundState {
	x.t.Helper()
	r, err := gamingv1.NewGamingServiceClient(x.To("gaming", testkit.Operator("support"))).SearchRounds(x.t.Context(), &gamingv1.SearchRoundsRequest{PlayerId: x.Player})
	require.NoError(x.t, err)
	found := map[string]gamingv1.RoundState{}
	for _, x := range r.GetRounds() {
		found[x.GetProviderRoundId()] = x.GetState()
	}
	return found
}

// before is gaming as the adapter called it when it knew rounds by their bare ids.
type before struct {
	*table
	gaming gamingv1.GamingServiceClient
}

func (x *table) before() before {
	return before{x, gamingv1.NewGamingServiceClient(x.To("gaming", testkit.Peer("pragmatic")))}
}

func (b before) caller() *gamingv1.Caller {
	return &gamingv1.Caller{IntegrationId: adaptertest.Licence, PlayerId: b.Player, Tokenless: true, IdAlone: true}
}

func (b before) bet(game, reference, round, amount string) string {
	b.t.Helper()
	r, err := b.gaming.PlaceBet(b.t.Context(), &gamingv1.PlaceBetRequest{
		Caller: b.caller(), GameCode: game, ProviderRoundId: round, ProviderTxId: reference, Amount: &commonv1.Money{Amount: amount, Currency: "EUR"},
	})
	require.NoError(b.t, err)
	return r.GetReceipt().GetTransactionId()
}

func (b before) result(game, reference, round, amount string) string {
	b.t.Helper()
	r, err := b.gaming.SettleBet(b.t.Context(), &gamingv1.SettleBetRequest{
		Caller: b.caller(), GameCode: game, ProviderRoundId: round, ProviderTxId: reference, Amount: &commonv1.Money{Amount: amount, Currency: "EUR"}, AnyGame: true, RoundSettled: true,
	})
	require.NoError(b.t, err)
	return r.GetReceipt().GetTransactionId()
}

func (x *table) adjustment(reference, round, amount string) params {
	return params{"userId", x.Player, "gameId", "vs20doghouse", "roundId", round, "amount", amount, "reference", reference, "validBetAmount", "1.00", "timestamp", "1"}
}

func ended(cash string) string {
	return `{"cash":` + cash + `,"bonus":0.00,"error":0,"description":"Success"}`
}

const (
	open1   = gamingv1.RoundState_ROUND_STATE_OPEN
	settled = gamingv1.RoundState_ROUND_STATE_SETTLED
)

// TestSameRoundIdInTwoGames: a round's id is one of its game, so these are two rounds, and neither's calls touch the other.
func TestSameRoundIdInTwoGames(t *testing.T) {
	t.Parallel()
	x := open(t)
	require.Equal(t, staked("90.00"), x.call("bet", x.bet("a", "1", "10.00")))
	require.Equal(t, refused[100], x.call("result", x.bet("w", "1", "50.00").with("gameId", elsewhere)), "before its bet")
	require.Equal(t, refused[100], x.call("adjustment", x.adjustment("c", "1", "5.00").with("gameId", elsewhere)))
	require.Equal(t, ended("90.00"), x.call("endRound", x.endRound("1").with("gameId", elsewhere)))
	require.Equal(t, staked("70.00"), x.call("bet", x.bet("b", "1", "20.00").with("gameId", elsewhere)))
	require.Equal(t, moved("125.00"), x.call("result", x.bet("w", "1", "50.00").with("gameId", elsewhere).with("promoWinAmount", "5.00").with("promoWinReference", "p")))
	x.Cash("125.00", "10.00")
	require.Equal(t, ended("125.00"), x.call("endRound", x.endRound("1").with("gameId", elsewhere)))
	x.Cash("125.00", "10.00")
	require.Equal(t, map[string]gamingv1.RoundState{"vs20doghouse:1": open1, elsewhere + ":1": settled}, x.rounds())
	require.Equal(t, refused[3], x.call("bet", x.bet("b2", "1", "1.00").with("gameId", elsewhere)), "that round has ended")
	require.Equal(t, staked("124.00"), x.call("bet", x.bet("a2", "1", "1.00")), "and this one has not")
	require.Equal(t, moved("127.00"), x.call("result", x.bet("w2", "1", "3.00")))
	require.Equal(t, ended("127.00"), x.call("endRound", x.endRound("1")))
	x.Cash("127.00", "0.00")
	require.Equal(t, map[string]gamingv1.RoundState{"vs20doghouse:1": settled, elsewhere + ":1": settled}, x.rounds())

	prize := func(more ...string) params { return x.prize("z"+more[0], "0.00", more[1:]...) }
	require.Equal(t, moved("127.00"), x.call("jackpotWin", prize("1", "gameId", "vs20doghouse", "roundId", "9", "jackpotId", "j")))
	require.Equal(t, moved("127.00"), x.call("bonusWin", prize("2", "gameId", "vs20doghouse", "roundId", "9", "bonusCode", "c")))
	require.Equal(t, moved("127.00"), x.call("promoWin", prize("3", "gameId", "vs20doghouse", "roundId", "9", "campaignId", "c", "campaignType", "R", "currency", "EUR")))
	require.Equal(t, moved("127.00"), x.call("promoWin", prize("4", "roundId", "9", "campaignId", "c", "campaignType", "R", "currency", "EUR")))
	for id, round := range map[string]string{"jackpotWin:z1": "vs20doghouse:9", "bonusWin:z2": "vs20doghouse:9", "z3": "vs20doghouse:9", "z4": "9", "p": elsewhere + ":1"} {
		f, err := x.before().gaming.FindTransactions(t.Context(), &gamingv1.FindTransactionsRequest{Caller: x.before().caller(), ProviderTxId: id})
		require.NoError(t, err)
		require.Len(t, f.GetTransactions(), 1, id)
		require.Equal(t, round, f.GetTransactions()[0].GetProviderRoundId(), id)
	}
	x.intact()
}

// TestRoundNamesAreApart: no two pairs of game and round have the same name, whatever they are called.
func TestRoundNamesAreApart(t *testing.T) {
	t.Parallel()
	x := &table{t: t, Table: adaptertest.Open(t, pragmatic.Service(), adaptertest.Options{Secrets: map[string]string{"secret_key": key}, Games: []string{"a", "a:b", "a%3Ab"}})}
	cash := []string{"99.00", "98.00", "97.00", "96.00"}
	for i, pair := range [][2]string{{"a", "b:1"}, {"a:b", "1"}, {"a%3Ab", "1"}, {"a", "a:b:1"}} {
		p := x.bet("b"+cash[i], pair[1], "1.00").with("gameId", pair[0])
		require.Equal(t, staked(cash[i]), x.call("bet", p))
		require.Len(t, x.rounds(), i+1)
	}
	require.Equal(t, moved("98.00"), x.call("result", x.bet("w", "1", "2.00").with("gameId", "a:b")))
	x.Cash("98.00", "3.00")
	require.Equal(t, bad("roundId"), x.call("bet", x.bet("l", strings.Repeat("1", 254), "1.00").with("gameId", "a")), "longer than a name may be")
	require.Equal(t, staked("97.00"), x.call("bet", x.bet("l", strings.Repeat("1", 253), "1.00").with("gameId", "a")))
	x.intact()
}

// bareRounds are what may come of a round that was opened under its bare id.
var bareRounds = map[string]func(x *table, b before){
	"it goes on": func(x *table, b before) {
		id := b.bet("vs20doghouse", "b", "1", "10.00")
		require.Equal(x.t, id, x.id("bet", x.bet("b", "1", "10.00")), "a repetition")
		require.Equal(x.t, staked("85.00"), x.call("bet", x.bet("b2", "1", "5.00")), "a second bet")
		require.Equal(x.t, moved("105.00"), x.call("result", x.bet("w", "1", "20.00")))
		require.Equal(x.t, b.result("vs20doghouse", "w", "1", "20.00"), x.id("result", x.bet("w", "1", "20.00")))
		require.Equal(x.t, moved("106.00"), x.call("adjustment", x.adjustment("a", "1", "1.00")))
		x.Cash("106.00", "5.00")
		require.Equal(x.t, ended("106.00"), x.call("endRound", x.endRound("1")))
		x.Cash("106.00", "0.00")
		require.Equal(x.t, map[string]gamingv1.RoundState{"1": settled}, x.rounds())
		require.Equal(x.t, refused[3], x.call("bet", x.bet("b3", "1", "1.00")))
		require.Equal(x.t, moved("108.00"), x.call("result", x.bet("late", "1", "2.00")))
		x.Cash("108.00", "0.00")
	},
	"it was over, and its calls are repeated": func(x *table, b before) {
		bet, won := b.bet("vs20doghouse", "b", "1", "10.00"), b.result("vs20doghouse", "w", "1", "4.00")
		for range 2 {
			require.Equal(x.t, bet, x.id("bet", x.bet("b", "1", "10.00")))
			require.Equal(x.t, won, x.id("result", x.bet("w", "1", "4.00")))
			require.Equal(x.t, refused[120], x.call("refund", x.refund("b")))
			require.Equal(x.t, ended("94.00"), x.call("endRound", x.endRound("1")))
		}
		require.Equal(x.t, map[string]gamingv1.RoundState{"1": settled}, x.rounds())
		x.Cash("94.00", "0.00")
	},
	"it is refunded": func(x *table, b before) {
		b.bet("vs20doghouse", "b", "1", "10.00")
		require.Equal(x.t, refunded, x.call("refund", x.refund("b").with("roundId", "1").with("gameId", "vs20doghouse")))
		require.Equal(x.t, refused[120], x.call("bet", x.bet("b", "1", "10.00")))
		require.Equal(x.t, refused[120], x.call("result", x.bet("w", "1", "4.00")))
		x.Cash("100.00", "0.00")
	},
	"it is another game's": func(x *table, b before) {
		b.bet(elsewhere, "b", "1", "10.00")
		require.Equal(x.t, refused[100], x.call("result", x.bet("w", "1", "50.00")))
		require.Equal(x.t, refused[100], x.call("adjustment", x.adjustment("a", "1", "5.00")))
		require.Equal(x.t, ended("90.00"), x.call("endRound", x.endRound("1")))
		require.Equal(x.t, staked("70.00"), x.call("bet", x.bet("b2", "1", "20.00")))
		require.Equal(x.t, moved("120.00"), x.call("result", x.bet("w", "1", "50.00")))
		require.Equal(x.t, ended("120.00"), x.call("endRound", x.endRound("1")))
		x.Cash("120.00", "10.00")
		require.Equal(x.t, map[string]gamingv1.RoundState{"1": open1, "vs20doghouse:1": settled}, x.rounds())
		require.Equal(x.t, moved("121.00"), x.call("result", x.bet("w2", "1", "1.00").with("gameId", elsewhere)))
		x.Cash("121.00", "0.00")
	},
	"its bet came to the other version": func(x *table, b before) {
		id := x.id("bet", x.bet("b", "1", "10.00"))
		require.Equal(x.t, id, b.bet("vs20doghouse", "b", "1", "10.00"))
		b.bet("vs20doghouse", "b2", "1", "20.00")
		require.Equal(x.t, moved("74.00"), x.call("result", x.bet("w", "1", "4.00")))
		require.Equal(x.t, x.id("result", x.bet("w", "1", "4.00")), b.result("vs20doghouse", "w", "1", "4.00"))
		x.Cash("74.00", "20.00")
		require.Equal(x.t, ended("74.00"), x.call("endRound", x.endRound("1")), "both parts")
		x.Cash("74.00", "0.00")
		require.Equal(x.t, map[string]gamingv1.RoundState{"1": settled, "vs20doghouse:1": settled}, x.rounds())
	},
}

// TestBareRounds: rounds that were opened under their bare ids, before an upgrade or by the version before beside this one, go on, and those of other games are not touched.
func TestBareRounds(t *testing.T) {
	t.Parallel()
	for name, run := range bareRounds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := open(t)
			run(x, x.before())
			x.intact()
		})
	}
}
