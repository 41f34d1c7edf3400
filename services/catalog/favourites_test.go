package catalog_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func (s *shop) favourites(who testkit.Caller) []string {
	s.t.Helper()
	r, err := s.as(who).ListFavourites(s.t.Context(), &catalogv1.ListFavouritesRequest{})
	require.NoError(s.t, err)
	out := []string{}
	for _, g := range r.GetGames() {
		out = append(out, g.GetCode())
	}
	return out
}

func TestFavourites(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	me, other := testkit.Player("ply_DE_1"), testkit.Player("ply_DE_2")
	add := func(who testkit.Caller, code string) error {
		_, err := s.as(who).AddFavourite(t.Context(), &catalogv1.AddFavouriteRequest{GameId: s.ids()[code]})
		return err
	}
	for _, code := range []string{"a", "c", "a", "b"} {
		require.NoError(t, add(me, code))
		s.Clock.Advance(time.Second)
	}
	require.NoError(t, add(other, "d"))
	require.Equal(t, []string{"b", "c", "a"}, s.favourites(me), "the newest first, each once")
	require.Equal(t, []string{"d"}, s.favourites(other))
	refused(t, add(me, "e"), catalogv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND)
	require.Equal(t, codes.InvalidArgument, status.Code(add(me, "nothing")), "no id at all")

	s.publish("c", false)
	require.Equal(t, []string{"b", "a"}, s.favourites(me), "what cannot be played is kept but not shown")
	for range 2 {
		_, err := s.as(me).RemoveFavourite(t.Context(), &catalogv1.RemoveFavouriteRequest{GameId: s.ids()["b"]})
		require.NoError(t, err)
	}
	s.publish("c", true)
	require.Equal(t, []string{"c", "a"}, s.favourites(me))

	for _, who := range []testkit.Caller{testkit.Operator("admin"), testkit.Peer("gaming"), testkit.Anonymous()} {
		_, err := s.as(who).AddFavourite(t.Context(), &catalogv1.AddFavouriteRequest{GameId: s.ids()["a"]})
		require.Contains(t, []codes.Code{codes.PermissionDenied, codes.Unauthenticated}, status.Code(err))
		_, err = s.as(who).RemoveFavourite(t.Context(), &catalogv1.RemoveFavouriteRequest{GameId: s.ids()["a"]})
		require.Contains(t, []codes.Code{codes.PermissionDenied, codes.Unauthenticated}, status.Code(err))
		_, err = s.as(who).ListFavourites(t.Context(), &catalogv1.ListFavouritesRequest{})
		require.Contains(t, []codes.Code{codes.PermissionDenied, codes.Unauthenticated}, status.Code(err))
		_, err = s.as(who).ListRecentlyPlayed(t.Context(), &catalogv1.ListRecentlyPlayedRequest{})
		require.Contains(t, []codes.Code{codes.PermissionDenied, codes.Unauthenticated}, status.Code(err))
	}
}

func TestAddFavourite_Maximum(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	_, err := s.DB.Exec(t.Context(), `INSERT INTO game (game_id, integration_id, code, name, studio, category, rtp_bps, thumbnail_url, blocked_countries, offered, created_at, updated_at)
		SELECT 'gam_x' || n, 'other', 'x' || n, 'X', '', 'slots', 0, '', '{}', true, now(), now() FROM generate_series(1, 200) n`)
	require.NoError(t, err)
	_, err = s.DB.Exec(t.Context(), "INSERT INTO favourite SELECT 'ply_DE_1', game_id, now() FROM game WHERE integration_id = 'other'")
	require.NoError(t, err)
	_, err = s.as(testkit.Player("ply_DE_1")).AddFavourite(t.Context(), &catalogv1.AddFavouriteRequest{GameId: s.ids()["a"]})
	refused(t, err, catalogv1.ErrorReason_ERROR_REASON_TOO_MANY_FAVOURITES)
}

// TestListRecentlyPlayed: events come twice and late, and nothing but the newest time of a game counts.
func TestListRecentlyPlayed(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stock()
	me := testkit.Player("ply_DE_1")
	started := func(id, game string) {
		s.PublishAs(id, "game_session.started.v1", "ply_DE_1", 1, proto.Message(&gamingv1.GameSessionStarted{GameSessionId: "gse_" + id, PlayerId: "ply_DE_1", GameId: game, Currency: "EUR"}))
	}
	recent := func() []string {
		r, err := s.as(me).ListRecentlyPlayed(t.Context(), &catalogv1.ListRecentlyPlayedRequest{})
		require.NoError(t, err)
		out := []string{}
		for _, g := range r.GetGames() {
			out = append(out, g.GetGame().GetCode())
		}
		return out
	}
	ids := s.ids()
	for i, code := range []string{"a", "b", "c"} {
		started("evt_"+strconv.Itoa(i), ids[code])
		s.Clock.Advance(time.Second)
	}
	started("evt_0", ids["a"])
	started("evt_9", ids["a"])
	require.Eventually(t, func() bool { r := recent(); return len(r) == 3 && r[0] == "a" }, 20*time.Second, 20*time.Millisecond)
	require.Equal(t, []string{"a", "c", "b"}, recent())
	s.publish("c", false)
	require.Equal(t, []string{"a", "b"}, recent())

	_, err := s.DB.Exec(t.Context(), "INSERT INTO recently_played SELECT 'ply_DE_1', 'gam_old' || n, now() - interval '1 year' + n * interval '1 second' FROM generate_series(1, 80) n")
	require.NoError(t, err)
	started("evt_10", ids["b"])
	require.Eventually(t, func() bool { return recent()[0] == "b" }, 20*time.Second, 20*time.Millisecond)
	var kept int
	require.NoError(t, s.DB.QueryRow(t.Context(), "SELECT count(*) FROM recently_played").Scan(&kept))
	require.Equal(t, 50, kept)
}
