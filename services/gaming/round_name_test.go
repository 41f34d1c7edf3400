package gaming_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// version is an adapter that names round 7 of a game in its way: without the game, or, since an upgrade, with it.
type version struct {
	g     *guest
	named func(game string) (name, former string)
}

// versions are the adapter before and after the upgrade, of a protocol whose transactions are known by their ids alone.
func (g *guest) versions() (before, after version) {
	return version{g, func(string) (string, string) { return g.name("7"), "" }}, version{g, func(game string) (string, string) { return g.name(game + ":7"), g.name("7") }}
}

func (v version) caller() *gamingv1.Caller {
	return &gamingv1.Caller{IntegrationId: integration, SessionToken: v.g.token, PlayerId: v.g.id, IdAlone: true}
}

func (v version) bet(game, tx, amount string) (*gamingv1.PlaceBetResponse, error) {
	name, former := v.named(game)
	return v.g.adapter.PlaceBet(v.g.t.Context(), &gamingv1.PlaceBetRequest{
		Caller: v.caller(), GameCode: game, ProviderRoundId: name, FormerRoundId: former, ProviderTxId: v.g.name(tx), Amount: eur(amount),
	})
}

func (v version) winRequest(game, tx, amount string) *gamingv1.SettleBetRequest {
	name, former := v.named(game)
	return &gamingv1.SettleBetRequest{
		Caller: v.caller(), GameCode: game, ProviderRoundId: name, FormerRoundId: former, ProviderTxId: v.g.name(tx), Amount: eur(amount), AnyGame: true,
	}
}

func (v version) win(game, tx, amount string) (*gamingv1.SettleBetResponse, error) {
	return v.g.adapter.SettleBet(v.g.t.Context(), v.winRequest(game, tx, amount))
}

func (v version) adjust(game, tx, amount string) (*gamingv1.AdjustRoundResponse, error) {
	name, former := v.named(game)
	return v.g.adapter.AdjustRound(v.g.t.Context(), &gamingv1.AdjustRoundRequest{
		Caller: v.caller(), GameCode: game, ProviderRoundId: name, FormerRoundId: former, ProviderTxId: v.g.name(tx), Amount: eur(amount),
	})
}

// ends closes the round and tells whether there was one.
func (v version) ends(game string) bool {
	v.g.t.Helper()
	name, former := v.named(game)
	r, err := v.g.adapter.CloseRound(v.g.t.Context(), &gamingv1.CloseRoundRequest{Caller: v.caller(), GameCode: game, ProviderRoundId: name, FormerRoundId: former})
	require.NoError(v.g.t, err)
	return r.GetFound()
}

// formerNames are what an adapter that names rounds anew may meet.
var formerNames = map[string]func(g *guest, before, after version){
	"a round of the former name goes on": func(g *guest, before, after version) {
		first, err := before.bet("slot", "b", "10.00")
		require.NoError(g.t, err)
		again, err := after.bet("slot", "b", "10.00")
		require.NoError(g.t, err)
		require.True(g.t, again.GetReceipt().GetReplayed())
		require.Equal(g.t, []string{first.GetReceipt().GetTransactionId(), first.GetRoundId()}, []string{again.GetReceipt().GetTransactionId(), again.GetRoundId()})
		g.must(after.bet("slot", "b2", "5.00"))
		g.cash("85.00", "15.00")
		g.must(after.win("slot", "w", "4.00"))
		g.cash("89.00", "5.00")
		back, err := before.win("slot", "w", "4.00")
		require.NoError(g.t, err)
		require.True(g.t, back.GetReceipt().GetReplayed(), "and the other way round")
		g.must(after.adjust("slot", "a", "1.00"))
		g.must(before.adjust("slot", "a", "1.00"))
		require.True(g.t, after.ends("slot"))
		g.cash("90.00", "0.00")
		require.Equal(g.t, 1, g.rounds())
		require.Equal(g.t, gamingv1.RoundState_ROUND_STATE_SETTLED, g.round("7").GetState())
		_, err = after.bet("slot", "b3", "1.00")
		refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_ROUND_CLOSED)
		g.must(after.win("slot", "late", "2.00"))
		g.cash("92.00", "0.00")
	},
	"a bet and its repetition by the version before": func(g *guest, before, after version) {
		first, err := after.bet("slot", "b", "10.00")
		require.NoError(g.t, err)
		again, err := before.bet("slot", "b", "10.00")
		require.NoError(g.t, err)
		require.True(g.t, again.GetReceipt().GetReplayed())
		require.Equal(g.t, first.GetRoundId(), again.GetRoundId())
		_, err = before.win("slot", "w", "4.00")
		refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)
		g.must(after.win("slot", "w", "4.00"))
		g.must(before.win("slot", "w", "4.00"))
		g.cash("94.00", "0.00")
		require.Equal(g.t, 1, g.rounds())
	},
	"a bet that the wallet took and nobody wrote": func(g *guest, before, after version) {
		g.must(before.bet("slot", "b", "10.00"))
		g.vanish("7", "b")
		g.must(after.bet("slot", "b", "10.00"))
		g.cash("90.00", "10.00")
		g.must(after.win("slot", "w", "4.00"))
		g.cash("94.00", "0.00")
	},
	"the same name in two games": func(g *guest, _, after version) {
		g.must(after.bet("slot", "b", "10.00"))
		_, err := after.win("other", "w", "50.00")
		refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)
		g.must(after.bet("other", "b2", "20.00"))
		g.must(after.win("other", "w", "50.00"))
		g.cash("120.00", "10.00")
		require.True(g.t, after.ends("other"))
		g.cash("120.00", "10.00")
		require.Equal(g.t, 2, g.rounds())
		g.must(after.win("slot", "w2", "1.00"))
		g.cash("121.00", "0.00")
	},
	"a round of the former name in another game is not touched": func(g *guest, before, after version) {
		g.must(before.bet("slot", "b", "10.00"))
		_, err := after.win("other", "w", "50.00")
		refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)
		_, err = after.adjust("other", "a", "5.00")
		refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_ROUND_NOT_FOUND)
		require.False(g.t, after.ends("other"))
		g.must(after.bet("other", "b2", "20.00"))
		g.must(after.win("other", "w", "50.00"))
		require.True(g.t, after.ends("other"))
		g.cash("120.00", "10.00")
		require.Equal(g.t, gamingv1.RoundState_ROUND_STATE_OPEN, g.round("7").GetState())
		g.must(after.win("slot", "w2", "1.00"))
		g.cash("121.00", "0.00")
	},
	"a round that two games got into before is nobody's": func(g *guest, before, after version) {
		g.must(before.bet("slot", "b", "10.00"))
		g.must(before.bet("other", "b2", "20.00"))
		for _, game := range []string{"slot", "other"} {
			_, err := after.win(game, "w", "50.00")
			refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)
			require.False(g.t, after.ends(game))
		}
		g.cash("70.00", "30.00")
		require.True(g.t, before.ends("slot"))
	},
	"a stake that was refused is nobody's round": func(g *guest, before, after version) {
		_, err := before.bet("other", "poor", "1000.00")
		refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
		_, err = after.bet("slot", "poor2", "1000.00")
		refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
		require.Equal(g.t, 2, g.rounds())
		g.must(before.bet("slot", "b", "10.00"))
		g.must(after.win("slot", "w", "4.00"))
		g.cash("94.00", "0.00")
	},
	"a round in two parts": func(g *guest, before, after version) {
		g.must(after.bet("slot", "b", "10.00"))
		g.must(before.bet("slot", "b2", "20.00"))
		require.Equal(g.t, 2, g.rounds())
		g.must(after.win("slot", "w", "4.00"))
		g.must(after.win("slot", "w2", "3.00"))
		g.cash("77.00", "20.00")
		require.True(g.t, after.ends("slot"))
		g.cash("77.00", "0.00")
		for _, part := range []string{"7", "slot:7"} {
			require.Equal(g.t, gamingv1.RoundState_ROUND_STATE_SETTLED, g.round(part).GetState(), part)
		}
	},
	"without a game nothing is found by its former name": func(g *guest, before, after version) {
		g.must(before.bet("slot", "b", "10.00"))
		r := after.winRequest("slot", "w", "4.00")
		r.GameCode = ""
		_, err := g.adapter.SettleBet(g.t.Context(), r)
		refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)
		g.must(after.win("slot", "w", "4.00"))
	},
}

// TestFormerRoundID: an adapter that names rounds otherwise than before finds those of its former names, and no others; nothing moves twice, whichever version asks.
func TestFormerRoundID(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, run := range formerNames {
		t.Run(name, func(t *testing.T) {
			g := c.in(t).seat("100.00").apart()
			before, after := g.versions()
			run(g, before, after)
		})
	}
	c.verify()
}

// TestFormerRoundID_NeedsNoReading: a first result of a bet that was placed here is decided from memory all the same.
func TestFormerRoundID_NeedsNoReading(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	_, after := g.versions()
	g.must(after.bet("slot", "b", "10.00"))
	c.locked("session_token", func(ctx context.Context) {
		g.must(g.adapter.SettleBet(ctx, after.winRequest("slot", "w", "4.00")))
	})
	g.cash("94.00", "0.00")
	c.verify()
}

// TestBetInTwoRounds: the same bet comes in two rounds at the same moment, as from two versions of an adapter that name rounds differently. It is one bet, of the round that was written
// first, and its stake stays on hold.
func TestBetInTwoRounds(t *testing.T) {
	t.Parallel()
	c := open(t)
	other := c.beside()
	g := c.seat("100.00").apart()
	request := func(round, tx string) *gamingv1.PlaceBetRequest {
		r := g.betRequest(round, tx, "10.00")
		r.Caller.IdAlone = true
		return r
	}
	id := ""
	for i := 0; id == "" || pg.LockKey(integration, g.name(id)) < pg.LockKey("round", g.roundID("r")); i++ { // the waiting one is to hold nothing that the other one needs
		id = fmt.Sprint("b", i)
	}
	require.NoError(t, g.between("r", func() error { return errOf(g.adapter.PlaceBet(t.Context(), request("r", id))) }, func(pgx.Tx) {
		g.must(other.PlaceBet(t.Context(), request("r2", id)))
	}))
	g.cash("90.00", "10.00")
	require.Equal(t, 1, g.rounds())
	g.must(g.adapter.PlaceBet(t.Context(), request("r", id)))
	g.must(g.win("r2", "w", "", "4.00"))
	g.cash("94.00", "0.00")
	c.verify()
}
