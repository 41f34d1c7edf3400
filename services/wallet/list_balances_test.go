package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListBalances(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	f.player("99.00") // somebody else's money is not seen
	_, err := f.gaming.Credit(t.Context(), &walletv1.CreditRequest{
		RequestId: f.request(), PlayerId: player, Amount: &commonv1.Money{Amount: "0.5", Currency: "BTC"}, Provider: "acme",
		EntryType: walletv1.EntryType_ENTRY_TYPE_TRANSFER, Reference: betRef("prize"),
	})
	require.NoError(t, err)
	f.bet(player, "4.00")
	r, err := f.as(testkit.Player(player)).ListBalances(t.Context(), &walletv1.ListBalancesRequest{})
	require.NoError(t, err)
	require.Len(t, r.GetBalances(), 2)
	require.Equal(t, "0.50000000 0.00000000 v1", short(r.GetBalances()[0]))
	require.Equal(t, "6.00 4.00 v2", short(r.GetBalances()[1]))
	require.Equal(t, player, r.GetBalances()[1].GetPlayerId())

	for _, c := range []testkit.Caller{testkit.Peer("gaming"), testkit.Operator("admin"), testkit.Partner("pcl_1", "wallet")} {
		_, err := f.as(c).ListBalances(t.Context(), &walletv1.ListBalancesRequest{})
		require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(err))
	}
	_, err = f.as(testkit.Anonymous()).ListBalances(t.Context(), &walletv1.ListBalancesRequest{})
	require.Equal(t, "UNAUTHENTICATED", errs.ReasonOf(err))
}
