package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

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
	_, err = s.as(testkit.Operator("support")).PutLobby(t.Context(), &catalogv1.PutLobbyRequest{})
	denied(t, err)
}
