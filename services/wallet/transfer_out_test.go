package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func transferRef(id string) *walletv1.Reference {
	return &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_TRANSFER, SourceId: id}
}

func TestTransferOut(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	f.grant(player, "gnt_1", "50.00")
	type request = *walletv1.TransferOutRequest
	first := run(f, moving[request, *walletv1.TransferOutResponse]{
		do: walletv1.WalletServiceClient.TransferOut, peer: "gaming", amount: "amount",
		req: &walletv1.TransferOutRequest{
			RequestId: f.request(), PlayerId: player, Amount: eur("4.00"), Provider: "acme", Reference: transferRef("trf_1"), ExpectedVersion: 2,
		},
		bad: []bad[request]{
			{"VALIDATION", func(r request) { r.Provider = "" }},
			{"VALIDATION", func(r request) { r.ExpectedVersion = -1 }},
			{"STALE_VERSION", func(r request) { r.ExpectedVersion = 1 }},
			{"INSUFFICIENT_FUNDS", func(r request) { r.Amount = eur("10.01") }},
		},
		conflict: func(r request) { r.Provider = "other" },
		balance:  "6.00 0.00 b50.00/- v3",
		entries:  []string{"TRANSFER_OUT CASH -4.00", "TRANSFER_OUT PROVIDER_BANK 4.00"},
	})
	event := lastEvent(f, "wallet.debited.v1", 1, first.GetOperationId(), &walletv1.FundsDebited{})
	require.Equal(t, walletv1.EntryType_ENTRY_TYPE_TRANSFER_OUT, event.GetEntryType())
	require.Equal(t, "trf_1", event.GetReference().GetSourceId())
}

// What is taken to a provider's wallet is played with there: restrictions of stakes hold, and it counts as lost.
func TestTransferOut_Guards(t *testing.T) {
	f := startWallet(t)
	player := f.player("100.00")
	out := func(amount string) error {
		_, err := f.gaming.TransferOut(t.Context(), &walletv1.TransferOutRequest{
			RequestId: f.request(), PlayerId: player, Amount: eur(amount), Provider: "acme", Reference: transferRef("trf_1"),
		})
		return err
	}
	risk := f.as(testkit.Peer("risk"))
	limit := stakeLimit(player, "10.00")
	limit.Kind = limitNetLoss
	_, err := risk.SetGuard(t.Context(), limit)
	require.NoError(t, err)
	require.NoError(t, out("9.00"))
	require.Equal(t, "LIMIT_REACHED", errs.ReasonOf(out("1.01")))
	_, err = f.gaming.TransferIn(t.Context(), &walletv1.TransferInRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("5.00"), Provider: "acme", Reference: transferRef("trf_1"),
	})
	require.NoError(t, err)
	require.NoError(t, out("6.00"))
	_, err = risk.SetGuard(t.Context(), &walletv1.SetGuardRequest{
		PlayerId: player, Kind: walletv1.GuardKind_GUARD_KIND_NO_STAKE, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Reason: "case",
	})
	require.NoError(t, err)
	require.Equal(t, "RESTRICTED", errs.ReasonOf(out("0.01")))
}
