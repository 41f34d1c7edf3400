package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// TestCheckSubject: what can be switched off is what there is, whether players see it or not.
func TestCheckSubject(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	operations := s.as(testkit.Peer("operations"))
	known := func(q *catalogv1.CheckSubjectRequest) bool {
		t.Helper()
		r, err := operations.CheckSubject(t.Context(), q)
		require.NoError(t, err)
		return r.GetKnown()
	}
	game := func(id string) *catalogv1.CheckSubjectRequest {
		return &catalogv1.CheckSubjectRequest{Subject: &catalogv1.CheckSubjectRequest_GameId{GameId: id}}
	}
	category := func(key string) *catalogv1.CheckSubjectRequest {
		return &catalogv1.CheckSubjectRequest{Subject: &catalogv1.CheckSubjectRequest_Category{Category: key}}
	}
	studio := func(id string) *catalogv1.CheckSubjectRequest {
		return &catalogv1.CheckSubjectRequest{Subject: &catalogv1.CheckSubjectRequest_ProviderId{ProviderId: id}}
	}
	all, err := s.back.ListOperatorGames(t.Context(), &catalogv1.ListOperatorGamesRequest{})
	require.NoError(t, err)
	require.NotEmpty(t, all.GetGames())
	for _, g := range all.GetGames() {
		require.Equal(t, []bool{true, true, true}, []bool{known(game(g.GetGameId())), known(category(g.GetCategory())), known(studio(g.GetProviderId()))}, "%v", g)
	}
	require.Equal(t, []bool{false, false, false, false}, []bool{known(game("gam_none")), known(category("none")), known(category("")), known(studio("prv_none"))})
	_, err = s.back.PutCategory(t.Context(), &catalogv1.PutCategoryRequest{Category: "none", Titles: map[string]string{"en": "None yet"}})
	require.NoError(t, err)
	require.True(t, known(category("none")), "a game of it may come any moment")

	_, err = operations.CheckSubject(t.Context(), &catalogv1.CheckSubjectRequest{})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err))
	for _, who := range []testkit.Caller{testkit.Player("ply_x"), testkit.Peer("gaming"), testkit.Operator("admin")} {
		_, err = s.as(who).CheckSubject(t.Context(), game("gam_none"))
		denied(t, err)
	}
}
