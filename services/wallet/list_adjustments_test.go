package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListAdjustments(t *testing.T) {
	f := startWallet(t)
	ann, bob := f.player("10.00"), f.player("10.00")
	first, second, foreign := f.requested(f.adjustment(ann, "1.00")), f.requested(f.adjustment(ann, "2.00")), f.requested(f.adjustment(bob, "3.00"))
	_, err := f.finance("opr_approves").ApproveAdjustment(t.Context(), &walletv1.ApproveAdjustmentRequest{AdjustmentId: second})
	require.NoError(t, err)
	all := func(c walletv1.WalletServiceClient, player string, state walletv1.AdjustmentState, size int32) []string {
		var found []string
		page := &commonv1.PageRequest{Size: size}
		for {
			r, err := c.ListAdjustments(t.Context(), &walletv1.ListAdjustmentsRequest{PlayerId: player, State: state, Page: page})
			require.NoError(t, err)
			for _, a := range r.GetAdjustments() {
				found = append(found, a.GetAdjustmentId())
			}
			if page.Token = r.GetPage().GetNextToken(); page.GetToken() == "" {
				return found
			}
			require.Len(t, r.GetAdjustments(), int(size))
		}
	}
	anyone := f.as(testkit.Operator("support"))
	for _, size := range []int32{0, 1, 2} {
		require.Equal(t, []string{foreign, second, first}, all(anyone, "", 0, size))
		require.Equal(t, []string{second, first}, all(anyone, ann, 0, size))
		require.Equal(t, []string{foreign, first}, all(anyone, "", walletv1.AdjustmentState_ADJUSTMENT_STATE_REQUESTED, size))
		require.Equal(t, []string{second}, all(anyone, ann, walletv1.AdjustmentState_ADJUSTMENT_STATE_POSTED, size))
		require.Empty(t, all(anyone, bob, walletv1.AdjustmentState_ADJUSTMENT_STATE_REJECTED, size))
	}

	// A token leads on in its own list and in no other.
	page, err := anyone.ListAdjustments(t.Context(), &walletv1.ListAdjustmentsRequest{Page: &commonv1.PageRequest{Size: 1}})
	require.NoError(t, err)
	_, err = anyone.ListAdjustments(t.Context(), &walletv1.ListAdjustmentsRequest{
		PlayerId: ann, Page: &commonv1.PageRequest{Size: 1, Token: page.GetPage().GetNextToken()},
	})
	require.Equal(t, "BAD_PAGE_TOKEN", errs.ReasonOf(err))
	_, err = anyone.ListAdjustments(t.Context(), &walletv1.ListAdjustmentsRequest{State: 9})
	require.Equal(t, "VALIDATION", errs.ReasonOf(err))
	f.deniedTo(func(c walletv1.WalletServiceClient) error {
		_, err := c.ListAdjustments(t.Context(), &walletv1.ListAdjustmentsRequest{})
		return err
	}, testkit.Peer("cashier"), testkit.Peer("bonus"), testkit.Player(ann), testkit.Operator("player"), testkit.Partner("pcl_1", "wallet"))
}
