package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
)

func TestListGames(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	require.Equal(t, []string{"alpha", "Beta", "Crash", "Delta"}, s.shown(&catalogv1.ListGamesRequest{Page: &commonv1.PageRequest{Size: 1}}))
	require.Equal(t, []string{"alpha", "Beta", "Delta"}, s.shown(&catalogv1.ListGamesRequest{Category: "slots", Page: &commonv1.PageRequest{Size: 2}}))
	require.Equal(t, []string{"Beta"}, s.shown(&catalogv1.ListGamesRequest{Search: "ETA", Category: "slots"}))
	first, err := s.public.ListGames(t.Context(), &catalogv1.ListGamesRequest{Page: &commonv1.PageRequest{Size: 1}})
	require.NoError(t, err)
	for _, r := range []*catalogv1.ListGamesRequest{
		{Search: "b", Page: &commonv1.PageRequest{Token: first.GetPage().GetNextToken()}}, {Page: &commonv1.PageRequest{Token: "x"}},
	} {
		_, err = s.public.ListGames(t.Context(), r)
		refused(t, err, catalogv1.ErrorReason_ERROR_REASON_BAD_PAGE_TOKEN)
	}
}
