package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListOperatorGames(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	var codes []string
	req := &catalogv1.ListOperatorGamesRequest{IntegrationId: "studio", Page: &commonv1.PageRequest{Size: 2}}
	for {
		r, err := s.back.ListOperatorGames(t.Context(), req)
		require.NoError(t, err)
		for _, g := range r.GetGames() {
			codes = append(codes, g.GetCode())
		}
		if req.Page.Token = r.GetPage().GetNextToken(); req.Page.Token == "" {
			break
		}
	}
	require.Equal(t, []string{"a", "b", "c", "d", "e"}, codes, "hidden ones too")
	_, err := s.back.ListOperatorGames(t.Context(), &catalogv1.ListOperatorGamesRequest{Page: &commonv1.PageRequest{Token: "x"}})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_BAD_PAGE_TOKEN)
	_, err = s.as(testkit.Player("ply_x")).ListOperatorGames(t.Context(), &catalogv1.ListOperatorGamesRequest{})
	denied(t, err)
}
