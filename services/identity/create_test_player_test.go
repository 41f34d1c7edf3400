package identity

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func testPlayerRequest() *identityv1.CreateTestPlayerRequest {
	return &identityv1.CreateTestPlayerRequest{RequestId: "suite-1", Country: "DE", Currency: "EUR", Language: "de", DisplayName: "Certification"}
}

// testPlayer opens one as an administrator.
func (w *world) testPlayer() string {
	w.t.Helper()
	res, err := w.admin().CreateTestPlayer(w.ctx(), testPlayerRequest())
	require.NoError(w.t, err)
	return res.GetPlayerId()
}

func TestCreateTestPlayer(t *testing.T) {
	w := newWorld(t)
	admin := w.as(testkit.OperatorNamed("opr_1", "admin"))
	first, err := admin.CreateTestPlayer(w.ctx(), testPlayerRequest())
	require.NoError(t, err)
	require.False(t, first.GetReplayed())
	p := first.GetPlayer()
	require.Equal(t, first.GetPlayerId(), p.GetPlayerId())
	require.True(t, ids.IsTestPlayer(p.GetPlayerId()))
	require.Equal(t, "DE EUR de Certification opr_1", p.GetCountry()+" "+p.GetCurrency()+" "+p.GetLanguage()+" "+p.GetDisplayName()+" "+p.GetCreatedBy())
	require.Equal(t, identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE, p.GetStatus())

	// Services and the back office see what it is, and so does whoever reads events.
	for _, peer := range []string{"gaming", "cashier", "catalog", "wallet"} {
		st, err := w.as(testkit.Peer(peer)).GetPlayerStatus(w.ctx(), &identityv1.GetPlayerStatusRequest{PlayerId: p.GetPlayerId()})
		require.NoError(t, err)
		require.True(t, proto.Equal(&identityv1.GetPlayerStatusResponse{
			Status: identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE, Country: "DE", Language: "de", Test: true, Currency: "EUR", DisplayName: "Certification",
		}, st), "%v", st)
	}
	got, err := w.admin().GetPlayer(w.ctx(), &identityv1.GetPlayerRequest{PlayerId: p.GetPlayerId()})
	require.NoError(t, err)
	require.True(t, got.GetPlayer().GetTest())
	var e identityv1.PlayerRegistered
	require.NoError(t, w.Events("player.registered.v1", 1)[0].Decode(&e))
	require.True(t, e.GetTest())
	require.Equal(t, "test", e.GetMethod())

	// The same request again is the same player; another one under its key is refused; another operator has keys of their own.
	again, err := admin.CreateTestPlayer(w.ctx(), testPlayerRequest())
	require.NoError(t, err)
	require.True(t, again.GetReplayed())
	require.True(t, proto.Equal(p, again.GetPlayer()))
	other := testPlayerRequest()
	other.Currency = "USD"
	_, err = admin.CreateTestPlayer(w.ctx(), other)
	requireReason(t, "IDEMPOTENCY_CONFLICT", err)
	require.NotEqual(t, p.GetPlayerId(), w.testPlayer())
	require.Len(t, w.Events("player.registered.v1", 2), 2)

	for field, change := range map[string]func(*identityv1.CreateTestPlayerRequest){
		"currency": func(r *identityv1.CreateTestPlayerRequest) { r.Currency = "ZZZ" },
		"language": func(r *identityv1.CreateTestPlayerRequest) { r.Language = "qq" },
		"country":  func(r *identityv1.CreateTestPlayerRequest) { r.Country = "ZZ" },
	} {
		r := testPlayerRequest()
		r.RequestId = "suite-" + field
		change(r)
		_, err = admin.CreateTestPlayer(w.ctx(), r)
		requireReason(t, "FIELD_INVALID", err)
	}
	_, err = admin.CreateTestPlayer(w.ctx(), &identityv1.CreateTestPlayerRequest{RequestId: "x", Currency: "EUR"})
	requireReason(t, "VALIDATION", err)
	for _, who := range []testkit.Caller{testkit.Operator("support"), testkit.Operator("finance"), testkit.Player("ply_x"), testkit.Peer("gaming")} {
		_, err = w.as(who).CreateTestPlayer(w.ctx(), testPlayerRequest())
		requireReason(t, "PERMISSION_DENIED", err)
	}
}

// One request that is sent many times at once makes one player.
func TestCreateTestPlayer_Race(t *testing.T) {
	w := newWorld(t)
	admin := w.as(testkit.OperatorNamed("opr_1", "admin"))
	made := make([]string, 8)
	var wg sync.WaitGroup
	for i := range made {
		wg.Go(func() {
			res, err := admin.CreateTestPlayer(w.ctx(), testPlayerRequest())
			if err == nil {
				made[i] = res.GetPlayerId()
			}
		})
	}
	wg.Wait()
	for _, id := range made {
		require.NotEmpty(t, id)
		require.Equal(t, made[0], id)
	}
	require.Len(t, w.Events("player.registered.v1", 1), 1)
}
