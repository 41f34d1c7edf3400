package gaming_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
)

func (c *casino) authenticate(token string) (*gamingv1.AuthenticateResponse, error) {
	return c.adapter.Authenticate(c.t.Context(), &gamingv1.AuthenticateRequest{Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: token}})
}

// TestMintSessionToken: a test player gets tokens without a launch, of the given time, for the given game; a real player gets none.
func TestMintSessionToken(t *testing.T) {
	t.Parallel()
	c := open(t)
	player := ids.New("tpl")
	good := func() *gamingv1.MintSessionTokenRequest {
		return &gamingv1.MintSessionTokenRequest{IntegrationId: integration, PlayerId: player, GameCode: "slot", Provider: "one", TtlS: 60}
	}
	_, err := c.staff("support").MintSessionToken(t.Context(), good())
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	m, err := c.staff("admin").MintSessionToken(t.Context(), good())
	require.NoError(t, err)
	require.Len(t, m.GetSessionToken(), 40)
	who, err := c.authenticate(m.GetSessionToken())
	require.NoError(t, err)
	require.Equal(t, []any{player, "EUR", "DE", "slot", "one", true}, []any{who.GetPlayerId(), who.GetCurrency(), who.GetCountry(), who.GetGameCode(), who.GetProvider(), who.GetLive()})
	other, err := c.staff("admin").MintSessionToken(t.Context(), good())
	require.NoError(t, err)
	require.NotEqual(t, m.GetSessionToken(), other.GetSessionToken(), "several live tokens at once")
	_, err = c.authenticate(m.GetSessionToken())
	require.NoError(t, err)

	for name, bad := range map[string]struct {
		change func(*gamingv1.MintSessionTokenRequest)
		reason gamingv1.ErrorReason
	}{
		"real player":  {func(r *gamingv1.MintSessionTokenRequest) { r.PlayerId = ids.New("ply") }, gamingv1.ErrorReason_ERROR_REASON_NOT_TEST_PLAYER},
		"unknown game": {func(r *gamingv1.MintSessionTokenRequest) { r.GameCode = "nope" }, gamingv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND},
		"integration":  {func(r *gamingv1.MintSessionTokenRequest) { r.IntegrationId = "nope" }, gamingv1.ErrorReason_ERROR_REASON_INTEGRATION_NOT_FOUND},
		"currency":     {func(r *gamingv1.MintSessionTokenRequest) { r.Currency = "QQQ" }, gamingv1.ErrorReason_ERROR_REASON_UNKNOWN_CURRENCY},
	} {
		r := good()
		bad.change(r)
		_, err = c.staff("admin").MintSessionToken(t.Context(), r)
		t.Log(name)
		refused(t, err, bad.reason)
	}
	for _, change := range []func(*gamingv1.MintSessionTokenRequest){
		func(r *gamingv1.MintSessionTokenRequest) { r.Country = "UK" }, func(r *gamingv1.MintSessionTokenRequest) { r.Language = "qq" },
	} {
		r := good()
		change(r)
		_, err = c.staff("admin").MintSessionToken(t.Context(), r)
		require.True(t, errs.Is(err, commonv1.ErrorReason_ERROR_REASON_VALIDATION), "%v", err)
	}
	nowhere := good()
	nowhere.Country, nowhere.Language = "XX", "ka"
	_, err = c.staff("admin").MintSessionToken(t.Context(), nowhere)
	require.NoError(t, err)
	c.Clock.Advance(2 * time.Minute)
	_, err = c.authenticate(m.GetSessionToken())
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED)
}

// TestMintSessionToken_Provider: a session for a game belongs to the game's studio, as one that was launched; one for any game to nobody.
func TestMintSessionToken_Provider(t *testing.T) {
	t.Parallel()
	c := open(t)
	for game, want := range map[string]string{"slot": "One", "": ""} {
		m, err := c.staff("admin").MintSessionToken(t.Context(), &gamingv1.MintSessionTokenRequest{IntegrationId: integration, PlayerId: ids.New("tpl"), GameCode: game})
		require.NoError(t, err)
		who, err := c.authenticate(m.GetSessionToken())
		require.NoError(t, err)
		require.Equal(t, want, who.GetProvider(), "game %q", game)
	}
}

// TestExpireAndRotateSessionToken: what a protocol's suite needs of a token, at the operator's word.
func TestExpireAndRotateSessionToken(t *testing.T) {
	t.Parallel()
	c := open(t)
	m, err := c.staff("admin").MintSessionToken(t.Context(), &gamingv1.MintSessionTokenRequest{IntegrationId: integration, PlayerId: ids.New("tpl")})
	require.NoError(t, err)
	rotate := &gamingv1.RotateSessionTokenRequest{IntegrationId: integration, SessionToken: m.GetSessionToken()}
	_, err = c.staff("support").RotateSessionToken(t.Context(), rotate)
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	r, err := c.staff("admin").RotateSessionToken(t.Context(), rotate)
	require.NoError(t, err)
	require.Equal(t, m.GetGameSessionId(), r.GetGameSessionId())
	_, err = c.authenticate(m.GetSessionToken())
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED)
	_, err = c.authenticate(r.GetSessionToken())
	require.NoError(t, err)
	_, err = c.staff("admin").RotateSessionToken(t.Context(), rotate)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED)

	expire := &gamingv1.ExpireSessionTokenRequest{IntegrationId: integration, SessionToken: r.GetSessionToken()}
	_, err = c.staff("support").ExpireSessionToken(t.Context(), expire)
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	first, err := c.staff("admin").ExpireSessionToken(t.Context(), expire)
	require.NoError(t, err)
	again, err := c.staff("admin").ExpireSessionToken(t.Context(), expire)
	require.NoError(t, err)
	require.True(t, first.GetEndedAt().AsTime().Equal(again.GetEndedAt().AsTime()))
	_, err = c.authenticate(r.GetSessionToken())
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_SESSION_EXPIRED)

	g := c.seat("10.00")
	_, err = c.staff("admin").ExpireSessionToken(t.Context(), &gamingv1.ExpireSessionTokenRequest{IntegrationId: integration, SessionToken: g.token})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_NOT_TEST_PLAYER)
	_, err = c.staff("admin").RotateSessionToken(t.Context(), &gamingv1.RotateSessionTokenRequest{IntegrationId: integration, SessionToken: "nobody's"})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_SESSION_NOT_FOUND)
}
