package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListGuards(t *testing.T) {
	f := startWallet(t)
	player, other := f.player("100.00"), f.player("")
	for _, p := range []string{player, other} {
		_, err := f.as(testkit.Operator("risk")).SetGuard(t.Context(), stakeLimit(p, "10.00"))
		require.NoError(t, err)
	}
	f.bet(player, "4.00")
	r, err := f.as(testkit.Player(player)).ListGuards(t.Context(), &walletv1.ListGuardsRequest{})
	require.NoError(t, err)
	require.Len(t, r.GetGuards(), 1)
	g := r.GetGuards()[0]
	require.Equal(t, []string{player, "10.00", "4.00", "6.00", "risk profile"},
		[]string{g.GetPlayerId(), g.GetMaximum().GetAmount(), g.GetUsed().GetAmount(), g.GetRemaining().GetAmount(), g.GetReason()})
	f.deniedTo(func(c walletv1.WalletServiceClient) error {
		_, err := c.ListGuards(t.Context(), &walletv1.ListGuardsRequest{})
		return err
	},
		testkit.Peer("gaming"), testkit.Operator("admin"), testkit.Partner("pcl_1", "wallet"))
}
