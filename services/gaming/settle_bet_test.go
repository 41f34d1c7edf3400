package gaming_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestSettleBet(t *testing.T) {
	t.Parallel()
	c := open(t)

	t.Run("pays a win, shows it in the ledger, tells of the round", func(t *testing.T) { winPays(t, c) })
	t.Run("several bets and wins in a round, each once; the end of the round loses the rest", func(t *testing.T) { winSeveral(t, c) })
	t.Run("a win after the round's end is paid, and the round told again", func(t *testing.T) { winLate(t, c) })
	t.Run("what is not this bet's win is refused and moves nothing", func(t *testing.T) { winRefused(t, c) })
	t.Run("an unknown token does not keep a player from winnings", func(t *testing.T) { winUnknownToken(t, c) })
	t.Run("only adapters may pay", func(t *testing.T) { winDenied(t, c) })
	c.verify()
}

func winPays(t *testing.T, c *casino) {
	g := c.seat("100.00")
	b, err := g.bet("w1", "w1-b", "10.00")
	require.NoError(t, err)
	first, err := g.lastWin("w1", "w1-w", "w1-b", "36.00")
	require.NoError(t, err)
	require.Equal(t, "126.00", first.GetReceipt().GetFunds().GetCash().GetAmount())
	again, err := g.lastWin("w1", "w1-w", "w1-b", "36.00")
	require.NoError(t, err)
	require.True(t, again.GetReceipt().GetReplayed())
	require.Equal(t, "126.00", again.GetReceipt().GetFunds().GetCash().GetAmount())
	g.cash("126.00", "0.00")

	back := walletv1.NewWalletServiceClient(c.To("wallet", testkit.Operator("finance")))
	list, err := back.ListPlayerEntries(t.Context(), &walletv1.ListPlayerEntriesRequest{PlayerId: g.id, Filter: &walletv1.EntryFilter{RoundId: b.GetRoundId()}})
	require.NoError(t, err)
	types := map[walletv1.EntryType]bool{}
	for _, e := range list.GetEntries() {
		types[e.GetType()] = true
	}
	require.Equal(t, map[walletv1.EntryType]bool{
		walletv1.EntryType_ENTRY_TYPE_HOLD: true, walletv1.EntryType_ENTRY_TYPE_SETTLE_DEBIT: true, walletv1.EntryType_ENTRY_TYPE_PAYOUT: true,
	}, types)

	var settled gamingv1.RoundSettled
	m := c.Events("round.settled.v1", 1)
	require.NoError(t, m[len(m)-1].Decode(&settled))
	require.Equal(t, "w1", settled.GetProviderRoundId())
	require.Len(t, settled.GetBets(), 1)
	require.Equal(t, []string{"10.00", "36.00", "WIN"}, []string{settled.GetBets()[0].GetStake(), settled.GetBets()[0].GetPayout(), settled.GetBets()[0].GetOutcome()})
}

func winSeveral(t *testing.T, c *casino) {
	g := c.seat("100.00")
	for _, id := range []string{"w2-b1", "w2-b2", "w2-b3"} {
		_, err := g.bet("w2", id, "10.00")
		require.NoError(t, err)
	}
	g.cash("70.00", "30.00")
	_, err := g.win("w2", "w2-w1", "w2-b1", "5.00")
	require.NoError(t, err)
	_, err = g.win("w2", "w2-w2", "w2-b1", "7.00")
	require.NoError(t, err)
	g.cash("82.00", "20.00")
	_, err = g.lastWin("w2", "w2-w3", "w2-b2", "1.00")
	require.NoError(t, err)
	g.cash("83.00", "0.00")
	r := g.round("w2")
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_SETTLED, r.GetState())
	require.Equal(t, "30.00", r.GetStake().GetAmount())
	require.Equal(t, "13.00", r.GetPayout().GetAmount())
	require.Equal(t, gamingv1.BetOutcome_BET_OUTCOME_LOSE, r.GetBets()[2].GetOutcome())
}

func winLate(t *testing.T, c *casino) {
	g := c.seat("100.00")
	_, err := g.bet("w3", "w3-b", "10.00")
	require.NoError(t, err)
	_, err = g.lastWin("w3", "w3-w", "w3-b", "0")
	require.NoError(t, err)
	g.cash("90.00", "0.00")
	_, err = g.win("w3", "w3-late", "w3-b", "50.00")
	require.NoError(t, err)
	g.cash("140.00", "0.00")
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_SETTLED, g.round("w3").GetState())
	require.Equal(t, "50.00", g.round("w3").GetPayout().GetAmount())
	eventually(t, "two versions of the round", func() bool {
		var versions []int64
		for _, m := range c.Published("round.settled.v1") {
			if m.PlayerID == g.id {
				versions = append(versions, m.Version)
			}
		}
		return len(versions) == 2 && versions[0] == 1 && versions[1] == 2
	})
}

func winRefused(t *testing.T, c *casino) {
	g, foreign := c.seat("100.00"), c.seat("1.00")
	_, err := g.bet("w4", "w4-b", "10.00")
	require.NoError(t, err)
	for name, want := range map[string]struct {
		change func(*gamingv1.SettleBetRequest)
		reason gamingv1.ErrorReason
	}{
		"unknown bet": {func(r *gamingv1.SettleBetRequest) { r.BetProviderTxId = "w4-none" }, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND},
		"foreign player": {func(r *gamingv1.SettleBetRequest) {
			r.Caller.PlayerId, r.Caller.SessionToken = foreign.id, foreign.token
		}, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH},
		"foreign token":  {func(r *gamingv1.SettleBetRequest) { r.Caller.SessionToken = foreign.token }, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH},
		"other round":    {func(r *gamingv1.SettleBetRequest) { r.ProviderRoundId = "w4-x" }, gamingv1.ErrorReason_ERROR_REASON_ROUND_NOT_FOUND},
		"other currency": {func(r *gamingv1.SettleBetRequest) { r.Amount.Currency = "USD" }, gamingv1.ErrorReason_ERROR_REASON_CURRENCY_MISMATCH},
		"unknown game":   {func(r *gamingv1.SettleBetRequest) { r.GameCode = "nope" }, gamingv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND},
		"negative":       {func(r *gamingv1.SettleBetRequest) { r.Amount = eur("-1") }, gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT},
		"other studio":   {func(r *gamingv1.SettleBetRequest) { r.Caller.IntegrationId = "studio-two" }, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND},
	} {
		r := g.winRequest("w4", "w4-w", "w4-b", "5.00")
		want.change(r)
		_, err := g.adapter.SettleBet(t.Context(), r)
		require.True(t, errs.Is(err, want.reason), "%s: %v", name, err)
	}
	g.cash("90.00", "10.00")
	_, err = g.win("w4", "w4-w", "w4-b", "5.00")
	require.NoError(t, err, "none of these used the id up")
	r := g.winRequest("w4", "w4-w", "w4-b", "6.00")
	_, err = g.adapter.SettleBet(t.Context(), r)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
	g.cash("95.00", "0.00")
}

func winUnknownToken(t *testing.T, c *casino) {
	g := c.seat("10.00")
	_, err := g.bet("w5", "w5-b", "10.00")
	require.NoError(t, err)
	r := g.winRequest("w5", "w5-w", "w5-b", "20.00")
	r.Caller.SessionToken = "never issued"
	_, err = g.adapter.SettleBet(t.Context(), r)
	require.NoError(t, err)
	g.cash("20.00", "0.00")
}

func winDenied(t *testing.T, c *casino) {
	g := c.seat("10.00")
	_, err := gamingv1.NewGamingServiceClient(c.As(testkit.Player(g.id))).SettleBet(t.Context(), g.winRequest("w6", "w6-w", "w6-b", "1.00"))
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}

// TestSettleBet_Jackpot: what of a bet's winnings a jackpot paid is told with the bet, the sum of its wins, and never more than is left of the winnings.
func TestSettleBet_Jackpot(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	jackpot := func() string { return g.round("R").GetBets()[0].GetJackpot().GetAmount() }
	placed, err := g.bet("R", "b", "10.00")
	require.NoError(t, err)
	win := func(tx, amount, part string) {
		r := g.winRequest("R", tx, "b", amount)
		r.Jackpot = eur(part)
		g.must(g.adapter.SettleBet(t.Context(), r))
	}
	g.must(g.win("R", "w0", "b", "5.00"))
	require.Empty(t, jackpot())
	win("w1", "30.00", "20.00")
	win("w1", "30.00", "20.00") // a repetition adds nothing
	win("w2", "7.00", "7.00")
	require.Equal(t, "27.00", jackpot())
	g.must(g.cancel("R", "c", "w1"))
	require.Equal(t, "12.00", jackpot(), "of 5.00 and 7.00 that are left")
	_, err = c.finance().ResettleRound(t.Context(), &gamingv1.ResettleRoundRequest{
		RequestId: "less", RoundId: placed.GetRoundId(), Reason: "dealer's mistake", Bets: []*gamingv1.BetResult{{BetId: placed.GetBetId(), Payout: eur("3.00")}},
	})
	require.NoError(t, err)
	require.Equal(t, "3.00", jackpot())
	g.cash("93.00", "0.00")
	c.verify()
}

func TestSettleBetConcurrentWins(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	_, err := g.bet("c", "c-b", "10.00")
	require.NoError(t, err)
	var wg sync.WaitGroup
	failures := make(chan error, 40)
	for n := range 10 {
		for range 4 { // each win four times
			wg.Go(func() {
				if _, err := g.win("c", tx(n), "c-b", "1.00"); err != nil {
					failures <- err
				}
			})
		}
	}
	wg.Wait()
	close(failures)
	for err := range failures {
		require.NoError(t, err)
	}
	g.cash("100.00", "0.00")
	require.Equal(t, "10.00", g.round("c").GetPayout().GetAmount())
	c.verify()
}

func TestLockedPlayer(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	_, err := g.bet("l", "l-b1", "10.00")
	require.NoError(t, err)
	_, err = g.bet("l", "l-b2", "10.00")
	require.NoError(t, err)
	c.Publish("player.updated.v1", g.id, 2, &identityv1.PlayerUpdated{PlayerId: g.id, Status: identityv1.PlayerStatus_PLAYER_STATUS_LOCKED})
	eventually(t, "the lock arrives", g.ended)
	_, err = g.bet("l", "l-b3", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED)
	require.NotEmpty(t, c.Events("game_session.ended.v1", 1))
	// An older event that comes late does not unlock.
	c.Publish("player.updated.v1", g.id, 1, &identityv1.PlayerUpdated{PlayerId: g.id, Status: identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE})

	_, err = g.win("l", "l-w", "l-b1", "15.00")
	require.NoError(t, err, "wins pass")
	_, err = g.cancel("l", "l-c", "l-b2")
	require.NoError(t, err, "cancellations pass")
	_, err = g.as(g.id).LaunchGame(t.Context(), &gamingv1.LaunchGameRequest{GameId: g.games["slot"], Currency: "EUR"})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED)

	c.Publish("player.updated.v1", g.id, 3, &identityv1.PlayerUpdated{PlayerId: g.id, Status: identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE})
	eventually(t, "unlocked, a new session takes stakes", func() bool {
		_, err := g.as(g.id).LaunchGame(t.Context(), &gamingv1.LaunchGameRequest{GameId: g.games["slot"], Currency: "EUR"})
		return err == nil
	})
	_, err = g.bet("l", "l-b5", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED) // the old session stays ended, and nobody is told that the player is locked
	g.cash("105.00", "0.00")

	other := c.seat("10.00")
	c.Publish("session.ended.v1", other.id, 1, &identityv1.SessionEnded{SubjectId: other.id, Reason: "LOGOUT"})
	c.Publish("session.ended.v1", other.id, 2, &identityv1.SessionEnded{SubjectId: other.id, Reason: "LOCKED"})
	eventually(t, "the lock arrives by the session", other.ended)
	_, err = other.bet("l9", "l9-b", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED)
	c.verify()
}

// Who is excluded stakes nothing more; what was staked before is won and given back.
func TestExcludedPlayer(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	for _, tx := range []string{"x-b1", "x-b2"} {
		_, err := g.bet("x", tx, "10.00")
		require.NoError(t, err)
	}
	c.Publish("player.updated.v1", g.id, 2, &identityv1.PlayerUpdated{PlayerId: g.id, Status: identityv1.PlayerStatus_PLAYER_STATUS_EXCLUDED})
	eventually(t, "the exclusion arrives", g.ended)
	_, err := g.bet("x", "x-b3", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED)
	_, err = g.win("x", "x-w", "x-b1", "15.00")
	require.NoError(t, err, "wins pass")
	_, err = g.cancel("x", "x-c", "x-b2")
	require.NoError(t, err, "cancellations pass")
	g.cash("105.00", "0.00")
	c.verify()
}

// TestSettledRound: a provider that tells no end of a round says so, and the round is over as long as every bet of it has a result.
func TestSettledRound(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	settle := func(tx, bet, amount string) {
		t.Helper()
		r := g.winRequest("sr", tx, bet, amount)
		r.RoundSettled = true
		g.must(g.adapter.SettleBet(t.Context(), r))
	}
	state := func(want gamingv1.RoundState) {
		t.Helper()
		require.Equal(t, want, g.round("sr").GetState())
	}
	g.must(g.bet("sr", "sr-b1", "10.00"))
	g.must(g.bet("sr", "sr-b2", "10.00"))
	settle("sr-w1", "sr-b1", "5.00")
	state(gamingv1.RoundState_ROUND_STATE_OPEN) // the other bet has no result, and is not lost
	settle("sr-w2", "sr-b2", "0.00")
	state(gamingv1.RoundState_ROUND_STATE_SETTLED)
	require.Len(t, c.Events("round.settled.v1", 1), 1)
	g.must(g.bet("sr", "sr-b3", "10.00"))
	state(gamingv1.RoundState_ROUND_STATE_OPEN)
	cancel := g.cancelRequest("sr", "sr-c3", "sr-b3")
	cancel.RoundSettled = true
	g.must(g.adapter.CancelTransaction(t.Context(), cancel))
	state(gamingv1.RoundState_ROUND_STATE_SETTLED)
	g.must(g.win("sr", "sr-w3", "sr-b2", "1.00"))
	state(gamingv1.RoundState_ROUND_STATE_SETTLED) // a later win does not open it
	_, err := g.adapter.CloseRound(t.Context(), &gamingv1.CloseRoundRequest{Caller: g.caller(), ProviderRoundId: "sr"})
	require.NoError(t, err)
	_, err = g.bet("sr", "sr-b4", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_ROUND_CLOSED)
	g.cash("86.00", "0.00")
	c.verify()
}
