package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func TestPlaceHold(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	req := &walletv1.PlaceHoldRequest{RequestId: f.request(), PlayerId: player, Amount: eur("4.00"), Reference: roundRef("r1"), ExpectedVersion: 1}
	place := func(c walletv1.WalletServiceClient, change func(*walletv1.PlaceHoldRequest)) error {
		r := &walletv1.PlaceHoldRequest{RequestId: req.GetRequestId(), PlayerId: player, Amount: eur("4.00"), Reference: roundRef("r1"), ExpectedVersion: 1}
		change(r)
		_, err := c.PlaceHold(t.Context(), r)
		return err
	}
	f.deniedTo(func(c walletv1.WalletServiceClient) error { return place(c, func(*walletv1.PlaceHoldRequest) {}) }, notGaming(player)...)
	f.badAmounts(true, func(m *commonv1.Money) error {
		return place(f.gaming, func(r *walletv1.PlaceHoldRequest) { r.Amount = m })
	})
	for reason, change := range map[string]func(*walletv1.PlaceHoldRequest){
		"INSUFFICIENT_FUNDS": func(r *walletv1.PlaceHoldRequest) { r.Amount = eur("10.01") },
		"STALE_VERSION":      func(r *walletv1.PlaceHoldRequest) { r.ExpectedVersion = 2 },
		"VALIDATION":         func(r *walletv1.PlaceHoldRequest) { r.Reference.SourceKind = 0 },
	} {
		f.refused(reason, func() error { return place(f.gaming, change) })
	}

	first, err := f.gaming.PlaceHold(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, "6.00 4.00 v2", short(first.GetBalanceAfter()))
	require.Equal(t, []string{"HOLD CASH -4.00", "HOLD HELD_CASH 4.00"}, f.entries(first.GetOperationId()))
	again, err := f.gaming.PlaceHold(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, first.GetHoldId(), again.GetHoldId())
	repeated(f, first, func() (*walletv1.PlaceHoldResponse, error) { return f.gaming.PlaceHold(t.Context(), req) }, func() error {
		return place(f.gaming, func(r *walletv1.PlaceHoldRequest) { r.Reference = roundRef("r2") })
	})

	event := &walletv1.FundsHeld{}
	require.NoError(t, f.h.Events("wallet.hold.v1", 1)[0].Decode(event))
	require.Equal(t, first.GetHoldId(), event.GetHoldId())
	require.Equal(t, "4.00", event.GetAmount().GetAmount())
	require.Equal(t, "r1", event.GetReference().GetRoundId())
}

func TestPlaceHold_RefusalsSayWhatIsThere(t *testing.T) {
	f := startWallet(t)
	player := f.player("3.00")
	_, err := f.gaming.PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("3.01"), Reference: roundRef("r"),
	})
	require.Equal(t, map[string]string{"available": "3.00", "required": "3.01", "currency": "EUR"}, errs.Metadata(err))
	_, err = f.gaming.PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("1.00"), Reference: roundRef("r"), ExpectedVersion: 7,
	})
	require.Equal(t, map[string]string{"expected": "7", "actual": "1"}, errs.Metadata(err))
}

// A player who never had an account is refused without one being made, and a stake of zero (a free round) opens a hold all the same.
func TestPlaceHold_NewPlayer(t *testing.T) {
	f := startWallet(t)
	player := f.player("")
	f.refused("INSUFFICIENT_FUNDS", func() error {
		_, err := f.gaming.PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{
			RequestId: f.request(), PlayerId: player, Amount: eur("0.01"), Reference: roundRef("r"),
		})
		return err
	})
	r, err := f.gaming.PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("0.00"), Reference: roundRef("r"),
	})
	require.NoError(t, err)
	require.Equal(t, "0.00 0.00 v1", short(r.GetBalanceAfter()))
	require.Empty(t, f.entries(r.GetOperationId()))
}

// A refusal is not remembered: the same request is decided anew when the player has money.
func TestPlaceHold_RefusedThenRepeated(t *testing.T) {
	f := startWallet(t)
	player := f.player("1.00")
	req := &walletv1.PlaceHoldRequest{RequestId: f.request(), PlayerId: player, Amount: eur("2.00"), Reference: roundRef("r")}
	f.refused("INSUFFICIENT_FUNDS", func() error { _, err := f.gaming.PlaceHold(t.Context(), req); return err })
	_, err := f.cashier.Deposit(t.Context(), &walletv1.DepositRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("1.00"), Psp: "stripe", Reference: betRef("d"),
	})
	require.NoError(t, err)
	r, err := f.gaming.PlaceHold(t.Context(), req)
	require.NoError(t, err)
	require.False(t, r.GetReplayed())
}

// Each policy and distribution over the wire: what pays the stake, where winnings go, and that both are kept with the hold.
func TestPlaceHold_Funding(t *testing.T) {
	f := startWallet(t)
	const (
		cash, bonus            = walletv1.FundingPolicy_FUNDING_POLICY_CASH_ONLY, walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY
		cashFirst, bonusFirst  = walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST, walletv1.FundingPolicy_FUNDING_POLICY_BONUS_FIRST
		unset, proRata, allWon = walletv1.WinDistribution_WIN_DISTRIBUTION_UNSPECIFIED, walletv1.WinDistribution_WIN_DISTRIBUTION_PRO_RATA, walletv1.WinDistribution_WIN_DISTRIBUTION_ALL_TO_BONUS
	)
	for name, tc := range map[string]struct {
		policy           walletv1.FundingPolicy
		wins             walletv1.WinDistribution
		stake, bonusPart string
		held             string // balance while the bet is open
		won              string // balance after winnings of 10.00
		wonPart, grant   string // part of the winnings that the pool got, and the grant that the hold keeps
	}{
		"cash only":                   {cash, unset, "1.00", "-", "0.00 1.00 b5.00/- v3", "10.00 0.00 b5.00/- v4", "-", ""},
		"bonus only":                  {bonus, unset, "3.00", "3.00", "1.00 0.00 b2.00/3.00 v3", "1.00 0.00 b12.00/- v4", "10.00", "gnt_1"},
		"cash first":                  {cashFirst, unset, "3.00", "2.00", "0.00 1.00 b3.00/2.00 v3", "3.34 0.00 b9.66/- v4", "6.66", "gnt_1"},
		"cash first, cash suffices":   {cashFirst, proRata, "1.00", "-", "0.00 1.00 b5.00/- v3", "10.00 0.00 b5.00/- v4", "-", ""},
		"bonus first":                 {bonusFirst, proRata, "5.50", "5.00", "0.50 0.50 b-/5.00 v3", "1.41 0.00 b9.09/- v4", "9.09", "gnt_1"},
		"cash first, winnings locked": {cashFirst, allWon, "1.00", "-", "0.00 1.00 b5.00/- v3", "0.00 0.00 b15.00/- v4", "10.00", "gnt_1"},
		"split, winnings locked":      {cashFirst, allWon, "3.00", "2.00", "0.00 1.00 b3.00/2.00 v3", "0.00 0.00 b13.00/- v4", "10.00", "gnt_1"},
	} {
		player, grant := f.player("1.00"), "gnt_1"
		f.grant(player, grant, "5.00")
		if tc.policy == cash {
			grant = ""
		}
		r := f.stake(player, grant, tc.stake, tc.policy, tc.wins)
		require.Equal(t, []string{tc.bonusPart, tc.held}, []string{orDash(r.GetBonusPart()), short(r.GetBalanceAfter())}, name)
		settled, err := f.gaming.SettleHold(t.Context(), &walletv1.SettleHoldRequest{
			RequestId: f.request(), PlayerId: player, HoldId: r.GetHoldId(), Payout: eur("10.00"), Provider: "acme", Reference: roundRef("r1"),
		})
		require.NoError(t, err)
		require.Equal(t, []string{tc.wonPart, tc.won}, []string{orDash(settled.GetBonusPart()), short(settled.GetBalanceAfter())}, name)
		require.Equal(t, tc.grant, f.operation(r.GetOperationId()).GetDetail().GetGrantId(), name)
	}
}

func TestPlaceHold_SplitStake(t *testing.T) {
	f := startWallet(t)
	player := f.player("1.00")
	f.grant(player, "gnt_1", "5.00")
	req := &walletv1.PlaceHoldRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("3.00"), Reference: roundRef("r1"),
		Funding: &walletv1.Funding{Policy: walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST, GrantId: "gnt_1"},
	}
	type request = *walletv1.PlaceHoldRequest
	place := walletv1.WalletServiceClient.PlaceHold
	refuses(f, f.gaming, place, req,
		bad[request]{"VALIDATION", func(r request) { r.Funding.Policy = 9 }},
		bad[request]{"VALIDATION", func(r request) { r.Funding.Wins = 9 }},
		bad[request]{"GRANT_NOT_FOUND", func(r request) { r.Funding.GrantId = "gnt_none" }},
		bad[request]{"GRANT_NOT_FOUND", func(r request) { r.PlayerId = "ply_nobody" }},
		bad[request]{"GRANT_NOT_FOUND", func(r request) { r.Amount = usd("3.00") }},
		bad[request]{"INSUFFICIENT_FUNDS", func(r request) { r.Amount = eur("6.01") }},
		bad[request]{"INSUFFICIENT_FUNDS", func(r request) {
			r.Amount, r.Funding.Policy = eur("5.01"), walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY
		}},
	)
	refusesFunding(f, place, req)
	first, err := f.gaming.PlaceHold(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, []string{"HOLD CASH -1.00", "HOLD HELD_CASH 1.00", "HOLD BONUS -2.00", "HOLD HELD_BONUS 2.00"}, f.entries(first.GetOperationId()))
	repeated(f, first, func() (*walletv1.PlaceHoldResponse, error) { return f.gaming.PlaceHold(t.Context(), req) }, func() error {
		r := proto.CloneOf(req)
		r.Funding.Wins = walletv1.WinDistribution_WIN_DISTRIBUTION_ALL_TO_BONUS
		_, err := f.gaming.PlaceHold(t.Context(), r)
		return err
	})
	event := lastEvent(f, "wallet.hold.v1", 1, first.GetOperationId(), &walletv1.FundsHeld{})
	require.Equal(t, []string{"3.00", "2.00", "gnt_1"},
		[]string{event.GetAmount().GetAmount(), event.GetDetail().GetAmountBonus().GetAmount(), event.GetDetail().GetGrantId()})
}

// refusesFunding asserts that what does not fit together is refused, and names the field.
func refusesFunding[Q interface {
	proto.Message
	GetFunding() *walletv1.Funding
}, A any](f *fixture, do method[Q, A], req Q) {
	f.t.Helper()
	const cash, bonus = walletv1.FundingPolicy_FUNDING_POLICY_CASH_ONLY, walletv1.FundingPolicy_FUNDING_POLICY_BONUS_ONLY
	for _, tc := range []struct {
		funding *walletv1.Funding
		field   string
	}{
		{&walletv1.Funding{Policy: cash, GrantId: "gnt_1"}, "grant_id"},
		{&walletv1.Funding{GrantId: "gnt_1"}, "grant_id"},
		{&walletv1.Funding{Policy: bonus}, "grant_id"},
		{&walletv1.Funding{Policy: walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST}, "grant_id"},
		{&walletv1.Funding{Policy: walletv1.FundingPolicy_FUNDING_POLICY_BONUS_FIRST}, "grant_id"},
		{&walletv1.Funding{Policy: cash, Wins: walletv1.WinDistribution_WIN_DISTRIBUTION_PRO_RATA}, "wins"},
		{&walletv1.Funding{Wins: walletv1.WinDistribution_WIN_DISTRIBUTION_ALL_TO_BONUS}, "wins"},
	} {
		f.refused("FUNDING_INVALID", func() error {
			r := proto.CloneOf(req)
			set(r, "funding", protoreflect.ValueOfMessage(tc.funding.ProtoReflect()))
			_, err := do(f.gaming, f.t.Context(), r)
			require.Equal(f.t, tc.field, errs.Metadata(err)["field"])
			return err
		})
	}
}

// The maximum stake of a bonus holds for stakes that bonus money pays a part of, and for no other; the whole stake is compared.
func TestPlaceHold_MaximumStakeWithBonus(t *testing.T) {
	f := startWallet(t)
	player := f.player("10.00")
	f.grant(player, "gnt_1", "50.00")
	_, err := f.bonus.SetGuard(t.Context(), &walletv1.SetGuardRequest{
		PlayerId: player, Kind: walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE_BONUS, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Maximum: eur("5.00"), Reason: "terms of the bonus",
	})
	require.NoError(t, err)
	_, err = f.gaming.PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur("10.01"), Reference: roundRef("r1"),
		Funding: &walletv1.Funding{Policy: walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST, GrantId: "gnt_1"},
	})
	require.Equal(t, []string{"LIMIT_REACHED", "SINGLE_STAKE_BONUS"}, []string{errs.ReasonOf(err), errs.Metadata(err)["guard"]})
	f.bet(player, "6.00")
	r := f.stake(player, "gnt_1", "5.00", walletv1.FundingPolicy_FUNDING_POLICY_CASH_FIRST, 0)
	require.Equal(t, "0.00 10.00 b49.00/1.00 v4", short(r.GetBalanceAfter()))
}
