package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/money"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// stakeGuard is a guard of staff on stakes; "" for a restriction's maximum.
func stakeGuard(kind walletv1.GuardKind, maximum string) *walletv1.SetGuardRequest {
	r := &walletv1.SetGuardRequest{Kind: kind, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Reason: "a test"}
	if maximum != "" {
		r.Maximum = eur(maximum)
	}
	if kind == walletv1.GuardKind_GUARD_KIND_STAKE || kind == walletv1.GuardKind_GUARD_KIND_NET_LOSS {
		r.Window = rolling24h
	}
	return r
}

// TestCheckStake: the answer is what PlaceHold then says, for every kind of guard and funding: the same refusal in the same words, and a largest stake that is taken
// while a cent more is not. Nothing is written.
func TestCheckStake(t *testing.T) {
	f := startWallet(t)
	guards := map[string][]*walletv1.SetGuardRequest{
		"nobody":        nil,
		"a stake limit": {stakeGuard(walletv1.GuardKind_GUARD_KIND_STAKE, "30.00")},
		"a loss limit":  {stakeGuard(walletv1.GuardKind_GUARD_KIND_NET_LOSS, "12.00")},
		"a maximum":     {stakeGuard(walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE, "7.00")},
		"a bonus maximum": {
			stakeGuard(walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE_BONUS, "5.00"),
		},
		"a restriction": {stakeGuard(walletv1.GuardKind_GUARD_KIND_NO_STAKE, "")},
		"several": {
			stakeGuard(walletv1.GuardKind_GUARD_KIND_STAKE, "30.00"), stakeGuard(walletv1.GuardKind_GUARD_KIND_NET_LOSS, "25.00"),
			stakeGuard(walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE, "20.00"),
		},
		"a limit below what is used": {stakeGuard(walletv1.GuardKind_GUARD_KIND_STAKE, "1.00")},
	}
	fundings := map[string]*walletv1.Funding{
		"cash":        nil,
		"bonus":       {Policy: walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY, GrantId: "bgr_1"},
		"cash first":  {Policy: walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST, GrantId: "bgr_1"},
		"bonus first": {Policy: walletv1.FundingPolicy_FUNDING_POLICY_BONUS_FIRST, GrantId: "bgr_1"},
		"no grant":    {Policy: walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY, GrantId: "bgr_nobody"},
	}
	for guarded, all := range guards {
		for paid, funding := range fundings {
			player := f.player("40.00")
			f.settle(player, f.bet(player, "2.00"), "1.00")
			f.bet(player, "3.00")
			f.grant(player, "bgr_1", "15.00")
			for _, g := range all {
				g.PlayerId = player
				_, err := f.as(testkit.Operator("risk")).SetGuard(t.Context(), g)
				require.NoError(t, err)
			}
			for _, amount := range []string{"0.00", "4.00", "6.00", "9.00", "26.00", "36.01", "51.01"} {
				f.asPlaceHold(guarded+", "+paid+", "+amount, player, amount, funding)
			}
		}
	}
}

// asPlaceHold asserts that a check answers as the stake itself, on another player in the same situation where the stake would change it.
func (f *fixture) asPlaceHold(name, player, amount string, funding *walletv1.Funding) {
	f.t.Helper()
	before := f.footprint()
	checked, err := f.gaming.CheckStake(f.t.Context(), &walletv1.CheckStakeRequest{PlayerId: player, Amount: eur(amount), Funding: funding})
	require.NoError(f.t, err, name)
	require.Equal(f.t, before, f.footprint(), "%s: the check wrote something", name)
	require.Equal(f.t, f.balance(player), short(checked.GetBalance()), name)
	place := func(m *commonv1.Money) error {
		r, err := f.gaming.PlaceHold(f.t.Context(), &walletv1.PlaceHoldRequest{RequestId: f.request(), PlayerId: player, Amount: m, Reference: betRef("bet"), Funding: funding})
		if err == nil {
			_, back := f.gaming.ReleaseHold(f.t.Context(), &walletv1.ReleaseHoldRequest{RequestId: f.request(), PlayerId: player, HoldId: r.GetHoldId(), Reference: betRef("bet")})
			require.NoError(f.t, back, name)
		}
		return err
	}
	err = place(eur(amount))
	require.Equal(f.t, err == nil, checked.GetAllowed(), "%s: %v", name, err)
	require.Equal(f.t, errs.ReasonOf(err), checked.GetReason(), name)
	if err != nil {
		require.Equal(f.t, errs.Metadata(err), checked.GetMetadata(), name)
	}
	most, err := money.FromProto(checked.GetMaxStake())
	require.NoError(f.t, err)
	if most.Minor > 0 {
		require.NoError(f.t, place(most.Proto()), "%s: the largest stake %s", name, most)
	}
	most.Minor++
	require.Error(f.t, place(most.Proto()), "%s: more than the largest stake", name)
}

// TestCheckStake_BadInput: what no stake can be is an error, and only gaming asks.
func TestCheckStake_BadInput(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	check := func(c walletv1.WalletServiceClient, m *commonv1.Money, funding *walletv1.Funding) error {
		_, err := c.CheckStake(t.Context(), &walletv1.CheckStakeRequest{PlayerId: player, Amount: m, Funding: funding})
		return err
	}
	f.badAmounts(true, func(m *commonv1.Money) error { return check(f.gaming, m, nil) })
	f.refused("FUNDING_INVALID", func() error { return check(f.gaming, eur("1.00"), &walletv1.Funding{GrantId: "bgr_1"}) })
	f.deniedTo(func(c walletv1.WalletServiceClient) error { return check(c, eur("1.00"), nil) }, notGaming(player)...)

	stranger, err := f.gaming.CheckStake(t.Context(), &walletv1.CheckStakeRequest{PlayerId: f.player(""), Amount: eur("1.00")})
	require.NoError(t, err)
	require.Equal(t, []string{"INSUFFICIENT_FUNDS", "0.00"}, []string{stranger.GetReason(), stranger.GetMaxStake().GetAmount()})
}
