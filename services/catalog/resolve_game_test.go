package catalog_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestResolveGame(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	gaming := s.as(testkit.Peer("gaming"))
	byCode, err := gaming.ResolveGame(t.Context(), &catalogv1.ResolveGameRequest{IntegrationId: "studio", Code: "e"})
	require.NoError(t, err, "published or not")
	byID, err := gaming.ResolveGame(t.Context(), &catalogv1.ResolveGameRequest{GameId: s.ids()["e"]})
	require.NoError(t, err)
	require.Equal(t, byCode.GetGame().GetGameId(), byID.GetGame().GetGameId())
	for _, r := range []*catalogv1.ResolveGameRequest{{GameId: "gam_none"}, {IntegrationId: "studio", Code: "z"}, {IntegrationId: "other", Code: "a"}, {}} {
		_, err = gaming.ResolveGame(t.Context(), r)
		refused(t, err, catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND)
	}
	for _, who := range []testkit.Caller{testkit.Player("ply_x"), testkit.Peer("cashier"), testkit.Operator("admin")} {
		_, err = s.as(who).ResolveGame(t.Context(), &catalogv1.ResolveGameRequest{GameId: "gam_none"})
		denied(t, err)
	}
}

func kill(scope operationsv1.KillSwitchScope, value string) *operationsv1.KillSwitch {
	return &operationsv1.KillSwitch{Scope: scope, Value: value, Off: true}
}

// TestResolveGame_Switches: what operations switches off is felt without a restart, and stays when operations does not answer.
func TestResolveGame_Switches(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	gaming := s.as(testkit.Peer("gaming"))
	resolve := func(country string) string {
		r, err := gaming.ResolveGame(t.Context(), &catalogv1.ResolveGameRequest{GameId: s.ids()["a"], Country: country})
		require.NoError(t, err)
		require.Equal(t, r.GetPlayable(), r.GetUnavailableReason() == "")
		return r.GetUnavailableReason()
	}
	require.Empty(t, resolve("DE"))
	require.Empty(t, resolve(""))
	for want, off := range map[string]*operationsv1.KillSwitch{
		"GAME_SWITCHED_OFF":         kill(operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_GAME, s.ids()["a"]),
		"CATEGORY_SWITCHED_OFF":     kill(operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_CATEGORY, "slots"),
		"JURISDICTION_SWITCHED_OFF": kill(operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_JURISDICTION, "DE"),
		"INTEGRATION_SWITCHED_OFF":  kill(operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_INTEGRATION, "studio"),
		"ALL_PLAY_SWITCHED_OFF":     kill(99, "something that this program does not know"),
	} {
		s.out.switchOff(nil, off)
		require.Eventually(t, func() bool { return resolve("DE") == want }, 10*time.Second, 10*time.Millisecond, want)
	}
	s.out.switchOff([]string{"studio"})
	require.Eventually(t, func() bool { return resolve("FR") == "INTEGRATION_DISABLED" }, 10*time.Second, 10*time.Millisecond)
	require.Empty(t, s.shown(&catalogv1.ListGamesRequest{}), "what cannot be played is not offered")
	g, err := s.public.GetGame(t.Context(), &catalogv1.GetGameRequest{GameId: s.ids()["a"]})
	require.NoError(t, err)
	require.False(t, g.GetPlayable())
	require.Equal(t, "INTEGRATION_DISABLED", g.GetUnavailableReason())

	s.out.mu.Lock()
	s.out.down = status.Error(codes.Unavailable, "down")
	s.out.mu.Unlock()
	s.out.switchOff(nil)
	require.Never(t, func() bool { return resolve("FR") == "" }, 200*time.Millisecond, 20*time.Millisecond, "what was known stays")
	s.out.mu.Lock()
	s.out.down = nil
	s.out.mu.Unlock()
	require.Eventually(t, func() bool { return resolve("FR") == "" }, 10*time.Second, 10*time.Millisecond)
	_, err = gaming.ResolveGame(t.Context(), &catalogv1.ResolveGameRequest{GameId: "gam_1", Country: "Germany"})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
}

// TestResolveGame_Availability: one answer says where a game may be played, for every country.
func TestResolveGame_Availability(t *testing.T) {
	t.Parallel()
	s := open(t)
	blocked := game("a", "Alpha", "slots")
	blocked.BlockedCountries = []string{"US"}
	s.out.offer(blocked)
	s.sync()
	s.publish("a", true)
	s.jurisdiction("mga", true, "MT")
	s.jurisdiction("ge", false, "GE")
	availability := func() *catalogv1.Availability {
		r, err := s.as(testkit.Peer("gaming")).ResolveGame(t.Context(), &catalogv1.ResolveGameRequest{GameId: s.ids()["a"]})
		require.NoError(t, err)
		return r.GetGame().GetAdmin().GetAvailability()
	}
	require.Empty(t, availability().GetElsewhere())
	require.Equal(t, map[string]string{"US": "BLOCKED_COUNTRY", "MT": "NO_CERTIFICATE"}, availability().GetByCountry())
	s.out.switchOff(nil, kill(operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_JURISDICTION, "FR"))
	require.Eventually(t, func() bool { return availability().GetByCountry()["FR"] == "JURISDICTION_SWITCHED_OFF" }, 10*time.Second, 10*time.Millisecond)
	s.out.switchOff(nil, kill(operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_GAME, s.ids()["a"]))
	require.Eventually(t, func() bool { return availability().GetElsewhere() == "GAME_SWITCHED_OFF" }, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, map[string]string{"US": "BLOCKED_COUNTRY", "MT": "NO_CERTIFICATE"}, availability().GetByCountry())
}

// TestResolveGame_NobodyKnowsTheSwitches: a replica that has just started must not let anybody play what is switched off.
func TestResolveGame_NobodyKnowsTheSwitches(t *testing.T) {
	t.Parallel()
	s := openWith(t, &outside{revision: 1, down: status.Error(codes.Unavailable, "down")}, nil)
	_, err := s.as(testkit.Peer("gaming")).ResolveGame(t.Context(), &catalogv1.ResolveGameRequest{GameId: "gam_1"})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_SWITCHES_UNKNOWN)
	_, err = s.public.GetLobby(t.Context(), &catalogv1.GetLobbyRequest{})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_SWITCHES_UNKNOWN)
}
