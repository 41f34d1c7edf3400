package gaming_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/services/gaming"
)

// beside is another replica of gaming on the same database.
func (c *casino) beside() *gaming.Server {
	c.t.Helper()
	var cfg gaming.Config
	require.NoError(c.t, c.env.Config(&cfg))
	s, err := gaming.New(cfg, c.env)
	require.NoError(c.t, err)
	c.t.Cleanup(s.Close)
	return s
}

// locked runs do while nobody can read a table.
func (c *casino) locked(table string, do func(ctx context.Context)) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 5*time.Second)
	defer cancel()
	tx, err := c.DB.Begin(ctx)
	require.NoError(c.t, err)
	_, err = tx.Exec(ctx, "LOCK TABLE "+pgx.Identifier{table}.Sanitize()+" IN ACCESS EXCLUSIVE MODE")
	require.NoError(c.t, err)
	do(ctx)
	require.NoError(c.t, tx.Rollback(c.t.Context()))
}

// The first result of a bet that was placed here, and a balance, are decided without reading whose the token is or what the round was.
func TestMemory_NeedsNoReading(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, foreign := c.seat("100.00"), c.seat("1.00")
	g.must(g.bet("r", "b", "10.00"))
	c.locked("session_token", func(ctx context.Context) {
		w, err := g.adapter.SettleBet(ctx, g.winRequest("r", "w", "b", "4.00"))
		require.NoError(t, err)
		require.Equal(t, "94.00", w.GetReceipt().GetFunds().GetCash().GetAmount())
		b, err := g.adapter.GetPlayerBalance(ctx, &gamingv1.GetPlayerBalanceRequest{Caller: g.caller()})
		require.NoError(t, err)
		require.Equal(t, "94.00", b.GetFunds().GetCash().GetAmount())
		_, err = g.adapter.GetPlayerBalance(ctx, &gamingv1.GetPlayerBalanceRequest{Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: g.token, PlayerId: foreign.id}})
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH)
		short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		_, err = g.adapter.PlaceBet(short, g.betRequest("r", "b2", "1.00"))
		require.Error(t, err, "a stake asks whether the session still is")
	})
	c.verify()
}

// elsewhere are things that another replica does after a bet was placed here, and what a win is here then: refused, or the cash after it.
var elsewhere = map[string]struct {
	do      func(g *guest, other *gaming.Server) error
	refusal gamingv1.ErrorReason
	win     func(r *gamingv1.SettleBetRequest)
	cash    string
	replay  bool
}{
	"nothing": {
		do:   func(*guest, *gaming.Server) error { return nil },
		cash: "94.00",
	},
	"the bet is cancelled": {
		do: func(g *guest, o *gaming.Server) error {
			_, err := o.CancelTransaction(g.t.Context(), g.cancelRequest("r", "c", "b"))
			return err
		},
		refusal: gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED, cash: "100.00",
	},
	"the bet is won": {
		do: func(g *guest, o *gaming.Server) error {
			_, err := o.SettleBet(g.t.Context(), g.winRequest("r", "w0", "b", "3.00"))
			return err
		},
		cash: "97.00",
	},
	"the bet is won, and has one result": {
		do: func(g *guest, o *gaming.Server) error {
			_, err := o.SettleBet(g.t.Context(), g.winRequest("r", "w0", "b", "3.00"))
			return err
		},
		win:     func(r *gamingv1.SettleBetRequest) { r.SingleResult = true },
		refusal: gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED, cash: "93.00",
	},
	"an operator decides the bet": {
		do: func(g *guest, o *gaming.Server) error {
			_, err := o.ResettleRound(g.t.Context(), &gamingv1.ResettleRoundRequest{
				RequestId: "r", RoundId: g.round("r").GetRoundId(), Reason: "the studio told us", Bets: []*gamingv1.BetResult{{BetProviderTxId: g.name("b"), Payout: eur("7.00")}},
			})
			return err
		},
		refusal: gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED, cash: "97.00",
	},
	"the same win": {
		do: func(g *guest, o *gaming.Server) error {
			_, err := o.SettleBet(g.t.Context(), g.winRequest("r", "w", "b", "4.00"))
			return err
		},
		cash: "94.00", replay: true,
	},
	"the same win, with another amount": {
		do: func(g *guest, o *gaming.Server) error {
			_, err := o.SettleBet(g.t.Context(), g.winRequest("r", "w", "b", "5.00"))
			return err
		},
		refusal: gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH, cash: "95.00",
	},
	"the same win, in other words": {
		do: func(g *guest, o *gaming.Server) error {
			r := g.winRequest("r", "w", "b", "4.00")
			r.FreeRound = true
			_, err := o.SettleBet(g.t.Context(), r)
			return err
		},
		refusal: gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH, cash: "94.00",
	},
	"the win is cancelled before it comes": {
		do: func(g *guest, o *gaming.Server) error {
			_, err := o.CancelTransaction(g.t.Context(), g.cancelRequest("r", "c", "w"))
			return err
		},
		refusal: gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED, cash: "90.00",
	},
	"the round is closed": {
		do: func(g *guest, o *gaming.Server) error {
			_, err := o.CloseRound(g.t.Context(), &gamingv1.CloseRoundRequest{Caller: g.caller(), ProviderRoundId: g.name("r")})
			return err
		},
		cash: "94.00",
	},
	"the round is closed, and takes nothing": {
		do: func(g *guest, o *gaming.Server) error {
			_, err := o.CloseRound(g.t.Context(), &gamingv1.CloseRoundRequest{Caller: g.caller(), ProviderRoundId: g.name("r")})
			return err
		},
		win:     func(r *gamingv1.SettleBetRequest) { r.RefuseClosedRound = true },
		refusal: gamingv1.ErrorReason_ERROR_REASON_ROUND_CLOSED, cash: "90.00",
	},
	"the session is over": {
		do: func(g *guest, _ *gaming.Server) error {
			_, err := g.as(g.id).EndGameSession(g.t.Context(), &gamingv1.EndGameSessionRequest{GameSessionId: g.session})
			return err
		},
		cash: "94.00",
	},
	"the bet's row is lost": {
		do: func(g *guest, _ *gaming.Server) error {
			g.lose("bet", "b")
			return nil
		},
		cash: "94.00",
	},
}

// What one replica remembers of a round is never believed against what another has written.
func TestMemory_AnotherReplica(t *testing.T) {
	t.Parallel()
	c := open(t)
	other := c.beside()
	for name, x := range elsewhere {
		t.Run(name, func(t *testing.T) {
			g := c.in(t).seat("100.00").apart()
			g.must(g.bet("r", "b", "10.00"))
			require.NoError(t, x.do(g, other))
			r := g.winRequest("r", "w", "b", "4.00")
			if x.win != nil {
				x.win(r)
			}
			for range 2 { // the repetition has the same outcome
				w, err := g.adapter.SettleBet(t.Context(), r)
				if x.refusal != 0 {
					refused(t, err, x.refusal)
				} else {
					require.NoError(t, err)
					require.Equal(t, x.cash, w.GetReceipt().GetCurrent().GetCash().GetAmount())
					require.Equal(t, x.replay, w.GetReceipt().GetReplayed())
				}
				x.replay = true
				g.available(x.cash)
			}
		})
	}
	c.verify()
}

// Two replicas share rounds with several bets, results and cancellations at random, each repeated elsewhere; every transaction has its effect once.
func TestMemory_SharedRounds(t *testing.T) {
	t.Parallel()
	c := open(t)
	other := c.beside()
	settle := []func(context.Context, *gamingv1.SettleBetRequest) (*gamingv1.SettleBetResponse, error){
		other.SettleBet,
		func(ctx context.Context, r *gamingv1.SettleBetRequest) (*gamingv1.SettleBetResponse, error) {
			return c.adapter.SettleBet(ctx, r)
		},
	}
	g := c.seat("100.00")
	cash := 100
	for i := range 40 {
		round := fmt.Sprint("r", i/4)
		b := g.betRequest(round, fmt.Sprint("b", i), "1.00")
		if i%2 == 0 {
			g.must(other.PlaceBet(t.Context(), b))
		} else {
			g.must(g.adapter.PlaceBet(t.Context(), b))
		}
		cash--
		if i%5 == 4 {
			g.must(other.CancelTransaction(t.Context(), g.cancelRequest(round, fmt.Sprint("c", i), fmt.Sprint("b", i))))
			cash++
			continue
		}
		w := g.winRequest(round, fmt.Sprint("w", i), fmt.Sprint("b", i), "2.00")
		for n := range 3 {
			r, err := settle[(i/2+n)%2](t.Context(), w)
			require.NoError(t, err)
			require.Equal(t, n > 0, r.GetReceipt().GetReplayed())
		}
		cash += 2
		g.available(fmt.Sprintf("%d.00", cash))
		late := g.winRequest(round, fmt.Sprint("l", i), fmt.Sprint("b", i), "1.00") // the bet's second
		_, err := settle[i%2](t.Context(), late)
		require.NoError(t, err)
		cash++
	}
	g.available(fmt.Sprintf("%d.00", cash))
	c.verify()
}
