package catalog_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestPutLobby(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.out.offer(game("a", "Alpha", "slots"), game("b", "Beta", "slots"), game("c", "Crash", "crash"))
	s.sync()
	for _, code := range []string{"a", "b", "c"} {
		s.publish(code, true)
	}
	lobby := func() (keys []string, revision int64) {
		r, err := s.public.GetLobby(t.Context(), &catalogv1.GetLobbyRequest{})
		require.NoError(t, err)
		for _, row := range r.GetRows() {
			key := row.GetKey()
			for _, g := range row.GetGames() {
				key += " " + g.GetCode()
			}
			keys = append(keys, key)
		}
		return keys, r.GetRevision()
	}
	rows, revision := lobby()
	require.Equal(t, []string{"crash c", "slots a b"}, rows, "a lobby before anybody has made one")
	require.Zero(t, revision)

	ids := s.ids()
	put := func(expected int64, games ...string) (*catalogv1.PutLobbyResponse, error) {
		return s.back.PutLobby(t.Context(), &catalogv1.PutLobbyRequest{ExpectedRevision: expected, Sections: []*catalogv1.LobbySection{
			{Key: "featured", Title: "Featured", GameIds: games}, {Key: "empty", Title: "Nothing yet"},
		}})
	}
	r, err := put(0, ids["c"], ids["a"])
	require.NoError(t, err)
	rows, revision = lobby()
	require.Equal(t, []string{"featured c a"}, rows)
	require.Equal(t, r.GetRevision(), revision)
	_, err = put(revision+5, ids["b"])
	require.True(t, errs.Is(err, catalogv1.ErrorReason_ERROR_REASON_STALE_REVISION), "%v", err)
	_, err = put(revision, "gam_none")
	require.True(t, errs.Is(err, catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND), "%v", err)
	s.publish("c", false)
	rows, _ = lobby()
	require.Equal(t, []string{"featured a"}, rows)
	_, err = s.back.PutLobby(t.Context(), &catalogv1.PutLobbyRequest{Sections: []*catalogv1.LobbySection{{Key: "Bad Key", Title: "x"}}})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	_, err = s.back.PutLobby(t.Context(), &catalogv1.PutLobbyRequest{Sections: []*catalogv1.LobbySection{{Key: "x", Title: "One"}, {Key: "x", Title: "Other"}}})
	require.True(t, errs.Is(err, catalogv1.ErrorReason_ERROR_REASON_SECTION_REPEATED), "%v", err)
	_, err = s.back.PutLobby(t.Context(), &catalogv1.PutLobbyRequest{Sections: []*catalogv1.LobbySection{{Key: "x", Title: "One", ProviderId: "prv_none"}}})
	require.True(t, errs.Is(err, catalogv1.ErrorReason_ERROR_REASON_PROVIDER_NOT_FOUND), "%v", err)
	_, err = s.back.PutLobby(t.Context(), &catalogv1.PutLobbyRequest{Sections: []*catalogv1.LobbySection{{Key: "x", Title: "One", Titles: map[string]string{"qq": "One"}}}})
	require.True(t, errs.Is(err, catalogv1.ErrorReason_ERROR_REASON_LANGUAGE_UNKNOWN), "%v", err)
	again, _ := lobby()
	require.Equal(t, rows, again, "nothing has changed")
	_, err = s.as(testkit.Operator("support")).PutLobby(t.Context(), &catalogv1.PutLobbyRequest{})
	denied(t, err)
}

// TestPutLobby_Variants: visitors share the layouts, always the same one for the same visitor, and rows fill themselves.
func TestPutLobby_Variants(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	section := func(x *catalogv1.LobbySection) []*catalogv1.LobbySection { return []*catalogv1.LobbySection{x} }
	_, err := s.back.PutLobby(t.Context(), &catalogv1.PutLobbyRequest{Sections: section(&catalogv1.LobbySection{
		Key: "slots", Title: "Slots", Titles: map[string]string{"ka": "სლოტები"}, GameIds: []string{s.ids()["d"]}, Category: "slots"})})
	require.NoError(t, err)
	made, err := s.back.PutLobby(t.Context(), &catalogv1.PutLobbyRequest{Variant: "b", Sections: section(&catalogv1.LobbySection{Key: "all", Title: "All", ProviderId: s.provider()})})
	require.NoError(t, err)
	seen := map[string]int{}
	for i := range 40 {
		q := &catalogv1.GetLobbyRequest{VisitorId: "visitor-" + strconv.Itoa(i), Language: "ka-GE"}
		r, err := s.public.GetLobby(t.Context(), q)
		require.NoError(t, err)
		again, err := s.public.GetLobby(t.Context(), q)
		require.NoError(t, err)
		require.True(t, proto.Equal(r, again))
		seen[r.GetVariant()]++
		row := r.GetRows()[0]
		if r.GetVariant() == "main" {
			require.Equal(t, "სლოტები", row.GetTitle())
			require.Equal(t, "d", row.GetGames()[0].GetCode(), "by hand first")
			require.Len(t, row.GetGames(), 3, "then the others of the category, each once")
		} else {
			require.Len(t, row.GetGames(), 4)
		}
		require.Nil(t, row.GetGames()[0].GetAdmin(), "players do not see what is for operators")
	}
	require.Len(t, seen, 2)
	mine, err := s.as(testkit.Player("ply_DE_1")).GetLobby(t.Context(), &catalogv1.GetLobbyRequest{VisitorId: "a"})
	require.NoError(t, err)
	still, err := s.as(testkit.Player("ply_DE_1")).GetLobby(t.Context(), &catalogv1.GetLobbyRequest{VisitorId: "b"})
	require.NoError(t, err)
	require.Equal(t, mine.GetVariant(), still.GetVariant(), "a player's own id decides")

	list, err := s.back.ListLobbyLayouts(t.Context(), &catalogv1.ListLobbyLayoutsRequest{})
	require.NoError(t, err)
	require.Equal(t, made.GetRevision(), list.GetRevision())
	require.Len(t, list.GetLayouts(), 2)
	require.Equal(t, "main", list.GetLayouts()[0].GetVariant())
	require.EqualValues(t, 100, list.GetLayouts()[1].GetWeight())
	require.Equal(t, "slots", list.GetLayouts()[0].GetSections()[0].GetCategory())
	_, err = s.back.DeleteLobbyVariant(t.Context(), &catalogv1.DeleteLobbyVariantRequest{Variant: "main"})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_LAYOUT_IS_MAIN)
	first, err := s.back.DeleteLobbyVariant(t.Context(), &catalogv1.DeleteLobbyVariantRequest{Variant: "b"})
	require.NoError(t, err)
	second, err := s.back.DeleteLobbyVariant(t.Context(), &catalogv1.DeleteLobbyVariantRequest{Variant: "b"})
	require.NoError(t, err)
	require.Equal(t, first.GetRevision(), second.GetRevision(), "removing it again changes nothing")
	for _, who := range []testkit.Caller{testkit.Player("ply_x"), testkit.Operator("support")} {
		_, err = s.as(who).DeleteLobbyVariant(t.Context(), &catalogv1.DeleteLobbyVariantRequest{Variant: "b"})
		denied(t, err)
	}
	_, err = s.as(testkit.Player("ply_x")).ListLobbyLayouts(t.Context(), &catalogv1.ListLobbyLayoutsRequest{})
	denied(t, err)
}
