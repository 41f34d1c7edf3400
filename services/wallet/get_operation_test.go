package wallet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestGetOperation(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	req := &walletv1.PlaceAndSettleRequest{
		RequestId: f.request(), PlayerId: player, Stake: eur("4.00"), Payout: eur("1.00"), Provider: "acme", Reference: roundRef("r1"),
	}
	done, err := f.gaming.PlaceAndSettle(t.Context(), req)
	require.NoError(t, err)
	r, err := f.as(testkit.Operator("finance")).GetOperation(t.Context(), &walletv1.GetOperationRequest{OperationId: done.GetOperationId()})
	require.NoError(t, err)
	op := r.GetOperation()
	require.Equal(t, "PLACE_AND_SETTLE", op.GetKind())
	require.Equal(t, req.GetRequestId(), op.GetRequestId())
	require.Equal(t, player, op.GetPlayerId())
	require.Equal(t, "r1", op.GetReference().GetRoundId())
	require.Equal(t, "7.00 0.00 v2", short(op.GetBalanceAfter()))
	require.Len(t, op.GetEntries(), 6)
	require.Equal(t, "6.00", op.GetEntries()[0].GetBalanceAfter().GetAmount())
	require.Equal(t, "7.00", op.GetEntries()[5].GetBalanceAfter().GetAmount())
	require.WithinDuration(t, f.h.Clock.Now(), op.GetCreatedAt().AsTime(), time.Minute)

	_, err = f.gaming.GetOperation(t.Context(), &walletv1.GetOperationRequest{OperationId: "wop_none"})
	require.Equal(t, "OPERATION_NOT_FOUND", errs.ReasonOf(err))
	for _, c := range []testkit.Caller{testkit.Player(player), testkit.Peer("catalog"), testkit.Operator("player")} {
		_, err := f.as(c).GetOperation(t.Context(), &walletv1.GetOperationRequest{OperationId: done.GetOperationId()})
		require.Equal(t, "PERMISSION_DENIED", errs.ReasonOf(err))
	}
}
