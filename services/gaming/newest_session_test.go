package gaming_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

// TestNewestSession: without a token the currency that the call names says which of a player's sessions counts; among those a live one comes before one that is over, and
// the newest before the others.
func TestNewestSession(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	sessions := map[string]string{"EUR": g.session}
	for _, currency := range []string{"USD", "GBP"} {
		r, err := g.as(g.id).LaunchGame(t.Context(), &gamingv1.LaunchGameRequest{GameId: g.games["slot"], Currency: currency})
		require.NoError(t, err)
		sessions[currency] = r.GetGameSessionId()
	}
	counts := func(named, currency string) {
		t.Helper()
		p, err := g.adapter.Authenticate(t.Context(), &gamingv1.AuthenticateRequest{Caller: &gamingv1.Caller{IntegrationId: integration, PlayerId: g.id, Currency: named}})
		require.NoError(t, err)
		require.Equal(t, sessions[currency], p.GetGameSessionId())
		require.Equal(t, currency, p.GetCurrency())
	}
	end := func(currency string) {
		t.Helper()
		g.must(g.as(g.id).EndGameSession(t.Context(), &gamingv1.EndGameSessionRequest{GameSessionId: sessions[currency]}))
	}
	counts("", "GBP")
	counts("EUR", "EUR")
	counts("USD", "USD")
	counts("SEK", "GBP") // the player has none in it
	end("GBP")
	counts("", "USD")
	counts("GBP", "GBP") // over, and the only one
	counts("SEK", "GBP")
	end("USD")
	counts("", "EUR")
	end("EUR")
	counts("", "GBP")

	var wait sync.WaitGroup // calls of one batch do not mix their currencies up
	named, found, errs := []string{"EUR", "USD", "GBP"}, [24]string{}, [24]error{}
	for i := range found {
		wait.Go(func() {
			var p *gamingv1.AuthenticateResponse
			caller := &gamingv1.Caller{IntegrationId: integration, PlayerId: g.id, Currency: named[i%len(named)]}
			p, errs[i] = g.adapter.Authenticate(t.Context(), &gamingv1.AuthenticateRequest{Caller: caller})
			found[i] = p.GetGameSessionId()
		})
	}
	wait.Wait()
	for i := range found {
		require.NoError(t, errs[i])
		require.Equal(t, sessions[named[i%len(named)]], found[i])
	}
}
