package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
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

func TestListGames_Search(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.out.offer(game("bod", "Book of Dead", "slots"), game("bor", "Book of Ra", "slots"), game("rou", "Roulette", "table"), game("dead", "Dead or Alive", "slots"))
	s.sync()
	for _, code := range []string{"bod", "bor", "rou", "dead"} {
		s.publish(code, true)
	}
	_, err := s.back.UpdateGame(t.Context(), &catalogv1.UpdateGameRequest{GameId: s.ids()["rou"], Tags: []string{"classic"}, Translations: map[string]*catalogv1.Translation{
		"ka": {Name: "რულეტი", Description: "ბორბალი"}}})
	require.NoError(t, err)
	find := func(text string) []string { return s.shown(&catalogv1.ListGamesRequest{Search: text}) }
	require.Equal(t, []string{"Book of Dead", "Dead or Alive"}, find("dead"))
	require.Equal(t, []string{"Book of Dead"}, find("book dead"))
	require.Equal(t, []string{"Roulette"}, find("roulete"), "a mistake is forgiven")
	require.Equal(t, []string{"Roulette"}, find("რულე"), "in the translations")
	require.Equal(t, []string{"Roulette"}, find("classic"))
	require.Len(t, find("one"), 4, "by studio")
	require.Empty(t, find("poker"))
	require.Len(t, s.shown(&catalogv1.ListGamesRequest{Search: "one", Page: &commonv1.PageRequest{Size: 1}}), 4, "page by page")
	require.Equal(t, []string{"Roulette"}, s.shown(&catalogv1.ListGamesRequest{Tag: "classic"}))
	require.Len(t, s.shown(&catalogv1.ListGamesRequest{ProviderId: s.provider()}), 4)
	require.Empty(t, s.shown(&catalogv1.ListGamesRequest{ProviderId: "prv_none"}))
	require.Contains(t, s.shown(&catalogv1.ListGamesRequest{Language: "ka"}), "რულეტი")
	player, err := s.as(testkit.Player("ply_GE_1")).ListGames(t.Context(), &catalogv1.ListGamesRequest{Search: "roulette"})
	require.NoError(t, err)
	require.Equal(t, "რულეტი", player.GetGames()[0].GetName(), "in the player's language")
	require.Equal(t, "ბორბალი", player.GetGames()[0].GetDescription())
}
