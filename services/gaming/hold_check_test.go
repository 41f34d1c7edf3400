package gaming_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// compared waits until everything that happened so far was compared with the wallet's holds.
func (c *casino) compared() {
	c.t.Helper()
	now := c.Clock.Now()
	c.Clock.Advance(11 * time.Minute)
	eventually(c.t, "holds are compared", func() bool {
		var until time.Time
		require.NoError(c.t, c.DB.QueryRow(c.t.Context(), "SELECT checked_until FROM hold_check").Scan(&until))
		return until.After(now)
	})
}

// allFindings are the open findings of all integrations.
func (c *casino) allFindings() []*gamingv1.Finding {
	c.t.Helper()
	r, err := c.staff("finance").ListFindings(c.t.Context(), &gamingv1.ListFindingsRequest{})
	require.NoError(c.t, err)
	return r.GetFindings()
}

// vanish removes all that gaming wrote of a bet, and its round when it was the round's first, as if the process had died after the wallet's commit.
func (g *guest) vanish(round, bet string) {
	g.t.Helper()
	g.lose("bet", bet)
	g.exec("DELETE FROM round WHERE player_id = $1 AND provider_round_id = $2", g.id, g.name(round))
}

func (g *guest) hold(round string) *gamingv1.Bet { return g.round(round).GetBets()[0] }

// TestHoldCheck_LostBet: a process dies between the wallet's commit and the row, and the provider never sends the stake again. The bet is made anew from its hold, so
// that the sweeper asks the provider, and the stake ends settled, or back with the player.
func TestHoldCheck_LostBet(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]struct {
		round          *adapterv1.ProviderRound
		state          gamingv1.RoundState
		free, held     string
		payout, refund string
	}{
		"finished": {
			round: &adapterv1.ProviderRound{State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_FINISHED, Legs: []*adapterv1.ProviderLeg{
				{ProviderTxId: "b", Kind: adapterv1.ProviderLegKind_PROVIDER_LEG_KIND_BET, Amount: eur("10.00")},
				{ProviderTxId: "w", BetProviderTxId: "b", Kind: adapterv1.ProviderLegKind_PROVIDER_LEG_KIND_WIN, Amount: eur("30.00")},
			}},
			state: gamingv1.RoundState_ROUND_STATE_SETTLED, free: "120.00",
		},
		"cancelled": {
			round: &adapterv1.ProviderRound{State: adapterv1.ProviderRoundState_PROVIDER_ROUND_STATE_CANCELLED},
			state: gamingv1.RoundState_ROUND_STATE_VOIDED, free: "100.00",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := openSwept(t)
			c.out.books.set(func(b *books) { b.round = ends.round })
			g := c.seat("100.00")
			g.must(g.bet("R", "b", "10.00"))
			hold := g.hold("R").GetHoldId()
			g.vanish("R", "b")
			g.cash("90.00", "10.00")
			require.Zero(t, g.rounds())
			c.compared()
			eventually(t, "the bet is made anew", func() bool { return g.rounds() == 1 })
			made := g.hold("R")
			require.Equal(t, []string{hold, "10.00", g.games["slot"]}, []string{made.GetHoldId(), made.GetStake().GetAmount(), made.GetGameId()})
			c.Clock.Advance(6 * time.Minute)
			eventually(t, "its provider tells how it ended", func() bool { return g.state("R") == ends.state })
			g.cash(ends.free, "0.00")
			c.verify()
		})
	}
}

// TestHoldCheck_LateRepetition: what the provider sends after the bet was made anew is a repetition, another stake under its id is refused, and results find it.
func TestHoldCheck_LateRepetition(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	g.must(g.bet("R", "b", "10.00"))
	g.vanish("R", "b")
	c.compared()
	eventually(t, "the bet is made anew", func() bool { return g.rounds() == 1 })
	for name, change := range map[string]func(*gamingv1.PlaceBetRequest){
		"more":          func(r *gamingv1.PlaceBetRequest) { r.Amount = eur("11.00") },
		"another round": func(r *gamingv1.PlaceBetRequest) { r.ProviderRoundId = "S" },
		"a free round":  func(r *gamingv1.PlaceBetRequest) { r.FreeRound = true },
	} {
		r := g.betRequest("R", "b", "10.00")
		change(r)
		_, err := g.adapter.PlaceBet(t.Context(), r)
		require.True(t, errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH), "%s: %v", name, err)
	}
	again, err := g.bet("R", "b", "10.00")
	require.NoError(t, err)
	require.Equal(t, []any{true, "90.00"}, []any{again.GetReceipt().GetReplayed(), again.GetReceipt().GetFunds().GetCash().GetAmount()})
	g.must(g.lastWin("R", "w", "b", "4.00"))
	g.cash("94.00", "0.00")
	c.verify()
}

// TestHoldCheck_Cancelled: a cancellation came and its process died as well; the stake goes back, once.
func TestHoldCheck_Cancelled(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	g.must(g.cancel("R", "c", "b"))
	_, err := g.bet("R", "b", "10.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_CANCELLED)
	g.cash("100.00", "0.00")

	// The stake is in the wallet, its tombstone in gaming, and whoever was to undo it is gone.
	g.must(g.bet("S", "b2", "10.00"))
	g.vanish("S", "b2")
	g.exec(`INSERT INTO provider_tx (integration_id, kind, provider_tx_id, fingerprint, state, action, player_id, reference_tx_id, created_at, touched_at)
		VALUES ($1, 'cancel', 'c2', '', 2, 'none', $2, 'b2', now(), now())`, integration, g.id)
	g.cash("90.00", "10.00")
	c.compared()
	eventually(t, "the stake is back", func() bool { return g.rounds() == 1 && g.state("S") == gamingv1.RoundState_ROUND_STATE_VOIDED })
	eventually(t, "in the wallet too", func() bool {
		r, err := g.wallet.GetBalance(t.Context(), &walletv1.GetBalanceRequest{PlayerId: g.id, Currency: "EUR"})
		require.NoError(t, err)
		return r.GetBalance().GetAvailable().GetAmount() == "100.00"
	})
	c.verify()
}

// orphan is a hold of which nothing names the bet: its provider's transaction id was too long to be kept.
func (g *guest) orphan(round string) (hold, tx string) {
	g.t.Helper()
	tx = strings.Repeat("t", 200) + g.id
	g.must(g.bet(round, tx, "10.00"))
	hold = g.hold(round).GetHoldId()
	g.vanish(round, tx)
	return hold, tx
}

func (c *casino) resolve(role string, r *gamingv1.ResolveHoldRequest) (*gamingv1.ResolveHoldResponse, error) {
	if r.GetReason() == "" {
		r.Reason = "asked the studio"
	}
	return gamingv1.NewGamingServiceClient(c.As(testkit.Operator(role))).ResolveHold(c.t.Context(), r)
}

// TestHoldCheck_Findings: what cannot be healed is told once, in the list that operators read, until hold and bet agree again.
func TestHoldCheck_Findings(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	orphan, _ := g.orphan("O")
	kept := map[string]string{} // by round: its hold
	for _, r := range []string{"closed", "open", "paid", "staked", "fits"} {
		g.must(g.bet(r, "b-"+r, "10.00"))
		kept[r] = g.hold(r).GetHoldId()
	}
	g.must(g.lastWin("closed", "w1", "b-closed", "4.00"))
	g.exec("UPDATE bet SET state = 2, payout_minor = 0, settled_at = NULL WHERE hold_id = $1", kept["closed"])
	g.exec("UPDATE bet SET state = 3, settled_at = now() WHERE hold_id = $1", kept["open"])
	g.must(g.lastWin("paid", "w2", "b-paid", "4.00"))
	g.exec("UPDATE bet SET payout_minor = 500 WHERE hold_id = $1", kept["paid"])
	g.must(g.lastWin("staked", "w3", "b-staked", "0.00"))
	g.exec("UPDATE bet SET stake_minor = 999 WHERE hold_id = $1", kept["staked"])
	want := map[string]string{
		orphan: "HOLD_WITHOUT_BET 10.00 2", kept["closed"]: "HOLD_CLOSED -4.00 2", kept["open"]: "HOLD_OPEN 0.00 2", kept["paid"]: "LEDGER_MISMATCH 1.00 1",
		kept["staked"]: "LEDGER_MISMATCH 0.01 1",
	}
	list := func() map[string]string {
		found := map[string]string{}
		for _, f := range c.allFindings() {
			require.Equal(t, g.id, f.GetPlayerId())
			found[f.GetHoldId()] = f.GetKind().String()[len("FINDING_KIND_"):] + " " + f.GetDelta().GetAmount() + " " + string(rune('0'+f.GetPriority()))
		}
		return found
	}
	c.compared()
	require.Equal(t, want, list())
	before := c.allFindings()
	for range 2 {
		c.compared()
	}
	after := c.allFindings()
	require.Len(t, after, len(before), "told once, however often it is seen")
	for i, f := range before {
		require.Equal(t, f.GetFindingId(), after[i].GetFindingId())
	}
	for _, f := range after {
		if f.GetHoldId() == orphan {
			require.True(t, f.GetLastSeenAt().AsTime().After(f.GetFirstSeenAt().AsTime()))
			require.Contains(t, f.GetOurs(), "provider_tx_id")
			require.Contains(t, f.GetTheirs(), g.id)
		}
	}

	// A hold that agrees with its bet again is told no more.
	g.exec("UPDATE bet SET state = 2, settled_at = NULL WHERE hold_id = $1", kept["open"])
	delete(want, kept["open"])
	c.compared()
	require.Equal(t, want, list())
}

// TestHoldCheck_InFlight: a result that is on its way while holds are compared is no difference.
func TestHoldCheck_InFlight(t *testing.T) {
	t.Parallel()
	c := open(t, "PITBOSS_GAMING_HOLDS_AFTER", "0s")
	g := c.seat("1000.00")
	for i := range 60 {
		r := "r" + tx(i)
		g.must(g.bet(r, "b"+tx(i), "1.00"))
		g.must(g.lastWin(r, "w"+tx(i), "b"+tx(i), "1.00"))
	}
	c.verify()
}

// TestHoldCheck_Quiet: a result was paid, its process died before the row, and the provider never repeats it: the round was compared long ago, and is looked at again
// because it is quiet.
func TestHoldCheck_Quiet(t *testing.T) {
	t.Parallel()
	c := openSwept(t)
	c.out.books.set(func(b *books) { b.err = errs.New(adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED, "no") })
	g := c.seat("100.00")
	g.must(g.bet("R", "b", "10.00"))
	g.must(g.lastWin("R", "w", "b", "4.00"))
	c.compared()
	require.Empty(t, c.allFindings())
	g.lose("win", "w")
	g.exec("UPDATE bet SET state = 2, payout_minor = 0, settled_at = NULL WHERE player_id = $1", g.id)
	g.exec("UPDATE round SET state = 1, closing = false, closed_at = NULL, sweep_at = touched_at WHERE player_id = $1", g.id)
	c.Clock.Advance(time.Hour)
	eventually(t, "it is found", func() bool { return len(c.allFindings()) == 1 })
	require.Equal(t, gamingv1.FindingKind_FINDING_KIND_HOLD_CLOSED, c.allFindings()[0].GetKind())
}
