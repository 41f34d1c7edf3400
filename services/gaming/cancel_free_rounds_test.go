package gaming_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// TestCancelFreeRounds: the provider first, once; what is over cannot be cancelled; a grant whose time is over expires.
func TestCancelFreeRounds(t *testing.T) {
	t.Parallel()
	c := open(t)
	player := ids.New("ply")
	g, err := c.staff("admin").GrantFreeRounds(t.Context(), c.grantRequest(player))
	require.NoError(t, err)
	req := &gamingv1.CancelFreeRoundsRequest{FreeRoundsId: g.GetFreeRounds().GetFreeRoundsId()}
	_, err = c.staff("support").CancelFreeRounds(t.Context(), req)
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	for range 2 {
		r, err := c.staff("admin").CancelFreeRounds(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, gamingv1.FreeRoundsState_FREE_ROUNDS_STATE_CANCELLED, r.GetFreeRounds().GetState())
	}
	require.Len(t, c.out.books.revoked, 1)
	require.Equal(t, g.GetFreeRounds().GetProviderRef(), c.out.books.revoked[0].GetProviderRef())
	_, err = c.staff("admin").CancelFreeRounds(t.Context(), &gamingv1.CancelFreeRoundsRequest{FreeRoundsId: "frg_nope"})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_FREE_ROUNDS_NOT_FOUND)

	late, err := c.staff("admin").GrantFreeRounds(t.Context(), c.grantRequest(player))
	require.NoError(t, err)
	c.Clock.Advance(25 * time.Hour)
	id := late.GetFreeRounds().GetFreeRoundsId()
	eventually(t, "it expires", func() bool { return c.freeRounds(id) == gamingv1.FreeRoundsState_FREE_ROUNDS_STATE_EXPIRED })
	_, err = c.staff("admin").CancelFreeRounds(t.Context(), &gamingv1.CancelFreeRoundsRequest{FreeRoundsId: id})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_FREE_ROUNDS_CLOSED)
}

// grants are free rounds that the provider may have.
type grants struct {
	*casino
	player string
}

func (c *casino) grants(t *testing.T) grants {
	x := *c
	x.t = t
	return grants{casino: &x, player: ids.New("ply")}
}

// unanswered is a grant that the provider has made, or not, without our knowing it.
func (g grants) unanswered() string {
	g.t.Helper()
	g.out.books.set(func(b *books) { b.lost = true })
	r, err := g.staff("admin").GrantFreeRounds(g.t.Context(), g.grantRequest(g.player))
	require.NoError(g.t, err)
	require.Equal(g.t, gamingv1.FreeRoundsState_FREE_ROUNDS_STATE_PENDING, r.GetFreeRounds().GetState())
	g.out.books.set(func(b *books) { b.lost = false })
	return r.GetFreeRounds().GetFreeRoundsId()
}

func (g grants) active() string {
	g.t.Helper()
	r, err := g.staff("admin").GrantFreeRounds(g.t.Context(), g.grantRequest(g.player))
	require.NoError(g.t, err)
	return r.GetFreeRounds().GetFreeRoundsId()
}

func (g grants) cancel(id string) (*gamingv1.CancelFreeRoundsResponse, error) {
	return g.staff("admin").CancelFreeRounds(g.t.Context(), &gamingv1.CancelFreeRoundsRequest{FreeRoundsId: id})
}

// cancelled takes a grant back and says what the answer must be.
func (g grants) cancelled(id string, want gamingv1.FreeRoundsState) {
	g.t.Helper()
	r, err := g.cancel(id)
	require.NoError(g.t, err)
	require.Equal(g.t, want, r.GetFreeRounds().GetState())
}

func (g grants) becomes(id string, want gamingv1.FreeRoundsState) {
	g.t.Helper()
	eventually(g.t, "it becomes "+want.String(), func() bool { return g.freeRounds(id) == want })
}

// theirs is what the provider has of a grant.
func (g grants) theirs(id string) (state string) {
	g.out.books.set(func(b *books) { state = b.free[id] })
	return state
}

// refusal is what the list says of a grant.
func (g grants) refusal(id string) string {
	g.t.Helper()
	r, err := g.staff("support").ListFreeRounds(g.t.Context(), &gamingv1.ListFreeRoundsRequest{PlayerId: g.player})
	require.NoError(g.t, err)
	for _, f := range r.GetFreeRounds() {
		if f.GetFreeRoundsId() == id {
			return f.GetRefusal()
		}
	}
	return "it is not in the list"
}

const (
	cancelling = gamingv1.FreeRoundsState_FREE_ROUNDS_STATE_CANCELLING
	cancelled  = gamingv1.FreeRoundsState_FREE_ROUNDS_STATE_CANCELLED
)

// TestCancelFreeRounds_AnswerLost: what the provider has given without our knowing it is taken back there, by what the grant said, and is not asked for again.
func TestCancelFreeRounds_AnswerLost(t *testing.T) {
	t.Parallel()
	g := open(t).grants(t)
	id := g.unanswered()
	require.Equal(t, "alive", g.theirs(id))
	for range 2 {
		g.cancelled(id, cancelling)
		require.Equal(t, "revoked", g.theirs(id))
	}
	told := g.out.books.revoked[0]
	require.Equal(t, []any{id, "", g.player, []string{"slot", "other"}, "EUR"}, []any{
		told.GetGrantId(), told.GetProviderRef(), told.GetPlayerId(), told.GetGameCodes(), told.GetCurrency(),
	})
	g.Clock.Advance(time.Minute)
	g.becomes(id, cancelled)
	g.cancelled(id, cancelled)
	require.Empty(t, g.refusal(id))
	require.Len(t, g.out.books.granted, 1)
}

// TestCancelFreeRounds_ProviderSilent: a provider that does not answer is told again, and what is won meanwhile is paid. When the time is over nothing is owed any more.
func TestCancelFreeRounds_ProviderSilent(t *testing.T) {
	t.Parallel()
	g := open(t).grants(t)
	all := []string{g.active(), g.unanswered()}
	g.out.books.set(func(b *books) { b.err = status.Error(codes.Unavailable, "away") })
	for _, id := range all {
		g.cancelled(id, cancelling)
		g.cancelled(id, cancelling)
		require.Equal(t, "alive", g.theirs(id))
	}
	g.out.books.set(func(b *books) { b.err = nil })
	g.Clock.Advance(time.Minute)
	for _, id := range all {
		g.becomes(id, cancelled)
		require.Equal(t, "revoked", g.theirs(id))
	}

	id := g.active()
	g.out.books.set(func(b *books) { b.err = status.Error(codes.Unavailable, "away") })
	g.cancelled(id, cancelling)
	g.Clock.Advance(25 * time.Hour)
	g.becomes(id, gamingv1.FreeRoundsState_FREE_ROUNDS_STATE_EXPIRED)
}

// TestCancelFreeRounds_OnItsWay: a grant that reaches the provider after its cancellation does not live, whether the answer to it arrives or not.
func TestCancelFreeRounds_OnItsWay(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]bool{"answered": false, "lost": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := open(t).grants(t)
			way := make(chan struct{})
			t.Cleanup(func() { close(way) })
			g.out.books.set(func(b *books) { b.way, b.lost = way, lost })
			done := make(chan *gamingv1.GrantFreeRoundsResponse, 1)
			go func() {
				r, _ := g.staff("admin").GrantFreeRounds(t.Context(), g.grantRequest(g.player))
				done <- r
			}()
			<-way
			list, err := g.staff("support").ListFreeRounds(t.Context(), &gamingv1.ListFreeRoundsRequest{PlayerId: g.player})
			require.NoError(t, err)
			id := list.GetFreeRounds()[0].GetFreeRoundsId()
			g.cancelled(id, cancelling)
			require.Equal(t, "400 cannot be cancelled", g.refusal(id), "the provider has nothing yet")
			g.out.books.set(func(b *books) { b.way = nil })
			way <- struct{}{}
			if r := <-done; lost || r == nil { // nobody waited for it on a slow machine
				require.Equal(t, "alive", g.theirs(id))
				g.Clock.Advance(time.Minute)
			} else {
				require.Equal(t, cancelled, r.GetFreeRounds().GetState())
			}
			g.becomes(id, cancelled)
			require.Equal(t, "revoked", g.theirs(id))
			require.Len(t, g.out.books.granted, 1)
		})
	}
}

// TestCancelFreeRounds_NeverAsked: where the provider was never asked there is nothing to take back, and it never is.
func TestCancelFreeRounds_NeverAsked(t *testing.T) {
	t.Parallel()
	g := open(t).grants(t)
	off := func(disabled bool) {
		g.out.mu.Lock()
		defer g.out.mu.Unlock()
		g.out.disabled = disabled
		g.Clock.Advance(time.Second) // what was looked up before is not used again
	}
	off(true)
	_, err := g.staff("admin").GrantFreeRounds(t.Context(), g.grantRequest(g.player))
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_PROVIDER_UNAVAILABLE)
	list, err := g.staff("support").ListFreeRounds(t.Context(), &gamingv1.ListFreeRoundsRequest{PlayerId: g.player})
	require.NoError(t, err)
	id := list.GetFreeRounds()[0].GetFreeRoundsId()
	g.cancelled(id, cancelled)
	off(false)
	later := g.unanswered()
	g.Clock.Advance(time.Minute)
	g.becomes(later, gamingv1.FreeRoundsState_FREE_ROUNDS_STATE_ACTIVE)
	require.Equal(t, cancelled, g.freeRounds(id))
	require.Empty(t, g.theirs(id))
	require.Empty(t, g.out.books.revoked)
}

// TestCancelFreeRounds_Played: what the provider does not take back stays the player's, and the list says why; where the provider never answered the grant it is cancelled here. What is won is
// paid in every case.
func TestCancelFreeRounds_Played(t *testing.T) {
	t.Parallel()
	c := open(t)
	player := c.seat("10.00")
	g := c.grants(t)
	g.player = player.id
	win := func(tx, ref string) {
		t.Helper()
		_, err := c.adapter.CreditPrize(t.Context(), &gamingv1.CreditPrizeRequest{
			Caller: player.caller(), ProviderTxId: tx, Amount: eur("1.00"), Kind: gamingv1.PrizeKind_PRIZE_KIND_FREE_ROUNDS, FreeRoundsRef: ref,
		})
		require.NoError(t, err)
	}
	played := func(id string) { g.out.books.set(func(b *books) { b.free[id] = "played" }) }

	known := g.active()
	played(known)
	for range 2 {
		_, err := g.cancel(known)
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_FREE_ROUNDS_CLOSED)
		require.Equal(t, []string{"REFUSED_BY_PROVIDER", "400 cannot be cancelled"}, []string{errs.Metadata(err)["state"], errs.Metadata(err)["refusal"]})
		require.Equal(t, gamingv1.FreeRoundsState_FREE_ROUNDS_STATE_ACTIVE, g.freeRounds(known))
		require.Equal(t, "400 cannot be cancelled", g.refusal(known))
	}
	win("w1", "their-"+known)
	require.Equal(t, gamingv1.FreeRoundsState_FREE_ROUNDS_STATE_FINISHED, g.freeRounds(known))

	unknown := g.unanswered()
	played(unknown)
	g.cancelled(unknown, cancelling)
	g.Clock.Advance(time.Minute)
	g.becomes(unknown, cancelled)
	require.Equal(t, "400 cannot be cancelled", g.refusal(unknown))
	win("w2", unknown)
	require.Equal(t, cancelled, g.freeRounds(unknown))

	silent := g.active()
	g.out.books.set(func(b *books) { b.err = status.Error(codes.Unavailable, "away") })
	g.cancelled(silent, cancelling)
	win("w3", "their-"+silent)
	require.Equal(t, gamingv1.FreeRoundsState_FREE_ROUNDS_STATE_FINISHED, g.freeRounds(silent), "nothing is left to be taken back")
	player.cash("13.00", "0.00")
	c.verify()
}
