package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
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
