package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestListPlayerBalances(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	req := &walletv1.ListPlayerBalancesRequest{PlayerId: player}
	for _, role := range []string{"support", "finance", "admin"} {
		r, err := f.as(testkit.Operator(role)).ListPlayerBalances(t.Context(), req)
		require.NoError(t, err)
		require.Len(t, r.GetBalances(), 1)
		require.Equal(t, "10.00 0.00 v1", short(r.GetBalances()[0]))
	}
	for _, c := range []testkit.Caller{testkit.Player(player), testkit.Peer("gaming"), testkit.Operator("player")} {
		_, err := f.as(c).ListPlayerBalances(t.Context(), req)
		require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(err))
	}
}
