package gaming_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestLaunchGame(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("10.00")
	me := c.as(g.id)

	t.Run("opens a session whose token is not stored", func(t *testing.T) { launchOpens(t, c, g, me) })
	t.Run("refuses what must not be launched", func(t *testing.T) { launchRefused(t, c, g, me) })
	t.Run("refuses players who may not play", func(t *testing.T) { launchBlockedPlayer(t, c, g, me) })
	t.Run("a provider that does not open the game leaves no session behind", func(t *testing.T) { launchProviderFails(t, c, g, me) })
}

func launchOpens(t *testing.T, c *casino, g *guest, me gamingv1.GamingServiceClient) {
	r, err := me.LaunchGame(t.Context(), &gamingv1.LaunchGameRequest{GameId: c.games["slot"], Currency: "EUR", Mobile: true, LobbyUrl: publicURL + "/lobby?x=1"})
	require.NoError(t, err)
	require.Equal(t, "https://studio.example/play/1", r.GetUrl())
	require.NotNil(t, r.GetExpiresAt())
	sent := c.out.launches[len(c.out.launches)-1]
	require.Equal(t, []string{g.id, "slot", "EUR", "DE", "de", publicURL + "/lobby?x=1"},
		[]string{sent.GetPlayerId(), sent.GetGameCode(), sent.GetCurrency(), sent.GetCountry(), sent.GetLanguage(), sent.GetLobbyUrl()})
	require.True(t, sent.GetMobile())
	require.Regexp(t, "^[0-9a-f]{40}$", sent.GetSessionToken())
	var found int
	require.NoError(t, c.DB.QueryRow(t.Context(), "SELECT count(*) FROM game_session s WHERE s::text LIKE '%' || $1 || '%'", sent.GetSessionToken()).Scan(&found))
	require.Zero(t, found)
	require.NotEmpty(t, c.Events("game_session.started.v1", 1))
	who, err := c.adapter.Authenticate(t.Context(), &gamingv1.AuthenticateRequest{Caller: &gamingv1.Caller{IntegrationId: integration, SessionToken: sent.GetSessionToken()}})
	require.NoError(t, err)
	require.Equal(t, g.id, who.GetPlayerId())
	require.Equal(t, r.GetGameSessionId(), who.GetGameSessionId())
	require.Equal(t, "One", who.GetProvider(), "the game's studio")
}

func launchRefused(t *testing.T, c *casino, g *guest, me gamingv1.GamingServiceClient) {
	before := len(c.out.launches)
	for name, want := range map[string]struct {
		change func(*gamingv1.LaunchGameRequest)
		reason gamingv1.ErrorReason
	}{
		"unknown game":     {func(r *gamingv1.LaunchGameRequest) { r.GameId = ids.New("gam") }, gamingv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND},
		"hidden game":      {func(r *gamingv1.LaunchGameRequest) { r.GameId = c.games["hidden"] }, gamingv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND},
		"blocked country":  {func(r *gamingv1.LaunchGameRequest) { r.GameId = c.games["not-here"] }, gamingv1.ErrorReason_ERROR_REASON_GAME_UNAVAILABLE},
		"unknown currency": {func(r *gamingv1.LaunchGameRequest) { r.Currency = "QQQ" }, gamingv1.ErrorReason_ERROR_REASON_UNKNOWN_CURRENCY},
		"foreign lobby":    {func(r *gamingv1.LaunchGameRequest) { r.LobbyUrl = "https://evil.example/" }, gamingv1.ErrorReason_ERROR_REASON_LOBBY_URL_FOREIGN},
		"host as prefix":   {func(r *gamingv1.LaunchGameRequest) { r.LobbyUrl = publicURL + ".evil.example/" }, gamingv1.ErrorReason_ERROR_REASON_LOBBY_URL_FOREIGN},
		"host as user":     {func(r *gamingv1.LaunchGameRequest) { r.LobbyUrl = publicURL + "@evil.example/" }, gamingv1.ErrorReason_ERROR_REASON_LOBBY_URL_FOREIGN},
		"script":           {func(r *gamingv1.LaunchGameRequest) { r.LobbyUrl = "javascript:alert(1)" }, gamingv1.ErrorReason_ERROR_REASON_LOBBY_URL_FOREIGN},
		"other scheme":     {func(r *gamingv1.LaunchGameRequest) { r.LobbyUrl = "http://casino.example/" }, gamingv1.ErrorReason_ERROR_REASON_LOBBY_URL_FOREIGN},
	} {
		r := &gamingv1.LaunchGameRequest{GameId: c.games["slot"], Currency: "EUR"}
		want.change(r)
		_, err := me.LaunchGame(t.Context(), r)
		require.True(t, errs.Is(err, want.reason), "%s: %v", name, err)
	}
	for _, language := range []string{"qq", "x", "EN", "en-UK", "<b>"} {
		_, err := me.LaunchGame(t.Context(), &gamingv1.LaunchGameRequest{GameId: c.games["slot"], Currency: "EUR", Language: language})
		require.True(t, errs.Is(err, commonv1.ErrorReason_ERROR_REASON_VALIDATION), "%s: %v", language, err)
	}
	require.Len(t, c.out.launches, before)
}

func launchBlockedPlayer(t *testing.T, c *casino, g *guest, me gamingv1.GamingServiceClient) {
	for status, rule := range map[identityv1.PlayerStatus]string{
		identityv1.PlayerStatus_PLAYER_STATUS_LOCKED: "LOCKED", identityv1.PlayerStatus_PLAYER_STATUS_UNVERIFIED: "UNVERIFIED",
		identityv1.PlayerStatus_PLAYER_STATUS_EXCLUDED: "EXCLUDED",
	} {
		id := ids.New("ply")
		c.out.mu.Lock()
		c.out.statuses[id] = status
		c.out.mu.Unlock()
		_, err := c.as(id).LaunchGame(t.Context(), &gamingv1.LaunchGameRequest{GameId: c.games["slot"], Currency: "EUR"})
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_BLOCKED)
		require.Equal(t, rule, errs.Metadata(err)["rule"])
	}
	for _, who := range []testkit.Caller{testkit.Anonymous(), testkit.Operator("admin"), testkit.Peer("cashier")} {
		_, err := gamingv1.NewGamingServiceClient(c.As(who)).LaunchGame(t.Context(), &gamingv1.LaunchGameRequest{GameId: c.games["slot"], Currency: "EUR"})
		require.Contains(t, []codes.Code{codes.PermissionDenied, codes.Unauthenticated}, status.Code(err))
	}
}

func launchProviderFails(t *testing.T, c *casino, g *guest, me gamingv1.GamingServiceClient) {
	c.out.mu.Lock()
	c.out.refuse = errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED, "no")
	c.out.mu.Unlock()
	_, err := me.LaunchGame(t.Context(), &gamingv1.LaunchGameRequest{GameId: c.games["slot"], Currency: "EUR"})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE)
	c.out.mu.Lock()
	c.out.refuse, c.out.disabled = nil, true
	c.out.mu.Unlock()
	var open int
	require.NoError(t, c.DB.QueryRow(t.Context(), "SELECT count(*) FROM game_session WHERE launched_at IS NULL AND ended_at IS NULL").Scan(&open))
	require.Zero(t, open)
	_, err = me.LaunchGame(t.Context(), &gamingv1.LaunchGameRequest{GameId: c.games["slot"], Currency: "EUR"})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_GAME_UNAVAILABLE)
	c.out.mu.Lock()
	c.out.disabled = false
	c.out.mu.Unlock()
}

// TestLaunchGame_NoCertificate: a game that lost its certificate does not exist for players of that country, while its provider's stakes are still told the rule.
func TestLaunchGame_NoCertificate(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	back := catalogv1.NewCatalogServiceClient(c.To("catalog", testkit.Operator("admin")))
	_, err := back.PutJurisdiction(t.Context(), &catalogv1.PutJurisdictionRequest{Jurisdiction: "ggl", Name: "GGL", Countries: []string{"DE"}, CertificatesRequired: new(true)})
	require.NoError(t, err)
	c.Clock.Advance(time.Second) // nothing that was looked up before is used again
	for _, game := range []string{c.games["slot"], c.games["hidden"], ids.New("gam")} {
		_, err = g.as(g.id).LaunchGame(t.Context(), &gamingv1.LaunchGameRequest{GameId: game, Currency: "EUR"})
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND)
		require.Equal(t, map[string]string{"game_id": game}, errs.Metadata(err), "nothing tells them apart")
	}
	_, err = g.bet("r", "b", "1.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_GAME_UNAVAILABLE)
	require.Equal(t, "NO_CERTIFICATE", errs.Metadata(err)["rule"])
}
