package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

func TestCredit(t *testing.T) {
	f := startWallet(t)
	player, key := f.player("10.00"), f.request()
	request := func() *walletv1.CreditRequest {
		return &walletv1.CreditRequest{RequestId: key, PlayerId: player, Amount: eur("4.00"), Provider: "acme", EntryType: walletv1.EntryType_ENTRY_TYPE_PAYOUT, Reference: roundRef("r1")}
	}
	f.deniedTo(func(c walletv1.WalletServiceClient) error { _, err := c.Credit(t.Context(), request()); return err }, notGaming(player)...)
	with := func(m *commonv1.Money) error {
		r := request()
		r.Amount = m
		_, err := f.gaming.Credit(t.Context(), r)
		return err
	}
	f.badAmounts(false, with)
	wrongType := request()
	wrongType.EntryType = walletv1.EntryType_ENTRY_TYPE_DEPOSIT
	f.refused("VALIDATION", func() error { _, err := f.gaming.Credit(t.Context(), wrongType); return err })

	first, err := f.gaming.Credit(t.Context(), request())
	require.NoError(t, err)
	require.Equal(t, "14.00 0.00 v2", short(first.GetBalanceAfter()))
	require.Equal(t, []string{"PAYOUT HOUSE -4.00", "PAYOUT CASH 4.00"}, f.entries(first.GetOperationId()))
	repeated(f, first, func() (*walletv1.CreditResponse, error) { return f.gaming.Credit(t.Context(), request()) },
		func() error { return with(eur("4.01")) })

	event := &walletv1.FundsCredited{}
	events := f.h.Events("wallet.credited.v1", 1)
	require.NoError(t, events[len(events)-1].Decode(event))
	for _, m := range f.h.Events("wallet.credited.v1", 2)[1:] {
		require.NoError(t, m.Decode(event))
	}
	require.Equal(t, first.GetOperationId(), event.GetOperationId())
	require.Equal(t, walletv1.EntryType_ENTRY_TYPE_PAYOUT, event.GetEntryType())
}
