package gaming_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
)

func TestResolveUnmatchedWin(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	_, err := g.win("v1", "v1-w", "v1-b", "5.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_NOT_FOUND)
	req := &gamingv1.ResolveUnmatchedWinRequest{UnmatchedWinId: g.unmatched()[0].GetUnmatchedWinId(), Pay: new(true), Reason: "the studio proved it"}
	staffOnly(t, c, g.id, func(ctx context.Context, x gamingv1.GamingServiceClient) error {
		_, err := x.ResolveUnmatchedWin(ctx, req)
		return err
	})
	_, err = c.finance().ResolveUnmatchedWin(t.Context(), &gamingv1.ResolveUnmatchedWinRequest{UnmatchedWinId: req.GetUnmatchedWinId(), Pay: new(true), PlayerId: "ply_another", Reason: "typed wrongly"})
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_UNMATCHED_WIN_PLAYER)
	_, err = c.finance().ResolveUnmatchedWin(t.Context(), &gamingv1.ResolveUnmatchedWinRequest{UnmatchedWinId: req.GetUnmatchedWinId(), Reason: "forgot what to do"})
	require.Equal(t, codes.InvalidArgument, status.Code(err), "neither paid nor dismissed")
	require.Equal(t, gamingv1.UnmatchedWinState_UNMATCHED_WIN_STATE_OPEN, g.unmatched()[0].GetState())
	g.cash("100.00", "0.00")
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if _, err := c.finance().ResolveUnmatchedWin(t.Context(), req); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	g.cash("105.00", "0.00")
	w := g.unmatched()[0]
	require.Equal(t, []any{gamingv1.UnmatchedWinState_UNMATCHED_WIN_STATE_PAID, "the studio proved it", "opr_finance"}, []any{w.GetState(), w.GetResolution(), w.GetResolvedBy()})
	again, err := g.win("v1", "v1-w", "v1-b", "5.00")
	require.NoError(t, err, "its provider sends it once more")
	require.True(t, again.GetReceipt().GetReplayed())
	g.cash("105.00", "0.00")
	_, err = c.finance().ResolveUnmatchedWin(t.Context(), &gamingv1.ResolveUnmatchedWinRequest{UnmatchedWinId: w.GetUnmatchedWinId(), Reason: "no", Pay: new(false)})
	require.Error(t, err)
	req.Pay = new(false)
	_, err = c.finance().ResolveUnmatchedWin(t.Context(), req)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_UNMATCHED_WIN_RESOLVED)
	req.UnmatchedWinId = "uwn_none"
	_, err = c.finance().ResolveUnmatchedWin(t.Context(), req)
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_UNMATCHED_WIN_NOT_FOUND)
	c.verify()
}
