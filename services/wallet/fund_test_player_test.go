package wallet

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestFundTestPlayer(t *testing.T) {
	f := startWallet(t)
	player := ids.NewTestPlayer()
	ref := &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_TEST, SourceId: "suite-1"}
	type request = *walletv1.FundTestPlayerRequest
	first := run(f, moving[request, *walletv1.FundTestPlayerResponse]{
		do: walletv1.WalletServiceClient.FundTestPlayer, peer: "identity", amount: "amount",
		req:      &walletv1.FundTestPlayerRequest{RequestId: f.request(), PlayerId: player, Amount: eur("100.00"), Reference: ref},
		conflict: func(r request) { r.Withdraw = true },
		bad: []bad[request]{
			{"INSUFFICIENT_FUNDS", func(r request) { r.Withdraw = true }},
			{"TEST_PLAYER", func(r request) { r.PlayerId = f.player("") }},
		},
		balance: "100.00 0.00 v1",
		entries: []string{"TRANSFER TEST_FUNDING -100.00", "TRANSFER CASH 100.00"},
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
	player := ids.NewTestPlayer()
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

// Whatever a test player does, no account of a real player, the house, a bonus or a payment provider moves.
func TestFundTestPlayer_NeverMixes(t *testing.T) {
	f := startWallet(t)
	real, player := f.player("10.00"), ids.NewTestPlayer()
	f.settled(real, "2.00", "0.00")
	_, err := f.as(testkit.Peer("identity")).FundTestPlayer(t.Context(), &walletv1.FundTestPlayerRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("50.00"),
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_TEST, SourceId: "suite-1"},
	})
	require.NoError(t, err)
	before := f.owners(func(owner string) bool { return !strings.HasPrefix(owner, "test:") && owner != player })

	f.settled(player, "5.00", "20.00")
	f.grant(player, "gnt_1", "5.00")
	_, err = f.gaming.PlaceAndSettle(t.Context(), &walletv1.PlaceAndSettleRequest{
		RequestId: f.request(), PlayerId: player, Stake: eur("3.00"), Payout: eur("0.00"), Provider: "acme", Reference: roundRef("r2"),
		Jackpots: []*walletv1.JackpotPart{{JackpotId: "mega", Amount: eur("0.10")}},
	})
	require.NoError(t, err)
	require.Equal(t, before, f.owners(func(owner string) bool { return !strings.HasPrefix(owner, "test:") && owner != player }))
	require.Equal(t, map[string]int64{"test:funding": -5000, "test:house:acme": -1210, "test:jackpot:mega": 10, "test:bonus_cost": -500},
		f.owners(func(owner string) bool { return strings.HasPrefix(owner, "test:") }))

	v, err := f.as(testkit.Operator("finance")).VerifyLedger(t.Context(), &walletv1.VerifyLedgerRequest{})
	require.NoError(t, err)
	require.Equal(t, "8.00", v.GetCurrencies()[0].GetPlayerFunds().GetAmount())
	f.refused("TEST_PLAYER", func() error {
		_, err := f.cashier.Deposit(t.Context(), &walletv1.DepositRequest{
			RequestId: f.request(), PlayerId: player, Amount: eur("1.00"), Psp: "stripe", Reference: betRef("dep"),
		})
		return err
	})
	f.refused("TEST_PLAYER", func() error {
		_, err := f.cashier.ReserveWithdrawal(t.Context(), &walletv1.ReserveWithdrawalRequest{
			RequestId: f.request(), PlayerId: player, Amount: eur("1.00"), Reference: withdrawalRef("wdr_1"),
		})
		return err
	})
}

// owners is the balance of each owner of accounts, all stripes and kinds together, held money included.
func (f *fixture) owners(such func(owner string) bool) map[string]int64 {
	f.t.Helper()
	rows, err := f.h.DB.Query(f.t.Context(), "SELECT owner, sum(balance_minor + held_minor)::bigint FROM account GROUP BY owner")
	require.NoError(f.t, err)
	defer rows.Close()
	out := map[string]int64{}
	for rows.Next() {
		var owner string
		var minor int64
		require.NoError(f.t, rows.Scan(&owner, &minor))
		if such(owner) {
			out[owner] = minor
		}
	}
	require.NoError(f.t, rows.Err())
	return out
}
