package gaming_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// playedWin is a win in a request of several transactions, as protocols send it that need no bet.
func (g *guest) playedWin(round, tx, bet, amount string) (*gamingv1.PlayRoundResponse, error) {
	return g.adapter.PlayRound(g.t.Context(), &gamingv1.PlayRoundRequest{
		Caller: g.caller(), GameCode: "slot", ProviderRoundId: g.name(round), AcceptWithoutBet: true, OneIdSpace: true,
		Transactions: []*gamingv1.RoundTransaction{{
			Kind: gamingv1.TransactionKind_TRANSACTION_KIND_WIN, ProviderTxId: g.name(tx), BetProviderTxId: g.name(bet), Amount: eur(amount),
		}},
	})
}

// results are the ways in which a provider reports a win.
var results = map[string]func(g *guest, round, tx, bet, amount string) error{
	"of a bet": func(g *guest, round, tx, bet, amount string) error {
		_, err := g.win(round, tx, bet, amount)
		return err
	},
	"of a round": func(g *guest, round, tx, _, amount string) error {
		_, err := g.win(round, tx, "", amount)
		return err
	},
	"that needs no bet": func(g *guest, round, tx, bet, amount string) error {
		_, err := g.playedWin(round, tx, bet, amount)
		return err
	},
}

// An operator's decision and a provider's win at the same moment: whichever is first, the bet has paid what the operator says.
func TestDecided_AtOnceWithAWin(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, report := range results {
		t.Run(name, func(t *testing.T) {
			g := c.in(t).seat("100.00").apart()
			for i := range 25 {
				r := fmt.Sprint("r", i)
				placed, err := g.bet(r, r+"b", "1.00")
				require.NoError(t, err)
				var both sync.WaitGroup
				both.Go(func() {
					if _, err := g.decide(g.id+r, placed.GetRoundId(), r+"b", "1.00"); err != nil {
						t.Error(err)
					}
				})
				both.Go(func() {
					if err := report(g, r, r+"w", r+"b", "5.00"); err != nil && !errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED) {
						t.Error(err)
					}
				})
				both.Wait()
				require.Equal(t, "1.00", g.round(r).GetPayout().GetAmount())
				g.cash("100.00", "0.00")
				_ = report(g, r, r+"w", r+"b", "5.00")
				g.cash("100.00", "0.00")
			}
		})
	}
	c.verify()
}

// An operator takes a round back while a provider reports a win: the stake goes back and nothing else.
func TestDecided_VoidedAtOnceWithAWin(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, report := range results {
		t.Run(name, func(t *testing.T) {
			g := c.in(t).seat("100.00").apart()
			for i := range 15 {
				r := fmt.Sprint("r", i)
				placed, err := g.bet(r, r+"b", "1.00")
				require.NoError(t, err)
				var both sync.WaitGroup
				both.Go(func() {
					_, err := c.finance().VoidRound(t.Context(), &gamingv1.VoidRoundRequest{RequestId: g.id + r, RoundId: placed.GetRoundId(), Reason: "the studio told us"})
					if err != nil {
						t.Error(err)
					}
				})
				both.Go(func() { _ = report(g, r, r+"w", r+"b", "5.00") })
				both.Wait()
				g.cash("100.00", "0.00")
			}
			refused(t, report(g, "r0", "late", "r0b", "5.00"), gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED)
			g.cash("100.00", "0.00")
			require.NotEmpty(t, g.unmatched(), "it is kept")
		})
	}
	c.verify()
}

// has tells whether the player has so much.
func (g *guest) has(available string) bool {
	b, err := g.wallet.GetBalance(g.t.Context(), &walletv1.GetBalanceRequest{PlayerId: g.id, Currency: "EUR"})
	return err == nil && b.GetBalance().GetAvailable().GetAmount() == available
}

// unwritten takes back what is written of a bet's result, as after a crash between the wallet and the row.
func (g *guest) unwritten() {
	g.t.Helper()
	g.exec("UPDATE bet SET state = 2, payout_minor = 0, settled_at = NULL WHERE player_id = $1", g.id)
}

// A bet that was lost because its round ended without a word about it is an operator's once he gives it a result: what its provider sends after all is not paid beside that. One
// that its provider called lost stays the provider's, whose next win is another one.
func TestDecided_AfterTheRoundsEnd(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, report := range results {
		t.Run(name, func(t *testing.T) {
			g := c.in(t).seat("100.00").apart()
			placed, err := g.bet("r", "b", "10.00")
			require.NoError(t, err)
			g.must(g.adapter.CloseRound(t.Context(), &gamingv1.CloseRoundRequest{Caller: g.caller(), ProviderRoundId: g.name("r")}))
			g.must(g.decide("d"+g.id, placed.GetRoundId(), "b", "25.00"))
			require.True(t, g.round("r").GetBets()[0].GetDecided())
			refused(t, report(g, "r", "w", "b", "25.00"), gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED)
			require.Len(t, g.unmatched(), 1)
			require.NoError(t, report(g, "r", "w0", "b", "0.00"), "a loss changes nothing")
			g.must(g.decide("e"+g.id, placed.GetRoundId(), "b", "20.00"))
			g.cash("110.00", "0.00")
		})
	}
	g := c.seat("100.00").apart()
	placed, err := g.bet("r", "b", "10.00")
	require.NoError(t, err)
	g.must(g.lastWin("r", "w", "b", "0.00"))
	g.must(g.decide("d"+g.id, placed.GetRoundId(), "b", "25.00"))
	require.False(t, g.round("r").GetBets()[0].GetDecided())
	g.must(g.win("r", "w2", "b", "5.00"))
	g.cash("120.00", "0.00")
	c.verify()
}

// The wallet has done an operator's decision, and its row is not written yet, or never will be because of a crash: a win is refused all the same.
func TestDecided_BetweenTheSteps(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, report := range results {
		t.Run(name, func(t *testing.T) {
			g := c.in(t).seat("100.00").apart()
			placed, err := g.bet("r", "b", "10.00")
			require.NoError(t, err)
			decided := make(chan error, 1)
			g.locked("outbox", func(context.Context) { // no row is written without its event
				go func() {
					_, err := g.decide("d"+g.id, placed.GetRoundId(), "b", "12.00")
					decided <- err
				}()
				require.Eventually(t, func() bool { return g.has("102.00") }, 4*time.Second, 5*time.Millisecond, "the wallet has done it")
				refused(t, report(g, "r", "w", "b", "15.00"), gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED)
			})
			<-decided // a machine that is very slow may have let it give up
			g.must(g.decide("d"+g.id, placed.GetRoundId(), "b", "12.00"))
			require.Equal(t, "12.00", g.round("r").GetPayout().GetAmount())
			g.cash("102.00", "0.00")
		})
	}
	c.verify()
}

// The wallet has paid a win of which no row tells when an operator decides: the operator's result holds, and the win's repetition is answered and adds nothing.
func TestDecided_CrashOfTheWin(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00").apart()
	placed, err := g.bet("r", "b", "10.00")
	require.NoError(t, err)
	g.must(g.win("r", "w", "b", "15.00"))
	g.lose("win", "w")
	g.unwritten()
	g.must(g.decide("d", placed.GetRoundId(), "b", "12.00"))
	g.cash("102.00", "0.00")
	g.must(g.win("r", "w", "b", "15.00"))
	require.Equal(t, "12.00", g.round("r").GetPayout().GetAmount())
	g.cash("102.00", "0.00")
	c.verify()
}

// Whoever takes the stake of a bet back that an operator decided takes all of it back, whatever else of a provider's wins would stay.
func TestDecided_TakenBack(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00").apart()
	placed, err := g.bet("r", "b", "10.00")
	require.NoError(t, err)
	g.must(g.decide("d", placed.GetRoundId(), "b", "12.00"))
	x := g.cancelRequest("r", "c", "b")
	x.KeepWinnings = true
	g.must(g.adapter.CancelTransaction(t.Context(), x))
	require.Equal(t, "0.00", g.round("r").GetPayout().GetAmount())
	g.cash("100.00", "0.00")
	c.verify()
}

// A provider takes a win back of which an operator has left less: what is left goes, whichever way the operator came in.
func TestDecided_WinTakenBack(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, x := range map[string]struct {
		wins   []string
		payout string
		left   []string // of the bet's payout, after each win is taken back
	}{
		"less than the win":    {[]string{"8.00"}, "4.00", []string{"0.00"}},
		"nothing":              {[]string{"8.00"}, "0.00", []string{"0.00"}},
		"less than both":       {[]string{"8.00", "3.00"}, "9.00", []string{"1.00", "0.00"}},
		"less than the larger": {[]string{"8.00", "3.00"}, "5.00", []string{"0.00", "0.00"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := c.in(t).seat("100.00").apart()
			placed, err := g.bet("r", "b", "5.00")
			require.NoError(t, err)
			for i, w := range x.wins {
				g.must(g.win("r", tx(i), "b", w))
			}
			g.must(g.decide("d"+g.id, placed.GetRoundId(), "b", x.payout))
			for i, left := range x.left {
				for range 2 {
					g.must(g.cancel("r", "c"+tx(i), tx(i)))
				}
				require.Equal(t, left, g.round("r").GetPayout().GetAmount())
			}
			g.cash("95.00", "0.00")
			bet := g.cancelRequest("r", "cb", "b")
			bet.KeepWinnings = true
			g.must(g.adapter.CancelTransaction(t.Context(), bet))
			g.cash("100.00", "0.00")
		})
	}
	c.verify()
}

// What a provider says of its own bet counts after an operator's result, whatever its protocol refuses of settled bets: it may cancel the bet, with what the operator has paid, and call it
// lost, which changes nothing.
func TestDecided_CancelledOrLost(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	placed, err := g.bet("r", "b", "10.00")
	require.NoError(t, err)
	g.must(g.decide("d", placed.GetRoundId(), "b", "12.00"))
	loss := g.winRequest("r", "l", "b", "0.00")
	loss.SingleResult, loss.RoundClosed = true, true
	g.must(g.adapter.SettleBet(t.Context(), loss))
	g.cash("102.00", "0.00")
	x := g.cancelRequest("r", "c", "b")
	x.RefuseSettled, x.RefuseClosedRound = true, true
	for range 2 {
		g.must(g.adapter.CancelTransaction(t.Context(), x))
		g.cash("100.00", "0.00")
	}
	g.must(g.bet("r2", "b2", "10.00"))
	g.must(g.win("r2", "w2", "b2", "5.00"))
	y := g.cancelRequest("r2", "c2", "b2")
	y.RefuseSettled = true
	_, err = g.adapter.CancelTransaction(t.Context(), y)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED)
	c.verify()
}

// What an operator paid on top of its provider's result goes when the provider takes the bet back, also where that leaves the provider's own winnings.
func TestDecided_OnTopTakenBack(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, x := range map[string]struct {
		before  bool // the win is taken back before the operator comes
		payouts []string
		kept    string // after the bet is taken back
	}{
		"more":                    {false, []string{"10.00"}, "8.00"},
		"more, then less":         {false, []string{"10.00", "4.00"}, "4.00"},
		"less, then more":         {false, []string{"4.00", "9.00"}, "8.00"},
		"what was taken back":     {true, []string{"5.00"}, "0.00"},
		"as much as its provider": {false, []string{"8.00"}, "8.00"},
	} {
		t.Run(name, func(t *testing.T) {
			g := c.in(t).seat("100.00").apart()
			placed, err := g.bet("r", "b", "5.00")
			require.NoError(t, err)
			g.must(g.win("r", "w", "b", "8.00"))
			if x.before {
				g.must(g.cancel("r", "cw", "w"))
			}
			for i, p := range x.payouts {
				g.must(g.decide(fmt.Sprint("d", i, g.id), placed.GetRoundId(), "b", p))
			}
			bet := g.cancelRequest("r", "cb", "b")
			bet.KeepWinnings, bet.IntoDebt = true, true
			for range 2 {
				g.must(g.adapter.CancelTransaction(t.Context(), bet))
				require.Equal(t, x.kept, g.round("r").GetPayout().GetAmount())
			}
			g.must(g.cancel("r", "cw", "w"))
			g.cash("100.00", "0.00")
		})
	}
	c.verify()
}

// A round that an operator took back takes no win at all, whatever bet the win names.
func TestDecided_VoidedTakesNoWin(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, bet := range map[string]string{"of no bet": "", "of a bet that is not known": "none", "of a bet that was refused": "big", "of the bet": "b"} {
		t.Run(name, func(t *testing.T) {
			g := c.in(t).seat("100.00").apart()
			_, err := g.bet("r", "big", "1000.00")
			refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
			placed, err := g.bet("r", "b", "5.00")
			require.NoError(t, err)
			g.must(c.finance().VoidRound(t.Context(), &gamingv1.VoidRoundRequest{RequestId: g.id, RoundId: placed.GetRoundId(), Reason: "the studio told us"}))
			for range 2 {
				_, err = g.playedWin("r", "w", bet, "6.00")
				require.Error(t, err)
			}
			g.cash("100.00", "0.00")
			require.Len(t, g.unmatched(), 1)
			require.Equal(t, gamingv1.RoundState_ROUND_STATE_VOIDED, g.round("r").GetState())
		})
	}
	// A provider that takes its own bet back is another matter: its wins need no bet.
	g := c.seat("100.00").apart()
	g.must(g.bet("r", "b", "5.00"))
	g.must(g.cancel("r", "c", "b"))
	g.must(g.playedWin("r", "w", "none", "6.00"))
	g.cash("106.00", "0.00")
	c.verify()
}

// A win that an operator paid before its bet came is that bet's result when its provider repeats it: its stake is not left on hold, nothing more is paid, and who refuses to take a
// settled bet back refuses this one.
func TestDecided_PaidBeforeTheBet(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, report := range results {
		if name == "that needs no bet" {
			continue // such a win is paid at once
		}
		t.Run(name, func(t *testing.T) {
			g := c.in(t).seat("100.00").apart()
			refused(t, report(g, "r", "w", "b", "6.00"), gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)
			pay := &gamingv1.ResolveUnmatchedWinRequest{UnmatchedWinId: g.unmatched()[0].GetUnmatchedWinId(), Pay: new(true), Reason: "as the studio says"}
			g.must(c.finance().ResolveUnmatchedWin(t.Context(), pay))
			require.NoError(t, report(g, "r", "w", "b", "6.00"), "its provider sends it again")
			g.must(g.bet("r", "b", "5.00"))
			g.cash("101.00", "5.00")
			for range 2 {
				require.NoError(t, report(g, "r", "w", "b", "6.00"))
				g.cash("101.00", "0.00")
			}
			require.Error(t, report(g, "r", "w", "b", "7.00"), "another win under its name")
			x := g.cancelRequest("r", "c", "b")
			x.RefuseSettled = true
			_, err := g.adapter.CancelTransaction(t.Context(), x)
			refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED)
		})
	}
	c.verify()
}

// A win that an operator pays counts to its bet, so that books agree; one that its provider has taken back is not paid.
func TestDecided_PaidLate(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, report := range results {
		t.Run(name, func(t *testing.T) {
			g := c.in(t).seat("100.00").apart()
			placed, err := g.bet("r", "b", "10.00")
			require.NoError(t, err)
			g.must(g.decide("d"+g.id, placed.GetRoundId(), "b", "0.00"))
			refused(t, report(g, "r", "w", "b", "15.00"), gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED)
			pay := &gamingv1.ResolveUnmatchedWinRequest{UnmatchedWinId: g.unmatched()[0].GetUnmatchedWinId(), Pay: new(true), Reason: "as the studio says"}
			g.must(c.finance().ResolveUnmatchedWin(t.Context(), pay))
			require.NoError(t, report(g, "r", "w", "b", "15.00"), "its provider sends it again")
			require.Equal(t, "15.00", g.round("r").GetPayout().GetAmount())
			g.cash("105.00", "0.00")

			refused(t, report(g, "r", "w2", "b", "5.00"), gamingv1.ErrorReason_ERROR_REASON_BET_SETTLED)
			_, err = g.cancel("r", "c2", "w2")
			require.NoError(t, err)
			pay.UnmatchedWinId = g.unmatched()[0].GetUnmatchedWinId()
			_, err = c.finance().ResolveUnmatchedWin(t.Context(), pay)
			refused(t, err, gamingv1.ErrorReason_ERROR_REASON_UNMATCHED_WIN_RESOLVED)
			g.cash("105.00", "0.00")
		})
	}
	c.verify()
}
