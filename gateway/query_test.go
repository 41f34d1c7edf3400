package gateway_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestQuery(t *testing.T) {
	t.Parallel()
	m := &mesh{}
	var got *walletv1.ListEntriesRequest
	m.entries = func(q *walletv1.ListEntriesRequest) (*walletv1.ListEntriesResponse, error) {
		got = q
		return &walletv1.ListEntriesResponse{}, nil
	}
	w := newWorld(t, m, options{})
	bearer := w.Bearer(testkit.Player("ply_1"))
	get := func(path string) answer { return w.do("GET", path, "", "Authorization", bearer) }

	a := get("/v1/wallet/entries?page.size=7&filter.roundId=r%2F1&filter.types=ENTRY_TYPE_HOLD&filter.types=ENTRY_TYPE_PAYOUT&filter.from=2025-01-01T00:00:00Z")
	require.Equal(t, 200, a.StatusCode, a.body)
	require.EqualValues(t, 7, got.GetPage().GetSize())
	require.Equal(t, "r/1", got.GetFilter().GetRoundId())
	require.Len(t, got.GetFilter().GetTypes(), 2)
	require.Equal(t, 200, get("/v1/wallet/entries?filter.round_id=r").StatusCode)

	for _, bad := range []string{"limit=1", "page.limit=1", "page.size.x=1", "filter.types.x=1", "player_id=ply_2", "filter.round_id=a&filter.roundId=b", "page.size=1&page.size=2",
		"page.size=x", "page=1", "%zz=1", "a;b=1", "page.size=1&utm_source=x", "=1", "page.token=%ff", "filter.roundId=a%c0%80"} {
		a := get("/v1/wallet/entries?" + bad)
		require.Equal(t, 400, a.StatusCode, bad)
		require.Equal(t, "MALFORMED", a.reason(t), bad)
	}

	a = w.do("POST", login+"?email=x", `{"email":"a@b.example","password":"x"}`)
	require.Equal(t, 400, a.StatusCode, "the body is the whole request")
	operator := w.Bearer(testkit.Operator("admin"))
	a = w.do("GET", "/v1/operator/players/ply_1/entries?player_id=ply_2", "", "Authorization", operator)
	require.Equal(t, 400, a.StatusCode, "the path says it")
	require.Equal(t, "MALFORMED", a.reason(t))
	a = w.do("GET", "/v1/operator/players/%ff/entries", "", "Authorization", operator)
	require.Equal(t, 400, a.StatusCode, "the path is not UTF-8")
	require.Equal(t, "MALFORMED", a.reason(t))
}
