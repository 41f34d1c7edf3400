package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	c := open(t)
	g, other := c.seat("10.00"), c.seat("10.00")
	ask := func(r *gamingv1.AuthenticateRequest) (*gamingv1.AuthenticateResponse, error) {
		return c.adapter.Authenticate(t.Context(), r)
	}

	who, err := ask(&gamingv1.AuthenticateRequest{Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: g.token, PlayerId: g.id}})
	require.NoError(t, err)
	require.Equal(t, []string{g.id, g.session, "EUR", "DE", "de"}, []string{who.GetPlayerId(), who.GetGameSessionId(), who.GetCurrency(), who.GetCountry(), who.GetLanguage()})
	_, err = ask(&gamingv1.AuthenticateRequest{Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: g.token, PlayerId: other.id}})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_MISMATCH)
	_, err = ask(&gamingv1.AuthenticateRequest{Caller: &gamingv1.Caller{IntegrationId: "studio-two", SessionToken: g.token}})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND)

	_, err = c.as(g.id).EndGameSession(t.Context(), &gamingv1.EndGameSessionRequest{GameSessionId: g.session})
	require.NoError(t, err)
	_, err = ask(&gamingv1.AuthenticateRequest{Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: g.token}})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED)
	byName, err := ask(&gamingv1.AuthenticateRequest{Caller: &gamingv1.Caller{IntegrationId: integration, PlayerId: g.id}})
	require.NoError(t, err, "a player named without a token is answered from the last session")
	require.Equal(t, "DE", byName.GetCountry())
	_, err = ask(&gamingv1.AuthenticateRequest{Caller: &gamingv1.Caller{IntegrationId: "studio-two", PlayerId: g.id}})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_NOT_FOUND)
	_, err = gamingv1.NewGamingServiceClient(c.As(testkit.Player(g.id))).Authenticate(t.Context(), &gamingv1.AuthenticateRequest{Caller: &gamingv1.Caller{IntegrationId: integration, PlayerId: g.id}})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}

// TestAuthenticateOpens: a session without a launch, beside those there are.
func TestAuthenticateOpens(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("10.00")
	opened := func(player, currency string) (*gamingv1.AuthenticateResponse, error) {
		return c.adapter.Authenticate(t.Context(), &gamingv1.AuthenticateRequest{
			Caller: &gamingv1.Caller{IntegrationId: integration, PlayerId: player}, Open: true, OpenCurrency: currency,
		})
	}
	first, err := opened(g.id, "")
	require.NoError(t, err)
	second, err := opened(g.id, "")
	require.NoError(t, err)
	require.NotEqual(t, first.GetSessionToken(), second.GetSessionToken())
	require.Equal(t, []any{g.id, "EUR", "DE", "", true}, []any{first.GetPlayerId(), first.GetCurrency(), first.GetCountry(), first.GetGameCode(), first.GetLive()})
	for i, token := range []string{g.token, first.GetSessionToken(), second.GetSessionToken()} {
		bet := g.betRequest("r", ids.New("tx"), "1.00")
		bet.Caller.SessionToken = token
		_, err = c.adapter.PlaceBet(t.Context(), bet)
		require.NoError(t, err, i)
	}
	newcomer := ids.New("ply")
	fresh, err := opened(newcomer, "JPY")
	require.NoError(t, err, "no earlier session is needed")
	require.Equal(t, "JPY", fresh.GetCurrency())
	next, err := opened(newcomer, "")
	require.NoError(t, err)
	require.Equal(t, "JPY", next.GetCurrency(), "the newest session's")
	_, err = opened(newcomer, "QQQ")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_UNKNOWN_CURRENCY)
	ignored, err := c.adapter.Authenticate(t.Context(), &gamingv1.AuthenticateRequest{Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: g.token}, Open: true})
	require.NoError(t, err)
	require.Empty(t, ignored.GetSessionToken(), "who has a token needs no other session")

	locked := ids.New("ply")
	c.out.mu.Lock()
	c.out.statuses[locked] = identityv1.PlayerStatus_PLAYER_STATUS_LOCKED
	c.out.mu.Unlock()
	_, err = opened(locked, "EUR")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED)
}
