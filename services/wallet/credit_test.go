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

// Late winnings of a closed hold are split as it was, and go where it was said when the pool is closed.
func TestCredit_LateWinnings(t *testing.T) {
	f := startWallet(t)
	player, other := f.player("1.00"), f.player("1.00")
	f.grant(player, "gnt_1", "2.00")
	hold := f.stake(player, "gnt_1", "3.00", walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST, 0).GetHoldId()
	f.settle(player, hold, "0.00")
	req := &walletv1.CreditRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("1.00"), Provider: "acme", EntryType: walletv1.EntryType_ENTRY_TYPE_PAYOUT,
		Reference: roundRef("r1"), HoldId: hold,
	}
	type request = *walletv1.CreditRequest
	refuses(f, f.gaming, walletv1.WalletServiceClient.Credit, req,
		bad[request]{"HOLD_NOT_FOUND", func(r request) { r.HoldId = "hld_none" }},
		bad[request]{"HOLD_MISMATCH", func(r request) { r.PlayerId = other }},
		bad[request]{"HOLD_MISMATCH", func(r request) { r.Amount = usd("1.00") }},
		bad[request]{"FUNDING_INVALID", func(r request) { r.EntryType = walletv1.EntryType_ENTRY_TYPE_TRANSFER }},
	)
	withdrawal := f.withdrawal(other, "1.00")
	refuses(f, f.gaming, walletv1.WalletServiceClient.Credit, req,
		bad[request]{"HOLD_MISMATCH", func(r request) { r.PlayerId, r.HoldId = other, withdrawal }})
	first, err := f.gaming.Credit(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, "0.34 0.00 b0.66/- v5", short(first.GetBalanceAfter()))
	require.Equal(t, []string{"PAYOUT HOUSE -0.34", "PAYOUT CASH 0.34", "PAYOUT HOUSE -0.66", "PAYOUT BONUS 0.66"}, f.entries(first.GetOperationId()))
	repeated(f, first, func() (*walletv1.CreditResponse, error) { return f.gaming.Credit(t.Context(), req) }, func() error {
		_, err := f.gaming.Credit(t.Context(), &walletv1.CreditRequest{
			RequestId: req.GetRequestId(), PlayerId: player, Amount: eur("1.00"), Provider: "acme", EntryType: walletv1.EntryType_ENTRY_TYPE_PAYOUT, Reference: roundRef("r1"),
		})
		return err
	})
	f.closePool(player, "gnt_1", walletv1.LateMoney_LATE_MONEY_DISCARD)
	late, err := f.gaming.Credit(t.Context(), &walletv1.CreditRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("3.00"), Provider: "acme", EntryType: walletv1.EntryType_ENTRY_TYPE_PAYOUT, Reference: roundRef("r1"), HoldId: hold,
	})
	require.NoError(t, err)
	require.Equal(t, []string{"PAYOUT HOUSE -1.00", "PAYOUT CASH 1.00", "PAYOUT HOUSE -2.00", "PAYOUT BONUS_COST 2.00"}, f.entries(late.GetOperationId()))
	require.Equal(t, "1.34 0.00 v7", f.balance(player))
}
