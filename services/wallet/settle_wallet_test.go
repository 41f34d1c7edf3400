package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/rpc"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func delta(player, amount string) *walletv1.WalletDelta {
	return &walletv1.WalletDelta{PlayerId: player, Delta: amount, Currency: "EUR"}
}

func TestSettleWallet(t *testing.T) {
	f := startWallet(t)
	ann, bob, partner := f.player("10.00"), f.player("1.00"), f.as(testkit.Partner("pcl_1", "wallet"))
	req := &walletv1.SettleWalletRequest{RequestId: "key 1", RoundId: "r1", Operations: []*walletv1.WalletDelta{delta(ann, "5.00"), delta(bob, "-1.00"), delta(ann, "-15.00")}}
	f.deniedTo(func(c walletv1.WalletServiceClient) error { _, err := c.SettleWallet(t.Context(), req); return err }, noPartners(ann)...)
	twoKeys := f.as(testkit.Partner("pcl_1", "wallet").With(rpc.HeaderIdempotencyKey, "other"))
	f.refused("REQUEST_ID_MISSING", func() error { _, err := twoKeys.SettleWallet(t.Context(), req); return err })
	type request = *walletv1.SettleWalletRequest
	refuses(f, partner, walletv1.WalletServiceClient.SettleWallet, req,
		bad[request]{"VALIDATION", func(r request) { r.RoundId = "" }},
		bad[request]{"VALIDATION", func(r request) { r.RoundId = "r\n1" }},
		bad[request]{"VALIDATION", func(r request) { r.RequestId = "key\n1" }},
		bad[request]{"VALIDATION", func(r request) { r.Operations = nil }},
		bad[request]{"VALIDATION", func(r request) { r.Operations[1].PlayerId = "" }},
		bad[request]{"VALIDATION", func(r request) { r.Operations[1].Delta = "+1.00" }},
		bad[request]{"VALIDATION", func(r request) { r.Operations[1].Currency = "eur" }},
		bad[request]{"REQUEST_ID_MISSING", func(r request) { r.RequestId = "" }},
	)

	first, err := partner.SettleWallet(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, "r1", first.GetRoundId())
	for i, want := range []struct {
		player, delta, after string
		entries              []string
	}{
		{ann, "5.00", "15.00", []string{"PAYOUT HOUSE -5.00", "PAYOUT CASH 5.00"}},
		{bob, "-1.00", "0.00", []string{"SETTLE_DEBIT CASH -1.00", "SETTLE_DEBIT HOUSE 1.00"}},
		{ann, "-15.00", "0.00", []string{"SETTLE_DEBIT CASH -15.00", "SETTLE_DEBIT HOUSE 15.00"}},
	} {
		o := first.GetOperations()[i]
		require.Equal(t, []string{want.player, want.delta, "EUR", want.after}, []string{o.GetPlayerId(), o.GetDelta(), o.GetCurrency(), o.GetBalanceAfter()})
		require.Equal(t, want.entries, f.entries(o.GetOperationId()))
		require.Equal(t, "r1", f.operation(o.GetOperationId()).GetReference().GetRoundId())
	}
	f.h.Events("wallet.credited.v1", 3)
	f.h.Events("wallet.debited.v1", 2)

	before := f.footprint()
	again, err := partner.SettleWallet(t.Context(), req)
	require.NoError(t, err)
	require.True(t, proto.Equal(first, again))
	require.Equal(t, before, f.footprint())
	refuses(f, partner, walletv1.WalletServiceClient.SettleWallet, req,
		bad[request]{"IDEMPOTENCY_CONFLICT", func(r request) { r.Operations = r.GetOperations()[:2] }},
		bad[request]{"IDEMPOTENCY_CONFLICT", func(r request) { r.RoundId = "r2" }},
	)
	f.refused("IDEMPOTENCY_CONFLICT", func() error {
		_, err := partner.DebitWallet(t.Context(), &walletv1.DebitWalletRequest{RequestId: "key 1", PlayerId: ann, Amount: eur("1.00")})
		return err
	})
}

// One part that is refused refuses all, and the refusal tells which it was.
func TestSettleWallet_AllOrNothing(t *testing.T) {
	f := startWallet(t)
	ann, bob, nobody, partner := f.player("10.00"), f.player("1.00"), f.player(""), f.as(testkit.Partner("pcl_1", "wallet"))
	excluded := f.player("5.00")
	_, err := f.as(testkit.Peer("compliance")).SetGuard(t.Context(), &walletv1.SetGuardRequest{
		PlayerId: excluded, Kind: walletv1.GuardKind_GUARD_KIND_NO_STAKE, Layer: walletv1.GuardLayer_GUARD_LAYER_PLAYER, Reason: "self-exclusion",
	})
	require.NoError(t, err)
	for _, tc := range []struct {
		reason, operation string
		operations        []*walletv1.WalletDelta
	}{
		{"INSUFFICIENT_FUNDS", "1", []*walletv1.WalletDelta{delta(ann, "5.00"), delta(bob, "-1.01"), delta(ann, "1.00")}},
		{"INSUFFICIENT_FUNDS", "0", []*walletv1.WalletDelta{delta(bob, "-1.01"), delta(bob, "5.00")}},
		{"INSUFFICIENT_FUNDS", "2", []*walletv1.WalletDelta{delta(bob, "-0.50"), delta(bob, "-0.50"), delta(bob, "-0.01")}},
		{"PLAYER_UNKNOWN", "1", []*walletv1.WalletDelta{delta(bob, "5.00"), delta(nobody, "1.00")}},
		{"AMOUNT_NOT_POSITIVE", "1", []*walletv1.WalletDelta{delta(bob, "5.00"), delta(ann, "0.00")}},
		{"AMOUNT_NOT_POSITIVE", "0", []*walletv1.WalletDelta{delta(ann, "-0")}},
		{"EXCESS_PRECISION", "0", []*walletv1.WalletDelta{delta(ann, "-0.001")}},
		{"AMOUNT_SYNTAX", "0", []*walletv1.WalletDelta{delta(ann, "01.00")}},
		{"AMOUNT_OVERFLOW", "0", []*walletv1.WalletDelta{delta(ann, "92233720368547758.08")}},
		{"AMOUNT_OVERFLOW", "1", []*walletv1.WalletDelta{delta(bob, "-1.00"), delta(ann, "92233720368547758.07")}},
		{"UNKNOWN_CURRENCY", "0", []*walletv1.WalletDelta{{PlayerId: ann, Delta: "1.00", Currency: "ZZZ"}}},
	} {
		f.refused(tc.reason, func() error {
			_, err := partner.SettleWallet(t.Context(), &walletv1.SettleWalletRequest{RequestId: f.request(), RoundId: "r1", Operations: tc.operations})
			require.Equal(t, tc.operation, errs.Metadata(err)["operation"], "%s: %v", tc.reason, err)
			return err
		})
	}
	require.Equal(t, []string{"10.00 0.00 v1", "1.00 0.00 v1", "5.00 0.00 v1"}, []string{f.balance(ann), f.balance(bob), f.balance(excluded)})
	// A guard's refusal is told by an event, so it leaves that.
	_, err = partner.SettleWallet(t.Context(), &walletv1.SettleWalletRequest{
		RequestId: f.request(), RoundId: "r1", Operations: []*walletv1.WalletDelta{delta(ann, "1.00"), delta(excluded, "-0.01")},
	})
	require.Equal(t, []string{"RESTRICTED", "1"}, []string{errs.ReasonOf(err), errs.Metadata(err)["operation"]})
	require.Equal(t, "10.00 0.00 v1", f.balance(ann))
	_, err = partner.SettleWallet(t.Context(), &walletv1.SettleWalletRequest{
		RequestId: f.request(), RoundId: "r1", Operations: []*walletv1.WalletDelta{delta(excluded, "1.00")},
	})
	require.NoError(t, err, "what is won is paid whatever guards there are")
}

// Who may not play is not taken from, and then nothing of the round moves; what such a player is given, and what was settled before, passes.
func TestSettleWallet_WhoMayNotPlay(t *testing.T) {
	f := startWallet(t)
	partner := f.as(testkit.Partner("pcl_1", "wallet"))
	for name, status := range map[string]identityv1.PlayerStatus{
		"LOCKED": identityv1.PlayerStatus_PLAYER_STATUS_LOCKED, "EXCLUDED": identityv1.PlayerStatus_PLAYER_STATUS_EXCLUDED,
	} {
		ann, barred := f.player("10.00"), f.player("10.00")
		settle := func(key string, operations ...*walletv1.WalletDelta) (*walletv1.SettleWalletResponse, error) {
			return partner.SettleWallet(t.Context(), &walletv1.SettleWalletRequest{RequestId: key, RoundId: "r1", Operations: operations})
		}
		before := f.request()
		first, err := settle(before, delta(barred, "-1.00"))
		require.NoError(t, err)
		f.people.statuses.Store(barred, status)
		again, err := settle(before, delta(barred, "-1.00"))
		require.NoError(t, err, "it was settled before")
		require.True(t, proto.Equal(first, again))
		f.refused("RESTRICTED", func() error {
			_, err := settle(f.request(), delta(ann, "5.00"), delta(barred, "2.00"), delta(barred, "-0.01"))
			require.Equal(t, []string{name, "2"}, []string{errs.Metadata(err)["restriction_reason"], errs.Metadata(err)["operation"]})
			return err
		})
		_, err = settle(f.request(), delta(ann, "-5.00"), delta(barred, "2.00"))
		require.NoError(t, err, "what is won is paid")
		require.Equal(t, []string{"5.00 0.00 v2", "11.00 0.00 v3"}, []string{f.balance(ann), f.balance(barred)})
	}
}

// The keys of two partners are apart, also those that follow from them.
func TestSettleWallet_KeysOfOthers(t *testing.T) {
	f := startWallet(t)
	ann := f.player("10.00")
	for _, id := range []string{"pcl_1", "pcl_2"} {
		_, err := f.as(testkit.Partner(id, "wallet")).SettleWallet(t.Context(), &walletv1.SettleWalletRequest{
			RequestId: "shared key", RoundId: "r1", Operations: []*walletv1.WalletDelta{delta(ann, "5.00"), delta(ann, "-1.00")},
		})
		require.NoError(t, err)
	}
	require.Equal(t, "18.00 0.00 v5", f.balance(ann))
}
