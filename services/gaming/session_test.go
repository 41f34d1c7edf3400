package gaming_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func TestTokenRotation(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, other := c.seat("100.00"), c.seat("1.00")
	g.must(g.bet("t", "t-b", "10.00"))
	rotate := func(player string) (*gamingv1.AuthenticateResponse, error) {
		return g.adapter.Authenticate(t.Context(), &gamingv1.AuthenticateRequest{
			Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: g.token, PlayerId: player}, Rotate: true,
		})
	}
	_, err := rotate(other.id)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH)
	g.must(g.bet("t", "t-b2", "1.00")) // a failed call rotates nothing

	var rotated atomic.Pointer[gamingv1.AuthenticateResponse]
	var times atomic.Int32
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if r, err := rotate(g.id); err == nil {
				times.Add(1)
				rotated.Store(r)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, times.Load(), "one call replaces the token")
	r := rotated.Load()
	require.Regexp(t, "^[0-9a-f]{40}$", r.GetSessionToken())
	require.Equal(t, []any{g.session, "slot", true}, []any{r.GetGameSessionId(), r.GetGameCode(), r.GetLive()})

	_, err = g.bet("t", "t-b3", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED)
	_, err = rotate(g.id)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED)
	_, err = g.adapter.GetPlayerBalance(t.Context(), &gamingv1.GetPlayerBalanceRequest{Caller: g.caller(), Live: true})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED)
	g.must(g.win("t", "t-w", "t-b", "3.00"))
	g.must(g.cancel("t", "t-c", "t-b2"))
	g.token = r.GetSessionToken()
	g.must(g.bet("t", "t-b3", "1.00"))
	g.cash("92.00", "1.00")
}

func TestWithoutTokens(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	named := func(id string) *gamingv1.Caller {
		return &gamingv1.Caller{IntegrationId: integration, PlayerId: id, Tokenless: true}
	}
	stake := func(id, tx string) error {
		r := g.betRequest("n", tx, "10.00")
		r.Caller = named(id)
		_, err := g.adapter.PlaceBet(t.Context(), r)
		return err
	}
	g.must(g.as(g.id).EndGameSession(t.Context(), &gamingv1.EndGameSessionRequest{GameSessionId: g.session}))
	require.NoError(t, stake(g.id, "n-b1"), "the session may be over")
	g.cash("90.00", "10.00")

	r := g.betRequest("n", "n-b2", "10.00")
	r.Caller = named(g.id)
	r.Amount.Currency = "USD"
	_, err := g.adapter.PlaceBet(t.Context(), r)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_CURRENCY_MISMATCH)
	r = g.betRequest("n", "n-b2", "10.00")
	r.Caller = named(g.id)
	r.Caller.Tokenless = false
	_, err = g.adapter.PlaceBet(t.Context(), r)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND)

	// A player without a session in this integration.
	stranger := c.deposited("50.00")
	require.NoError(t, stake(stranger, "n-s1"))
	locked := c.deposited("50.00")
	c.out.mu.Lock()
	c.out.statuses[locked] = identityv1.PlayerStatus_PLAYER_STATUS_LOCKED
	c.out.mu.Unlock()
	refused(t, stake(locked, "n-s2"), gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED)
	who, err := g.adapter.Authenticate(t.Context(), &gamingv1.AuthenticateRequest{Caller: named(stranger)})
	require.NoError(t, err)
	require.Equal(t, []any{stranger, "", "DE", "EUR", true}, []any{who.GetPlayerId(), who.GetGameSessionId(), who.GetCountry(), who.GetCurrency(), who.GetLive()})
	b, err := g.adapter.GetPlayerBalance(t.Context(), &gamingv1.GetPlayerBalanceRequest{Caller: named(stranger), Currency: "EUR"})
	require.NoError(t, err)
	require.Equal(t, "40.00", b.GetFunds().GetCash().GetAmount())
	require.Equal(t, "0.00", b.GetFunds().GetBonus().GetAmount())
	c.verify()
}

// TestOwnCurrency: a player without a session plays in the currency that identity tells; nothing is staked, paid or shown in another.
func TestOwnCurrency(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("1.00")
	stranger := c.deposited("50.00")
	named := func(id string) *gamingv1.Caller {
		return &gamingv1.Caller{IntegrationId: integration, PlayerId: id, Tokenless: true}
	}
	dollars := &commonv1.Money{Amount: "5.00", Currency: "USD"}
	foreign := map[string]func() error{
		"stake": func() error {
			_, err := g.adapter.PlaceBet(t.Context(), &gamingv1.PlaceBetRequest{Caller: named(stranger), GameCode: "slot", ProviderRoundId: "n-f", ProviderTxId: "n-f1", Amount: dollars})
			return err
		},
		"winnings": func() error {
			_, err := g.adapter.SettleBet(t.Context(), &gamingv1.SettleBetRequest{
				Caller: named(stranger), GameCode: "slot", ProviderRoundId: "n-f", ProviderTxId: "n-f2", Amount: dollars, AcceptWithoutBet: true,
			})
			return err
		},
		"prize": func() error {
			_, err := g.adapter.CreditPrize(t.Context(), &gamingv1.CreditPrizeRequest{
				Caller: named(stranger), ProviderTxId: "n-f3", Amount: dollars, Kind: gamingv1.PrizeKind_PRIZE_KIND_PROMOTION,
			})
			return err
		},
		"balance": func() error {
			_, err := g.adapter.GetPlayerBalance(t.Context(), &gamingv1.GetPlayerBalanceRequest{Caller: named(stranger), Currency: "USD"})
			return err
		},
	}
	for what, do := range foreign {
		err := do()
		require.Equal(t, "CURRENCY_MISMATCH", errs.ReasonOf(err), what)
		require.Equal(t, "EUR", errs.Metadata(err)["expected"], what)
	}
	c.verify()
}
