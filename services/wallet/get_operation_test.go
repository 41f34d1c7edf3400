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

// Amount, winnings and detail are kept with the operation, and each entry says whose pool it moved.
func TestGetOperation_Detail(t *testing.T) {
	f := startWallet(t)
	player := f.player("1.00")
	f.grant(player, "gnt_1", "5.00")
	stake := f.stake(player, "gnt_1", "3.00", walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST, 0)
	placed := f.operation(stake.GetOperationId())
	require.Equal(t, []string{"PLACE_HOLD", "3.00", "-", "gnt_1", "2.00"}, []string{
		placed.GetKind(), placed.GetAmount().GetAmount(), orDash(placed.GetPayout()), placed.GetDetail().GetGrantId(), placed.GetDetail().GetAmountBonus().GetAmount(),
	})
	settled := f.operation(f.settle(player, stake.GetHoldId(), "10.00"))
	require.Equal(t, []string{"SETTLE_HOLD", "3.00", "10.00", "2.00", "6.66", "-"}, []string{
		settled.GetKind(), settled.GetAmount().GetAmount(), settled.GetPayout().GetAmount(), settled.GetDetail().GetAmountBonus().GetAmount(),
		settled.GetDetail().GetPayoutBonus().GetAmount(), orDash(settled.GetDetail().GetRemaining()),
	})
	var grants []string
	for _, e := range settled.GetEntries() {
		if k := e.GetAccount(); k == walletv1.AccountKind_ACCOUNT_KIND_BONUS || k == walletv1.AccountKind_ACCOUNT_KIND_HELD_BONUS {
			grants = append(grants, e.GetGrantId())
		} else {
			require.Empty(t, e.GetGrantId())
		}
	}
	require.Equal(t, []string{"gnt_1", "gnt_1"}, grants)
	plain := f.operation(f.settle(player, f.bet(player, "1.00"), "0.00"))
	require.Nil(t, plain.GetDetail())
	require.Nil(t, plain.GetPayout())

	// The entries are found through the accounts that the operation keeps.
	var accounts, entries int
	require.NoError(t, f.h.DB.QueryRow(t.Context(), "SELECT cardinality(accounts), entry_count FROM operation WHERE id = $1", settled.GetOperationId()).Scan(&accounts, &entries))
	require.Equal(t, []int{5, 8}, []int{accounts, entries})
	r, err := f.bonus.GetOperation(t.Context(), &walletv1.GetOperationRequest{OperationId: settled.GetOperationId()})
	require.NoError(t, err)
	require.Len(t, r.GetOperation().GetEntries(), 8)
}
