package page_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/page"
)

func TestTokensBelongToTheirList(t *testing.T) {
	games := &operationsv1.ListIntegrationsRequest{Kind: operationsv1.IntegrationKind_INTEGRATION_KIND_GAME}
	list := page.Of("integrations", games)
	rows, next := page.Next(list, 2, []string{"a", "b", "c"}, func(s string) []string { return []string{s, "x"} })
	require.Equal(t, []string{"a", "b"}, rows)

	games.Page = &commonv1.PageRequest{Token: next.GetNextToken(), Size: 7}
	position, err := page.Of("integrations", games).Position(games.GetPage())
	require.NoError(t, err)
	require.Equal(t, []string{"b", "x"}, position)

	_, err = page.Of("other", games).Position(games.GetPage())
	require.ErrorIs(t, err, page.ErrToken)
	_, err = page.Of("integrations", &operationsv1.ListIntegrationsRequest{}).Position(games.GetPage())
	require.ErrorIs(t, err, page.ErrToken, "another filter is another list")
	for _, bad := range []string{"x", "%%%", next.GetNextToken()[:12]} {
		_, err = list.Position(&commonv1.PageRequest{Token: bad})
		require.ErrorIs(t, err, page.ErrToken)
	}
	_, last := page.Next(list, 2, []string{"a", "b"}, func(s string) []string { return []string{s} })
	require.Empty(t, last.GetNextToken())
	first, err := list.Position(nil)
	require.NoError(t, err)
	require.Nil(t, first)
}
