package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

func TestDeposit(t *testing.T) {
	f := startWallet(t)
	req := &walletv1.DepositRequest{
		RequestId: f.request(), PlayerId: f.player(""), Amount: eur("10.00"), Psp: "stripe",
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_DEPOSIT, SourceId: "dep_1"},
	}
	call := func(c walletv1.WalletServiceClient) error { _, err := c.Deposit(t.Context(), req); return err }
	f.deniedTo(call, notTheCashier(req.GetPlayerId())...)
	f.badAmounts(false, func(m *commonv1.Money) error {
		_, err := f.cashier.Deposit(t.Context(), &walletv1.DepositRequest{
			RequestId: req.GetRequestId(), PlayerId: req.GetPlayerId(), Amount: m, Psp: "stripe", Reference: req.GetReference(),
		})
		return err
	})
	f.refused("VALIDATION", func() error {
		_, err := f.cashier.Deposit(t.Context(), &walletv1.DepositRequest{
			RequestId: "r\x00", PlayerId: req.GetPlayerId(), Amount: eur("1.00"), Psp: "stripe", Reference: req.GetReference(),
		})
		return err
	})

	first, err := f.cashier.Deposit(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, "10.00 0.00 v1", short(first.GetBalanceAfter()))
	require.Equal(t, []string{"DEPOSIT PSP -10.00", "DEPOSIT CASH 10.00"}, f.entries(first.GetOperationId()))
	repeated(f, first, func() (*walletv1.DepositResponse, error) { return f.cashier.Deposit(t.Context(), req) }, func() error {
		_, err := f.cashier.Deposit(t.Context(), &walletv1.DepositRequest{
			RequestId: req.GetRequestId(), PlayerId: req.GetPlayerId(), Amount: eur("10.01"), Psp: "stripe", Reference: req.GetReference(),
		})
		return err
	})

	event := &walletv1.FundsCredited{}
	m := f.h.Events("wallet.credited.v1", 1)[0]
	require.NoError(t, m.Decode(event))
	require.Equal(t, first.GetOperationId(), event.GetOperationId())
	require.Equal(t, walletv1.EntryType_ENTRY_TYPE_DEPOSIT, event.GetEntryType())
	require.Equal(t, "dep_1", event.GetReference().GetSourceId())
	require.Equal(t, req.GetPlayerId()+"/EUR", m.AggregateID)
	require.Equal(t, int64(1), m.Version)
	require.Equal(t, req.GetPlayerId(), m.PlayerID)
}

func TestDeposit_BalanceDoesNotOverflow(t *testing.T) {
	f := startWallet(t)
	player := f.player("92233720368547758.07")
	f.refused("AMOUNT_OVERFLOW", func() error {
		_, err := f.cashier.Deposit(t.Context(), &walletv1.DepositRequest{
			RequestId: f.request(), PlayerId: player, Amount: eur("0.01"), Psp: "other", Reference: betRef("dep"),
		})
		return err
	})
}

func TestDeposit_KeysOfTwoCallersAreDifferent(t *testing.T) {
	f := startWallet(t)
	player, key := f.player("5.00"), "shared key"
	_, err := f.cashier.Debit(t.Context(), &walletv1.DebitRequest{
		RequestId: key, PlayerId: player, Amount: eur("1.00"), Counterparty: "psp:stripe", Reference: betRef("x"),
	})
	require.NoError(t, err)
	_, err = f.gaming.Debit(t.Context(), &walletv1.DebitRequest{
		RequestId: key, PlayerId: player, Amount: eur("2.00"), Counterparty: "house:acme", Reference: betRef("x"),
	})
	require.NoError(t, err)
	require.Equal(t, "2.00 0.00 v3", f.balance(player))
}
