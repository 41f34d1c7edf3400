package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestFundTestPlayer(t *testing.T) {
	f := startWallet(t)
	player := f.player("")
	ref := &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_TEST, SourceId: "suite-1"}
	type request = *walletv1.FundTestPlayerRequest
	first := run(f, moving[request, *walletv1.FundTestPlayerResponse]{
		do: walletv1.WalletServiceClient.FundTestPlayer, peer: "identity", amount: "amount",
		req:      &walletv1.FundTestPlayerRequest{RequestId: f.request(), PlayerId: player, Amount: eur("100.00"), Reference: ref},
		conflict: func(r request) { r.Withdraw = true },
		bad:      []bad[request]{{"INSUFFICIENT_FUNDS", func(r request) { r.Withdraw = true }}},
		balance:  "100.00 0.00 v1",
		entries:  []string{"TRANSFER TEST_FUNDING -100.00", "TRANSFER CASH 100.00"},
	})
	event := lastEvent(f, "wallet.credited.v1", 1, first.GetOperationId(), &walletv1.FundsCredited{})
	require.Equal(t, walletv1.SourceKind_SOURCE_KIND_TEST, event.GetReference().GetSourceKind())

	// Back again, but not more than is free.
	f.bet(player, "30.00")
	identity := f.as(testkit.Peer("identity"))
	back := &walletv1.FundTestPlayerRequest{RequestId: f.request(), PlayerId: player, Amount: eur("70.01"), Withdraw: true, Reference: ref}
	f.refused("INSUFFICIENT_FUNDS", func() error { _, err := identity.FundTestPlayer(t.Context(), back); return err })
	back.Amount = eur("70.00")
	r, err := identity.FundTestPlayer(t.Context(), back)
	require.NoError(t, err)
	require.Equal(t, []string{"TRANSFER CASH -70.00", "TRANSFER TEST_FUNDING 70.00"}, f.entries(r.GetOperationId()))
	require.Equal(t, "0.00 30.00 v3", f.balance(player))
}

// Test money is neither a deposit nor a withdrawal: no limit of the player counts it.
func TestFundTestPlayer_NoLimitCountsIt(t *testing.T) {
	f := startWallet(t)
	player := f.player("")
	_, err := f.as(testkit.Peer("compliance")).SetGuard(t.Context(), &walletv1.SetGuardRequest{
		PlayerId: player, Kind: walletv1.GuardKind_GUARD_KIND_DEPOSIT, Layer: walletv1.GuardLayer_GUARD_LAYER_PLAYER,
		Window: walletv1.GuardWindow_GUARD_WINDOW_ROLLING_24H, Maximum: eur("5.00"), Reason: "test",
	})
	require.NoError(t, err)
	_, err = f.as(testkit.Peer("identity")).FundTestPlayer(t.Context(), &walletv1.FundTestPlayerRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("50.00"),
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_TEST, SourceId: "suite-1"},
	})
	require.NoError(t, err)
	guards, err := f.cashier.ListPlayerGuards(t.Context(), &walletv1.ListPlayerGuardsRequest{PlayerId: player})
	require.NoError(t, err)
	require.Equal(t, "0.00", guards.GetGuards()[0].GetUsed().GetAmount())
}
