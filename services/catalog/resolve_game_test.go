package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
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
