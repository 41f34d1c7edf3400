package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestDebit(t *testing.T) {
	f := startWallet(t)
	player, key := f.player("10.00"), f.request()
	request := func() *walletv1.DebitRequest {
		return &walletv1.DebitRequest{RequestId: key, PlayerId: player, Amount: eur("4.00"), Counterparty: "house:acme", Reference: roundRef("r1")}
	}
	f.deniedTo(func(c walletv1.WalletServiceClient) error { _, err := c.Debit(t.Context(), request()); return err }, testkit.Peer("catalog"), testkit.Player(player), testkit.Operator("admin"), testkit.Partner("pcl_1", "wallet"))
	with := func(m *commonv1.Money) error {
		r := request()
		r.Amount = m
		_, err := f.gaming.Debit(t.Context(), r)
		return err
	}
	f.badAmounts(false, with)
	f.refused("INSUFFICIENT_FUNDS", func() error { return with(eur("10.01")) })
	for counterparty, c := range map[string]walletv1.WalletServiceClient{"psp:stripe": f.gaming, "house:acme": f.cashier} {
		r := request()
		r.Counterparty = counterparty
		f.refused("COUNTERPARTY_NOT_ALLOWED", func() error { _, err := c.Debit(t.Context(), r); return err })
	}
	odd := request()
	odd.Counterparty = player
	f.refused("VALIDATION", func() error { _, err := f.gaming.Debit(t.Context(), odd); return err })

	first, err := f.gaming.Debit(t.Context(), request())
	require.NoError(t, err)
	require.Equal(t, "6.00 0.00 v2", short(first.GetBalanceAfter()))
	require.Equal(t, []string{"TRANSFER CASH -4.00", "TRANSFER HOUSE 4.00"}, f.entries(first.GetOperationId()))
	repeated(f, first, func() (*walletv1.DebitResponse, error) { return f.gaming.Debit(t.Context(), request()) },
		func() error { return with(eur("4.01")) })

	event := &walletv1.FundsDebited{}
	events := f.h.Events("wallet.debited.v1", 1)
	require.NoError(t, events[len(events)-1].Decode(event))
	require.Equal(t, first.GetOperationId(), event.GetOperationId())
	require.Equal(t, walletv1.EntryType_ENTRY_TYPE_TRANSFER, event.GetEntryType())
}

func TestDebit_CashierToPaymentProvider(t *testing.T) {
	f := startWallet(t)
	r, err := f.cashier.Debit(t.Context(), &walletv1.DebitRequest{
		RequestId: f.request(), PlayerId: f.player("10.00"), Amount: eur("4.00"), Counterparty: "psp:stripe", Reference: betRef("dep_1"),
	})
	require.NoError(t, err)
	require.Equal(t, []string{"TRANSFER CASH -4.00", "TRANSFER PSP 4.00"}, f.entries(r.GetOperationId()))
}
