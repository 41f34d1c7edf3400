package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestFindOperation(t *testing.T) {
	f := startWallet(t)
	player, key := f.player("10.00"), f.request()
	hold, err := f.gaming.PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{RequestId: key, PlayerId: player, Amount: eur("4.00"), Reference: roundRef("r1")})
	require.NoError(t, err)
	find := func(c walletv1.WalletServiceClient, key string) (*walletv1.FindOperationResponse, error) {
		return c.FindOperation(t.Context(), &walletv1.FindOperationRequest{RequestId: key})
	}
	r, err := find(f.gaming, key)
	require.NoError(t, err)
	require.Equal(t, hold.GetOperationId(), r.GetOperation().GetOperationId())
	require.Equal(t, hold.GetHoldId(), r.GetHoldId())
	require.Len(t, r.GetOperation().GetEntries(), 2)

	_, err = find(f.gaming, "never used")
	require.Equal(t, "OPERATION_NOT_FOUND", errs.ReasonOf(err))
	_, err = find(f.cashier, key)
	require.Equal(t, "OPERATION_NOT_FOUND", errs.ReasonOf(err), "keys belong to the caller")
	for _, c := range []testkit.Caller{testkit.Player(player), testkit.Peer("catalog"), testkit.Operator("admin")} {
		_, err := find(f.as(c), key)
		require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(err))
	}
}
