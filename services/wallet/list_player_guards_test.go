package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListPlayerGuards(t *testing.T) {
	f := startWallet(t)
	player := f.player("100.00")
	_, err := f.as(testkit.Operator("risk")).SetGuard(t.Context(), stakeLimit(player, "10.00"))
	require.NoError(t, err)
	req := &walletv1.ListPlayerGuardsRequest{PlayerId: player}
	for _, c := range []testkit.Caller{testkit.Operator("support"), testkit.Peer("gaming"), testkit.Peer("cashier")} {
		r, err := f.as(c).ListPlayerGuards(t.Context(), req)
		require.NoError(t, err)
		require.Len(t, r.GetGuards(), 1)
	}
	f.deniedTo(func(c walletv1.WalletServiceClient) error { _, err := c.ListPlayerGuards(t.Context(), req); return err },
		testkit.Peer("catalog"), testkit.Player(player), testkit.Operator("player"), testkit.Partner("pcl_1", "wallet"))
}
