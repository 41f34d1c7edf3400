package gaming_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// staff is gaming as one operator sees it.
func (c *casino) staff(roles ...string) gamingv1.GamingServiceClient {
	return gamingv1.NewGamingServiceClient(c.As(testkit.OperatorNamed("opr_staff", roles...)))
}

func (c *casino) grantRequest(player string) *gamingv1.GrantFreeRoundsRequest {
	return &gamingv1.GrantFreeRoundsRequest{
		RequestId: ids.New("req"), PlayerId: player, GameIds: []string{c.games["slot"], c.games["other"]}, Rounds: 10, BetValue: eur("0.20"),
		ExpiresAt: timestamppb.New(c.Clock.Now().Add(24 * time.Hour)),
	}
}

// TestGrantFreeRounds: the provider gets them once, however often the operator asks; a provider that does not answer is asked again; what it refuses
// is told; bad grants leave nothing.
func TestGrantFreeRounds(t *testing.T) {
	t.Parallel()
	c := open(t)
	player := ids.New("ply")
	req := c.grantRequest(player)
	_, err := c.staff("support").GrantFreeRounds(t.Context(), req)
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	first, err := c.staff("admin").GrantFreeRounds(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, gamingv1.FreeRoundsState_FREE_ROUNDS_STATE_ACTIVE, first.GetFreeRounds().GetState())
	again, err := c.staff("admin").GrantFreeRounds(t.Context(), req)
	require.NoError(t, err)
	require.True(t, proto.Equal(first, again))
	require.Len(t, c.out.books.granted, 1)
	require.Equal(t, []string{"slot", "other"}, c.out.books.granted[0].GetGameCodes())
	other := proto.Clone(req).(*gamingv1.GrantFreeRoundsRequest)
	other.Rounds = 11
	_, err = c.staff("admin").GrantFreeRounds(t.Context(), other)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)

	for name, bad := range map[string]struct {
		change func(*gamingv1.GrantFreeRoundsRequest)
		reason gamingv1.ErrorReason
	}{
		"no such game": {func(r *gamingv1.GrantFreeRoundsRequest) { r.GameIds = []string{"gam_nope"} }, gamingv1.ErrorReason_ERROR_REASON_GAME_NOT_FOUND},
		"hidden game":  {func(r *gamingv1.GrantFreeRoundsRequest) { r.GameIds = []string{c.games["hidden"]} }, gamingv1.ErrorReason_ERROR_REASON_GAME_UNAVAILABLE},
		"nothing":      {func(r *gamingv1.GrantFreeRoundsRequest) { r.BetValue = eur("0.00") }, gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT},
		"negative":     {func(r *gamingv1.GrantFreeRoundsRequest) { r.BetValue = eur("-1.00") }, gamingv1.ErrorReason_ERROR_REASON_INVALID_AMOUNT},
		"over": {func(r *gamingv1.GrantFreeRoundsRequest) {
			r.ExpiresAt = timestamppb.New(c.Clock.Now().Add(-time.Minute))
		}, gamingv1.ErrorReason_ERROR_REASON_FREE_ROUNDS_CLOSED},
	} {
		r := c.grantRequest(player)
		bad.change(r)
		_, err = c.staff("admin").GrantFreeRounds(t.Context(), r)
		require.True(t, errs.Is(err, bad.reason), "%s: %v", name, err)
	}

	c.out.books.set(func(b *books) { b.err = status.Error(codes.Unavailable, "away") })
	pending, err := c.staff("admin").GrantFreeRounds(t.Context(), c.grantRequest(player))
	require.NoError(t, err)
	require.Equal(t, gamingv1.FreeRoundsState_FREE_ROUNDS_STATE_PENDING, pending.GetFreeRounds().GetState())
	c.out.books.set(func(b *books) { b.err = nil })
	c.Clock.Advance(time.Minute)
	eventually(t, "the provider is asked again", func() bool {
		return c.freeRounds(pending.GetFreeRounds().GetFreeRoundsId()) == gamingv1.FreeRoundsState_FREE_ROUNDS_STATE_ACTIVE
	})

	c.out.books.set(func(b *books) {
		b.err = errs.New(adapterv1.ErrorReason_ERROR_REASON_PROVIDER_REFUSED, "no", "provider_code", "7", "provider_message", "no such game")
	})
	no, err := c.staff("admin").GrantFreeRounds(t.Context(), c.grantRequest(player))
	require.NoError(t, err)
	require.Equal(t, gamingv1.FreeRoundsState_FREE_ROUNDS_STATE_REFUSED, no.GetFreeRounds().GetState())
	require.Equal(t, "7 no such game", no.GetFreeRounds().GetRefusal())
	c.out.books.set(func(b *books) {
		b.err = errs.New(adapterv1.ErrorReason_ERROR_REASON_NOT_SUPPORTED, "no", "what", "offer of such free rounds")
	})
	req = c.grantRequest(player)
	for range 2 {
		_, err = c.staff("admin").GrantFreeRounds(t.Context(), req)
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_FREE_ROUNDS_NOT_SUPPORTED)
		require.Equal(t, "offer of such free rounds", errs.Metadata(err)["what"])
	}
}

// TestGrantFreeRounds_Unknown: there is no player to give anything to, and nobody to open a game.
func TestGrantFreeRounds_Unknown(t *testing.T) {
	t.Parallel()
	c := open(t)
	player := ids.New("ply")
	c.become(player, identityv1.PlayerStatus_PLAYER_STATUS_UNSPECIFIED)
	_, err := c.staff("admin").GrantFreeRounds(t.Context(), c.grantRequest(player))
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_NOT_FOUND)
	require.Equal(t, codes.NotFound, status.Code(err))
	_, err = c.as(player).LaunchGame(t.Context(), &gamingv1.LaunchGameRequest{GameId: c.games["slot"], Currency: "EUR"})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PLAYER_NOT_FOUND)
}

// become changes what identity says of a player.
func (c *casino) become(player string, state identityv1.PlayerStatus) {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	c.out.statuses[player] = state
}

// TestGrantFreeRounds_Again: the same request answers the first grant, whatever has become of the player, the games and the time, and other content is told as such.
func TestGrantFreeRounds_Again(t *testing.T) {
	t.Parallel()
	c := open(t)
	player := ids.New("ply")
	req := c.grantRequest(player)
	first, err := c.staff("admin").GrantFreeRounds(t.Context(), req)
	require.NoError(t, err)
	again := func(what string) {
		t.Helper()
		c.Clock.Advance(time.Second) // nothing that was looked up before is used again
		_, err := c.staff("admin").GrantFreeRounds(t.Context(), c.grantRequest(player))
		require.Error(t, err, what)
		r, err := c.staff("admin").GrantFreeRounds(t.Context(), req)
		require.NoError(t, err, what)
		require.Equal(t, first.GetFreeRounds().GetFreeRoundsId(), r.GetFreeRounds().GetFreeRoundsId(), what)
		other := proto.CloneOf(req)
		other.Rounds++
		_, err = c.staff("admin").GrantFreeRounds(t.Context(), other)
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_DUPLICATE_MISMATCH)
	}
	c.become(player, identityv1.PlayerStatus_PLAYER_STATUS_LOCKED)
	again("a lock")
	c.become(player, identityv1.PlayerStatus_PLAYER_STATUS_ACTIVE)
	back := catalogv1.NewCatalogServiceClient(c.To("catalog", testkit.Operator("admin")))
	_, err = back.SetGamePublished(t.Context(), &catalogv1.SetGamePublishedRequest{GameId: c.games["slot"], Published: new(false)})
	require.NoError(t, err)
	again("a game that is hidden")
	c.Clock.Advance(25 * time.Hour)
	again("the time is over")
	require.Len(t, c.out.books.granted, 1)
}

// TestGrantFreeRounds_SomeOfTheGames: a provider that gives the rounds for one game only is believed, and the grant says so to whoever asks again.
func TestGrantFreeRounds_SomeOfTheGames(t *testing.T) {
	t.Parallel()
	c := open(t)
	req := c.grantRequest(ids.New("ply"))
	c.out.books.set(func(b *books) { b.given = []string{"other"} })
	for range 2 {
		g, err := c.staff("admin").GrantFreeRounds(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, []string{c.games["other"]}, g.GetFreeRounds().GetGameIds())
	}
	c.out.books.set(func(b *books) { b.given = []string{"other", "never asked for"} })
	g, err := c.staff("admin").GrantFreeRounds(t.Context(), c.grantRequest(ids.New("ply")))
	require.NoError(t, err)
	require.Equal(t, req.GetGameIds(), g.GetFreeRounds().GetGameIds(), "what was never asked for says nothing")
}

func (c *casino) freeRounds(id string) gamingv1.FreeRoundsState {
	c.t.Helper()
	r, err := c.staff("support").ListFreeRounds(c.t.Context(), &gamingv1.ListFreeRoundsRequest{})
	require.NoError(c.t, err)
	for _, f := range r.GetFreeRounds() {
		if f.GetFreeRoundsId() == id {
			return f.GetState()
		}
	}
	return 0
}

// TestFinishedFreeRounds: what free rounds have won is paid for a grant that is known, once, and ends it.
func TestFinishedFreeRounds(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("10.00")
	granted, err := c.staff("admin").GrantFreeRounds(t.Context(), c.grantRequest(g.id))
	require.NoError(t, err)
	prize := func(ref string) (*gamingv1.CreditPrizeResponse, error) {
		return c.adapter.CreditPrize(t.Context(), &gamingv1.CreditPrizeRequest{
			Caller: g.caller(), ProviderTxId: "fr-1", Amount: eur("7.50"), Kind: gamingv1.PrizeKind_PRIZE_KIND_FREE_ROUNDS, FreeRoundsRef: ref,
		})
	}
	_, err = prize("nobody's")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_FREE_ROUNDS_NOT_FOUND)
	for _, replayed := range []bool{false, true} {
		r, err := prize(granted.GetFreeRounds().GetProviderRef())
		require.NoError(t, err)
		require.Equal(t, replayed, r.GetReceipt().GetReplayed())
	}
	g.cash("17.50", "0.00")
	require.Equal(t, gamingv1.FreeRoundsState_FREE_ROUNDS_STATE_FINISHED, c.freeRounds(granted.GetFreeRounds().GetFreeRoundsId()))
	_, err = c.staff("admin").CancelFreeRounds(t.Context(), &gamingv1.CancelFreeRoundsRequest{FreeRoundsId: granted.GetFreeRounds().GetFreeRoundsId()})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_FREE_ROUNDS_CLOSED)
}

// TestListFreeRounds: in pages, newest first, by player.
func TestListFreeRounds(t *testing.T) {
	t.Parallel()
	c := open(t)
	player, want := ids.New("ply"), []string{}
	for range 3 {
		g, err := c.staff("admin").GrantFreeRounds(t.Context(), c.grantRequest(player))
		require.NoError(t, err)
		want = append([]string{g.GetFreeRounds().GetFreeRoundsId()}, want...)
	}
	_, err := c.staff("admin").GrantFreeRounds(t.Context(), c.grantRequest(ids.New("ply")))
	require.NoError(t, err)
	var got []string
	req := &gamingv1.ListFreeRoundsRequest{PlayerId: player, Page: &commonv1.PageRequest{Size: 2}}
	for {
		r, err := c.staff("support").ListFreeRounds(t.Context(), req)
		require.NoError(t, err)
		for _, f := range r.GetFreeRounds() {
			got = append(got, f.GetFreeRoundsId())
		}
		if req.Page.Token = r.GetPage().GetNextToken(); req.GetPage().GetToken() == "" {
			break
		}
	}
	require.Equal(t, want, got)
	_, err = c.as(player).ListFreeRounds(t.Context(), &gamingv1.ListFreeRoundsRequest{})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}
