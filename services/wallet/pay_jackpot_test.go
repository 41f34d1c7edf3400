package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// The pot may go below zero: what it lacks is the operator's seed. It pays cash, also to a player who only has bonus money.
func TestPayJackpot(t *testing.T) {
	f := startWallet(t)
	player := f.player("")
	f.grant(player, "gnt_1", "5.00")
	type request = *walletv1.PayJackpotRequest
	first := run(f, moving[request, *walletv1.PayJackpotResponse]{
		do: walletv1.WalletServiceClient.PayJackpot, peer: "gaming", amount: "amount",
		req: &walletv1.PayJackpotRequest{RequestId: f.request(), PlayerId: player, Amount: eur("5000.00"), JackpotId: "mega", Reference: roundRef("r1")},
		bad: []bad[request]{
			{"VALIDATION", func(r request) { r.JackpotId = "" }},
			{"VALIDATION", func(r request) { r.JackpotId = "Mega Jackpot" }},
		},
		conflict: func(r request) { r.JackpotId = "mini" },
		balance:  "5000.00 0.00 b5.00/- v2",
		entries:  []string{"JACKPOT_WIN JACKPOT -5000.00", "JACKPOT_WIN CASH 5000.00"},
	})
	event := lastEvent(f, "wallet.credited.v1", 1, first.GetOperationId(), &walletv1.FundsCredited{})
	require.Equal(t, walletv1.EntryType_ENTRY_TYPE_JACKPOT_WIN, event.GetEntryType())
	require.Equal(t, "r1", event.GetReference().GetRoundId())
}
