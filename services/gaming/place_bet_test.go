package gaming_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestPlaceBet(t *testing.T) {
	t.Parallel()
	c := open(t)

	t.Run("holds the stake, tells of it, and answers a repetition with the first answer", func(t *testing.T) { betHoldsOnce(t, c) })
	t.Run("the same id with other content is refused and moves nothing", func(t *testing.T) { betMismatch(t, c) })
	t.Run("more than there is is refused with what there is, and stays refused", func(t *testing.T) { betTooHigh(t, c) })
	t.Run("bad input changes nothing", func(t *testing.T) { betBadInput(t, c) })
	t.Run("a free round takes no cash", func(t *testing.T) { betFreeRound(t, c) })
	t.Run("a bet that closes its round is lost at once", func(t *testing.T) { betClosesRound(t, c) })
	t.Run("only adapters may place bets", func(t *testing.T) { betDenied(t, c) })
	c.verify()
}

func betHoldsOnce(t *testing.T, c *casino) {
	g := c.seat("100.00")
	first, err := g.bet("p1", "p1-b", "10.00")
	require.NoError(t, err)
	require.Equal(t, "90.00", first.GetReceipt().GetFunds().GetCash().GetAmount())
	require.False(t, first.GetReceipt().GetReplayed())
	g.cash("90.00", "10.00")

	_, err = g.bet("p1", "p1-b2", "5.00")
	require.NoError(t, err)
	again, err := g.bet("p1", "p1-b", "10.00")
	require.NoError(t, err)
	require.True(t, again.GetReceipt().GetReplayed())
	require.Equal(t, first.GetBetId(), again.GetBetId())
	require.Equal(t, "90.00", again.GetReceipt().GetFunds().GetCash().GetAmount(), "the stored answer")
	g.cash("85.00", "15.00")

	var placed gamingv1.BetPlaced
	for _, m := range c.Events("bet.placed.v1", 1) {
		if m.PlayerID == g.id {
			require.NoError(t, m.Decode(&placed))
			break
		}
	}
	require.Equal(t, first.GetBetId(), placed.GetBet().GetBetId())
	require.NotEmpty(t, placed.GetBet().GetHoldId())
}

func betMismatch(t *testing.T, c *casino) {
	g := c.seat("100.00")
	_, err := g.bet("p2", "p2-b", "10.00")
	require.NoError(t, err)
	for name, change := range map[string]func(*gamingv1.PlaceBetRequest){
		"amount": func(r *gamingv1.PlaceBetRequest) { r.Amount = eur("10.01") },
		"round":  func(r *gamingv1.PlaceBetRequest) { r.ProviderRoundId = "p2-other" },
		"game":   func(r *gamingv1.PlaceBetRequest) { r.GameCode = "other" },
		"free":   func(r *gamingv1.PlaceBetRequest) { r.FreeRound = true },
		"currency": func(r *gamingv1.PlaceBetRequest) {
			r.Amount = &commonv1.Money{Amount: "10.00", Currency: "USD"}
		},
	} {
		r := g.betRequest("p2", "p2-b", "10.00")
		change(r)
		_, err = g.adapter.PlaceBet(t.Context(), r)
		require.True(t, errs.Is(err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH), "%s: %v", name, err)
	}
	other := c.seat("50.00")
	r := other.betRequest("p2", "p2-b", "10.00")
	_, err = g.adapter.PlaceBet(t.Context(), r)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
	g.cash("90.00", "10.00")
	other.cash("50.00", "0.00")
}

func betTooHigh(t *testing.T, c *casino) {
	g := c.seat("5.00")
	for range 2 {
		_, err := g.bet("p3", "p3-b", "5.01")
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_INSUFFICIENT_FUNDS)
		require.Equal(t, "5.00", errs.Metadata(err)["available"])
	}
	g.cash("5.00", "0.00")
	require.Equal(t, gamingv1.BetState_BET_STATE_REJECTED, g.round("p3").GetBets()[0].GetState())
	r, err := g.cancel("p3", "p3-c", "p3-b")
	require.NoError(t, err, "the cancellation of a refused bet succeeds")
	require.True(t, r.GetFound())
	g.cash("5.00", "0.00")
}

func betBadInput(t *testing.T, c *casino) {
	g, foreign := c.seat("100.00"), c.seat("1.00")
	for name, want := range map[string]struct {
		change func(*gamingv1.PlaceBetRequest)
		reason gamingv1.ErrorReason
	}{
		"negative":         {func(r *gamingv1.PlaceBetRequest) { r.Amount = eur("-1.00") }, gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT},
		"too precise":      {func(r *gamingv1.PlaceBetRequest) { r.Amount = eur("1.001") }, gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT},
		"huge":             {func(r *gamingv1.PlaceBetRequest) { r.Amount = eur("999999999999999999") }, gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT},
		"unknown currency": {func(r *gamingv1.PlaceBetRequest) { r.Amount.Currency = "QQQ" }, gamingv1.ErrorReason_ERROR_REASON_UNKNOWN_CURRENCY},
		"other currency":   {func(r *gamingv1.PlaceBetRequest) { r.Amount.Currency = "USD" }, gamingv1.ErrorReason_ERROR_REASON_CURRENCY_MISMATCH},
		"unknown token":    {func(r *gamingv1.PlaceBetRequest) { r.Caller.SessionToken = "nobody's" }, gamingv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND},
		"foreign token":    {func(r *gamingv1.PlaceBetRequest) { r.Caller.SessionToken = foreign.token }, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH},
		"other studio":     {func(r *gamingv1.PlaceBetRequest) { r.Caller.IntegrationId = "studio-two" }, gamingv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND},
		"unknown game":     {func(r *gamingv1.PlaceBetRequest) { r.GameCode = "nope" }, gamingv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND},
		"hidden game":      {func(r *gamingv1.PlaceBetRequest) { r.GameCode = "hidden" }, gamingv1.ErrorReason_ERROR_REASON_GAME_UNAVAILABLE},
		"blocked country":  {func(r *gamingv1.PlaceBetRequest) { r.GameCode = "not-here" }, gamingv1.ErrorReason_ERROR_REASON_GAME_UNAVAILABLE},
	} {
		r := g.betRequest("p4", "p4-b", "10.00")
		want.change(r)
		_, err := g.adapter.PlaceBet(t.Context(), r)
		require.True(t, errs.Is(err, want.reason), "%s: %v", name, err)
	}
	_, err := g.adapter.PlaceBet(t.Context(), &gamingv1.PlaceBetRequest{})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	g.cash("100.00", "0.00")
	require.Zero(t, g.rounds())
}

func betFreeRound(t *testing.T, c *casino) {
	g := c.seat("1.00")
	r := g.betRequest("p5", "p5-b", "20.00")
	r.FreeRound = true
	b, err := g.adapter.PlaceBet(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, "1.00", b.GetReceipt().GetFunds().GetCash().GetAmount())
	w := g.winRequest("p5", "p5-w", "p5-b", "3.00")
	w.FreeRound, w.RoundClosed = true, true
	paid, err := g.adapter.SettleBet(t.Context(), w)
	require.NoError(t, err)
	require.Equal(t, "4.00", paid.GetReceipt().GetFunds().GetCash().GetAmount())
	g.cash("4.00", "0.00")
}

func betClosesRound(t *testing.T, c *casino) {
	g := c.seat("10.00")
	r := g.betRequest("p6", "p6-b", "2.00")
	r.RoundClosed = true
	_, err := g.adapter.PlaceBet(t.Context(), r)
	require.NoError(t, err)
	g.cash("8.00", "0.00")
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_SETTLED, g.round("p6").GetState())
	require.Equal(t, gamingv1.BetOutcome_BET_OUTCOME_LOSE, g.round("p6").GetBets()[0].GetOutcome())
	_, err = g.bet("p6", "p6-b2", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_ROUND_CLOSED)
}

func betDenied(t *testing.T, c *casino) {
	g := c.seat("10.00")
	for _, who := range []testkit.Caller{testkit.Player(g.id), testkit.Operator("admin"), testkit.Peer("cashier"), testkit.Anonymous()} {
		_, err := gamingv1.NewGamingServiceClient(c.As(who)).PlaceBet(t.Context(), g.betRequest("p7", "p7-b", "1.00"))
		require.Contains(t, []codes.Code{codes.PermissionDenied, codes.Unauthenticated}, status.Code(err))
	}
	g.cash("10.00", "0.00")
}

func TestPlaceBetConcurrentDuplicates(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	var wg sync.WaitGroup
	answers := make([]*gamingv1.PlaceBetResponse, 16)
	for i := range answers {
		wg.Go(func() {
			r, err := g.bet("d", "d-b", "10.00")
			if err == nil {
				answers[i] = r
			}
		})
	}
	wg.Wait()
	for _, a := range answers {
		require.NotNil(t, a)
		require.Equal(t, answers[0].GetBetId(), a.GetBetId())
		require.Equal(t, "90.00", a.GetReceipt().GetFunds().GetCash().GetAmount())
	}
	g.cash("90.00", "10.00")
	require.Len(t, g.round("d").GetBets(), 1)
	require.Len(t, c.Events("bet.placed.v1", 1), 1)
	c.verify()
}

func TestPlaceBetSessionOver(t *testing.T) {
	t.Parallel()
	c := open(t, "PITBOSS_GAMING_SESSION_TTL", "1h")
	g := c.seat("100.00")
	_, err := g.bet("s", "s-b", "10.00")
	require.NoError(t, err)
	c.Clock.Advance(2 * time.Hour)
	_, err = g.bet("s", "s-b2", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED)
	again, err := g.bet("s", "s-b", "10.00")
	require.NoError(t, err, "a repetition is answered whatever the session")
	require.True(t, again.GetReceipt().GetReplayed())
	_, err = g.win("s", "s-w", "s-b", "30.00")
	require.NoError(t, err, "results need no live session")
	g.cash("120.00", "0.00")
	require.NotEmpty(t, c.Events("game_session.ended.v1", 1))
	b, err := g.adapter.GetPlayerBalance(t.Context(), &gamingv1.GetPlayerBalanceRequest{Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: g.token, PlayerId: g.id}})
	require.NoError(t, err)
	require.Equal(t, "120.00", b.GetFunds().GetCash().GetAmount())
}
