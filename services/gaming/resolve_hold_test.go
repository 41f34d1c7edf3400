package gaming_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

const (
	giveBack  = gamingv1.HoldAction_HOLD_ACTION_RELEASE
	makeAnew  = gamingv1.HoldAction_HOLD_ACTION_ATTACH
	followBet = gamingv1.HoldAction_HOLD_ACTION_FOLLOW_BET
)

// TestResolveHold_Release: a stake that nobody owns goes back, once, and the finding is closed with the reason.
func TestResolveHold_Release(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	hold, _ := g.orphan("R")
	c.compared()
	require.Len(t, c.allFindings(), 1)
	first, err := c.resolve("finance", &gamingv1.ResolveHoldRequest{HoldId: hold, Action: giveBack})
	require.NoError(t, err)
	require.Equal(t, "asked the studio", first.GetFinding().GetResolution())
	require.NotEmpty(t, first.GetFinding().GetResolvedBy())
	again, err := c.resolve("finance", &gamingv1.ResolveHoldRequest{HoldId: hold, Action: giveBack, Reason: "once more"})
	require.NoError(t, err)
	require.True(t, proto.Equal(first, again))
	g.cash("100.00", "0.00")
	_, err = c.resolve("finance", &gamingv1.ResolveHoldRequest{HoldId: hold, Action: makeAnew})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_HOLD_CLOSED)
	c.verify()
}

// TestResolveHold_ReleaseKnown: when the transaction is known, or told, it counts as cancelled: a bet that comes late is refused and takes nothing.
func TestResolveHold_ReleaseKnown(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	hold, long := g.orphan("R")
	_, err := c.resolve("finance", &gamingv1.ResolveHoldRequest{HoldId: hold, Action: giveBack, ProviderTxId: "another"})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_HOLD_MISMATCH)
	for range 2 {
		_, err = c.resolve("finance", &gamingv1.ResolveHoldRequest{HoldId: hold, Action: giveBack, ProviderTxId: long})
		require.NoError(t, err)
	}
	g.cash("100.00", "0.00")
	_, err = g.bet("R", long, "10.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_CANCELLED)
	g.cash("100.00", "0.00")
	c.verify()
}

// TestResolveHold_Attach: with what the operator tells, and what the hold proves, the bet is made anew.
func TestResolveHold_Attach(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	hold, long := g.orphan("R")
	_, err := c.resolve("finance", &gamingv1.ResolveHoldRequest{HoldId: hold, Action: makeAnew})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_HOLD_UNKNOWN_BET)
	_, err = c.resolve("finance", &gamingv1.ResolveHoldRequest{HoldId: hold, Action: makeAnew, ProviderTxId: long, IntegrationId: "another"})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_HOLD_MISMATCH)
	require.Zero(t, g.rounds())
	for range 2 {
		r, err := c.resolve("finance", &gamingv1.ResolveHoldRequest{HoldId: hold, Action: makeAnew, ProviderTxId: long})
		require.NoError(t, err)
		require.Equal(t, g.hold("R").GetBetId(), r.GetBetId())
		require.Equal(t, g.hold("R").GetRoundId(), r.GetRoundId())
	}
	require.Equal(t, hold, g.hold("R").GetHoldId())
	_, err = c.resolve("finance", &gamingv1.ResolveHoldRequest{HoldId: hold, Action: giveBack})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_HOLD_OWNED)
	g.must(g.lastWin("R", "w", long, "4.00"))
	g.cash("94.00", "0.00")
	c.verify()
}

// TestResolveHold_FollowBet: a hold that stayed open although its bet is over is brought to where the bet is.
func TestResolveHold_FollowBet(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	g.must(g.bet("won", "b1", "10.00"))
	g.must(g.bet("void", "b2", "10.00"))
	g.must(g.bet("open", "b3", "10.00"))
	won, void, waits := g.hold("won").GetHoldId(), g.hold("void").GetHoldId(), g.hold("open").GetHoldId()
	g.exec("UPDATE bet SET state = 3, payout_minor = 2500, settled_at = now() WHERE hold_id = $1", won)
	g.exec("UPDATE bet SET state = 4, settled_at = now() WHERE hold_id = $1", void)
	c.compared()
	require.Len(t, c.allFindings(), 2)
	for range 2 {
		for _, hold := range []string{won, void} {
			_, err := c.resolve("finance", &gamingv1.ResolveHoldRequest{HoldId: hold, Action: followBet})
			require.NoError(t, err)
		}
	}
	g.cash("105.00", "10.00")
	_, err := c.resolve("finance", &gamingv1.ResolveHoldRequest{HoldId: waits, Action: followBet})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_HOLD_OWNED)
	c.verify()
}

func TestResolveHold_Refusals(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	hold, _ := g.orphan("R")
	_, err := c.resolve("finance", &gamingv1.ResolveHoldRequest{HoldId: "hld_nobody", Action: giveBack})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_HOLD_NOT_FOUND)
	_, err = c.resolve("finance", &gamingv1.ResolveHoldRequest{HoldId: hold, Action: followBet})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_HOLD_UNKNOWN_BET)
	for _, bad := range []*gamingv1.ResolveHoldRequest{{HoldId: hold}, {Action: giveBack}, {HoldId: hold, Action: giveBack, Reason: "no"}} {
		_, err = c.resolve("finance", bad)
		require.Equal(t, codes.InvalidArgument, status.Code(err), "%v", bad)
	}
	_, err = c.resolve("support", &gamingv1.ResolveHoldRequest{HoldId: hold, Action: giveBack})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	_, err = c.as(g.id).ResolveHold(t.Context(), &gamingv1.ResolveHoldRequest{HoldId: hold, Action: giveBack, Reason: "mine"})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	g.cash("90.00", "10.00")
}
