package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// More may come back than was transferred out, because the player may have won.
func TestTransferIn(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	type request = *walletv1.TransferInRequest
	first := run(f, moving[request, *walletv1.TransferInResponse]{
		do: walletv1.WalletServiceClient.TransferIn, peer: "gaming", amount: "amount",
		req: &walletv1.TransferInRequest{RequestId: f.request(), PlayerId: player, Amount: eur("25.00"), Provider: "acme", Reference: transferRef("trf_1")},
		bad: []bad[request]{
			{"VALIDATION", func(r request) { r.Provider = "Acme!" }},
			{"AMOUNT_OVERFLOW", func(r request) { r.Amount = eur("92233720368547758.07") }},
		},
		conflict: func(r request) { r.Amount = eur("25.01") },
		balance:  "35.00 0.00 v2",
		entries:  []string{"TRANSFER_IN PROVIDER_BANK -25.00", "TRANSFER_IN CASH 25.00"},
	})
	event := lastEvent(f, "wallet.credited.v1", 2, first.GetOperationId(), &walletv1.FundsCredited{})
	require.Equal(t, walletv1.EntryType_ENTRY_TYPE_TRANSFER_IN, event.GetEntryType())
}
