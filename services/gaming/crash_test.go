package gaming_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// crashPoints are crashes between the wallet and the row, and what comes next.
var crashPoints = map[string]func(g *guest){
	"a bet, and its session ended": func(g *guest) {
		g.must(g.bet("r", "b", "10.00"))
		g.lose("bet", "b")
		g.must(g.as(g.id).EndGameSession(g.t.Context(), &gamingv1.EndGameSessionRequest{GameSessionId: g.session}))
		r, err := g.bet("r", "b", "10.00")
		require.NoError(g.t, err, "it was taken, whatever has become of the session")
		require.Equal(g.t, "90.00", r.GetReceipt().GetFunds().GetCash().GetAmount())
		g.must(g.cancel("r", "c", "b"))
		g.cash("100.00", "0.00")
	},
	"a bet, then its cancellation": func(g *guest) {
		g.must(g.bet("r", "b", "10.00"))
		g.lose("bet", "b")
		x, err := g.cancel("r", "c", "b")
		require.NoError(g.t, err)
		require.Equal(g.t, []any{true, "10.00", "100.00"}, []any{x.GetFound(), x.GetAmount().GetAmount(), x.GetReceipt().GetFunds().GetCash().GetAmount()})
		_, err = g.bet("r", "b", "10.00")
		refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_BET_CANCELLED)
		g.cash("100.00", "0.00")
	},
	"a bet, then its result": func(g *guest) {
		g.must(g.bet("r", "b", "10.00"))
		g.lose("bet", "b")
		g.must(g.lastWin("r", "w", "b", "4.00"))
		again, err := g.bet("r", "b", "10.00")
		require.NoError(g.t, err)
		require.True(g.t, again.GetReceipt().GetReplayed())
		g.cash("94.00", "0.00")
	},
	"a bet, with another one under its id": func(g *guest) {
		g.must(g.bet("r", "b", "10.00"))
		g.lose("bet", "b")
		_, err := g.bet("r", "b", "11.00")
		refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
		g.must(g.bet("r", "b", "10.00"))
		g.cash("90.00", "10.00")
	},
	"a win, then the round's end": func(g *guest) {
		g.must(g.bet("r", "b", "10.00"))
		g.must(g.win("r", "w", "b", "4.00"))
		g.lose("win", "w")
		g.exec("UPDATE bet SET state = 2, payout_minor = 0, settled_at = NULL WHERE player_id = $1", g.id)
		g.must(g.adapter.CloseRound(g.t.Context(), &gamingv1.CloseRoundRequest{Caller: g.caller(), ProviderRoundId: g.name("r")}))
		w := g.winRequest("r", "w", "b", "4.00")
		w.RefuseClosedRound = true
		g.must(g.adapter.SettleBet(g.t.Context(), w))
		g.cash("94.00", "0.00")
		require.Equal(g.t, "4.00", g.round("r").GetPayout().GetAmount())
	},
	"a win, then the bet's cancellation": func(g *guest) {
		g.must(g.bet("r", "b", "10.00"))
		g.must(g.win("r", "w", "b", "4.00"))
		g.lose("win", "w")
		g.exec("UPDATE bet SET state = 2, payout_minor = 0, settled_at = NULL WHERE player_id = $1", g.id)
		g.must(g.cancel("r", "c", "b"))
		g.cash("100.00", "0.00")
		g.must(g.win("r", "w", "b", "4.00")) // it was paid, and went back with the bet
		g.cash("100.00", "0.00")
		require.Equal(g.t, "0.00", g.round("r").GetPayout().GetAmount())
	},
	"a win, then its own cancellation": func(g *guest) {
		g.must(g.bet("r", "b", "10.00"))
		g.must(g.win("r", "w", "b", "4.00"))
		g.lose("win", "w")
		x, err := g.cancel("r", "c", "w")
		require.NoError(g.t, err)
		require.True(g.t, x.GetFound())
		_, err = g.win("r", "w", "b", "4.00")
		refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED)
		g.cash("90.00", "0.00")
		g.exec("UPDATE bet SET payout_minor = 0 WHERE player_id = $1", g.id) // the win was left in the bet's row, which its crash would have taken too
	},
	"a late win that was credited": func(g *guest) {
		g.must(g.bet("r", "b", "10.00"))
		g.must(g.lastWin("r", "w", "b", "4.00"))
		g.must(g.win("r", "w2", "b", "3.00"))
		g.lose("win", "w2")
		g.exec("UPDATE bet SET state = 2, payout_minor = 0, settled_at = NULL WHERE player_id = $1", g.id)
		g.must(g.win("r", "w2", "b", "3.00")) // decided as the first result now, done as a later one then
		g.cash("97.00", "0.00")
		g.exec("UPDATE bet SET payout_minor = payout_minor + 400 WHERE player_id = $1", g.id) // of the first one, which was taken from the row above
	},
	"a cancellation": func(g *guest) {
		g.must(g.bet("r", "b", "10.00"))
		g.must(g.cancel("r", "c", "b"))
		g.lose("cancel", "c")
		g.exec("UPDATE bet SET state = 2, settled_at = NULL WHERE player_id = $1", g.id)
		g.must(g.cancel("r", "c2", "b")) // by another id even
		g.must(g.cancel("r", "c", "b"))
		g.cash("100.00", "0.00")
	},
	"a stake whose cancellation came first, and whose result finds it": func(g *guest) {
		g.must(g.cancel("r", "c", "another"))
		g.must(g.bet("r", "b", "10.00"))
		g.lose("bet", "b")
		g.exec("UPDATE provider_tx SET reference_tx_id = $1 WHERE provider_tx_id = $2", g.name("b"), g.name("c")) // now it is b's
		for range 2 {
			g.must(g.win("r", "w", "b", "4.00")) // paid when it was asked for, and taken back with the bet
			g.cash("100.00", "0.00")
			_, err := g.bet("r", "b", "10.00")
			refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_BET_CANCELLED)
			g.cash("100.00", "0.00")
		}
		require.Equal(g.t, "0.00", g.round("r").GetPayout().GetAmount())
	},
	"a prize": func(g *guest) {
		r := g.prizeRequest(g.name("p"), "5.00")
		g.must(g.adapter.CreditPrize(g.t.Context(), r))
		g.lose("prize", "p")
		g.must(g.adapter.CreditPrize(g.t.Context(), r))
		g.cash("105.00", "0.00")
	},
	"a whole round": func(g *guest) {
		r := g.playRequest(g.name("r"), played(bet, g.name("b"), "10.00", ""), played(won, g.name("w"), "4.00", g.name("b")))
		g.must(g.adapter.PlayRound(g.t.Context(), r))
		g.lose("bet", "b")
		g.lose("win", "w")
		g.must(g.adapter.PlayRound(g.t.Context(), r))
		g.cash("94.00", "0.00")
		require.Equal(g.t, "4.00", g.round("r").GetPayout().GetAmount())
	},
}

// TestCrashPoints: what the wallet has done and no row tells is healed by whatever comes next, once.
func TestCrashPoints(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, crash := range crashPoints {
		t.Run(name, func(t *testing.T) { crash(c.in(t).seat("100.00").apart()) })
	}
	c.verify()
}

// lose removes what gaming wrote of one of the guest's transactions after the wallet's answer.
func (g *guest) lose(kind, providerTx string) {
	g.t.Helper()
	g.forget(kind, g.name(providerTx))
}

// TestRaces: the same bet's stake, results and cancellations at the same time, all many times.
func TestRaces(t *testing.T) {
	t.Parallel()
	c := open(t)
	for range 4 {
		g := c.seat("100.00").apart()
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				var err error
				switch i % 5 {
				case 0, 1:
					_, err = g.bet("r", "b", "10.00")
				case 2:
					_, err = g.win("r", "w", "b", "4.00")
				case 3:
					_, err = g.win("r", "w2", "b", "3.00")
				default:
					_, err = g.cancel("r", "c", "b")
				}
				switch errs.ReasonOf(err) {
				case "", "BET_CANCELLED", "BET_VOIDED", "BET_NOT_FOUND", "TRANSACTION_IN_FLIGHT":
				default:
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		all.Wait()
		// Its provider sends everything again until it is answered: whatever came first, the bet was taken back with all it paid, or never was.
		for range 3 {
			_, _ = g.bet("r", "b", "10.00")
			g.must(g.cancel("r", "c", "b"))
			_, _ = g.win("r", "w", "b", "4.00")
			_, _ = g.win("r", "w2", "b", "3.00")
		}
		g.cash("100.00", "0.00")
	}
	c.verify()
}

// TestWinsOfOneRoundAtOnce: wins that name no bet all want the round's oldest one without a result. Each gets one of its own, and none is told to come again.
func TestWinsOfOneRoundAtOnce(t *testing.T) {
	t.Parallel()
	c := open(t)
	const many = 20
	for range 3 {
		g := c.seat("100.00").apart()
		for i := range many {
			g.must(g.bet("r", "b"+strconv.Itoa(i), "1.00"))
		}
		var all sync.WaitGroup
		for i := range many {
			all.Go(func() {
				r := g.winRequest("r", "w"+strconv.Itoa(i), "", "2.00")
				r.BetProviderTxId = ""
				if _, err := g.adapter.SettleBet(t.Context(), r); err != nil {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		all.Wait()
		g.cash("120.00", "0.00")
	}
	c.verify()
}
