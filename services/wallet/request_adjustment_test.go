package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	identityv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/identity/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

// finance is a person who may adjust balances.
func (f *fixture) finance(id string) walletv1.WalletServiceClient {
	return f.as(testkit.OperatorNamed(id, "finance"))
}

// adjustment is a request of a new adjustment of cash.
func (f *fixture) adjustment(player, amount string) *walletv1.RequestAdjustmentRequest {
	return &walletv1.RequestAdjustmentRequest{
		RequestId: f.request(), PlayerId: player, Amount: eur(amount), Target: walletv1.AdjustmentTarget_ADJUSTMENT_TARGET_CASH,
		Source: walletv1.AdjustmentSource_ADJUSTMENT_SOURCE_ADJUSTMENT, Reason: "goodwill",
	}
}

// requested asks for an adjustment as opr_asks and answers its id.
func (f *fixture) requested(req *walletv1.RequestAdjustmentRequest) string {
	f.t.Helper()
	r, err := f.finance("opr_asks").RequestAdjustment(f.t.Context(), req)
	require.NoError(f.t, err)
	return r.GetAdjustment().GetAdjustmentId()
}

// noLedgerPeople are callers who may not adjust: services, players, partners, and staff of other roles.
func noLedgerPeople(player string) []testkit.Caller {
	return []testkit.Caller{
		testkit.Peer("cashier"), testkit.Peer("gaming"), testkit.Peer("bonus"), testkit.Peer("compliance"), testkit.Player(player), testkit.Operator("support"),
		testkit.Operator("risk"), testkit.Operator("compliance"), testkit.Operator("analyst"), testkit.Partner("pcl_1", "wallet"),
	}
}

func TestRequestAdjustment(t *testing.T) {
	f := startWallet(t)
	player, asks := f.player("10.00"), f.finance("opr_asks")
	req := f.adjustment(player, "-5.00")
	f.deniedTo(func(c walletv1.WalletServiceClient) error {
		_, err := c.RequestAdjustment(t.Context(), req)
		return err
	}, noLedgerPeople(player)...)
	type request = *walletv1.RequestAdjustmentRequest
	refuses(f, asks, walletv1.WalletServiceClient.RequestAdjustment, req,
		bad[request]{"VALIDATION", func(r request) { r.RequestId = "" }},
		bad[request]{"VALIDATION", func(r request) { r.PlayerId = "" }},
		bad[request]{"VALIDATION", func(r request) { r.Amount = nil }},
		bad[request]{"VALIDATION", func(r request) { r.Amount = eur("--5.00") }},
		bad[request]{"VALIDATION", func(r request) { r.Target = 0 }},
		bad[request]{"VALIDATION", func(r request) { r.Source = 0 }},
		bad[request]{"VALIDATION", func(r request) { r.Source = 9 }},
		bad[request]{"VALIDATION", func(r request) { r.Reason = "" }},
		bad[request]{"AMOUNT_NOT_POSITIVE", func(r request) { r.Amount = eur("0.00") }},
		bad[request]{"AMOUNT_NOT_POSITIVE", func(r request) { r.Amount = eur("-0.00") }},
		bad[request]{"EXCESS_PRECISION", func(r request) { r.Amount = eur("-1.001") }},
		bad[request]{"AMOUNT_SYNTAX", func(r request) { r.Amount = eur("-01.00") }},
		bad[request]{"AMOUNT_OVERFLOW", func(r request) { r.Amount = eur("-92233720368547758.08") }},
		bad[request]{"UNKNOWN_CURRENCY", func(r request) { r.Amount = &commonv1.Money{Amount: "1", Currency: "ZZZ"} }},
	)

	first, err := asks.RequestAdjustment(t.Context(), req)
	require.NoError(t, err)
	a := first.GetAdjustment()
	require.Equal(t, []string{player, "-5.00", "EUR", "goodwill", "opr_asks", "", "", ""}, []string{
		a.GetPlayerId(), a.GetAmount().GetAmount(), a.GetAmount().GetCurrency(), a.GetReason(), a.GetRequestedBy(), a.GetDecidedBy(), a.GetOperationId(), a.GetRefusal(),
	})
	require.Equal(t, walletv1.AdjustmentState_ADJUSTMENT_STATE_REQUESTED, a.GetState())
	require.Nil(t, a.GetDecidedAt())
	require.Equal(t, "10.00 0.00 v1", f.balance(player), "nothing moves before a second person agrees")

	before := f.footprint()
	again, err := asks.RequestAdjustment(t.Context(), req)
	require.NoError(t, err)
	require.True(t, proto.Equal(first, again))
	require.Equal(t, before, f.footprint())
	for _, change := range []func(request){
		func(r request) { r.PlayerId = "ply_other" }, func(r request) { r.Amount = eur("5.00") }, func(r request) { r.Amount = usd("-5.00") },
		func(r request) { r.Reason = "other" }, func(r request) { r.Target = walletv1.AdjustmentTarget_ADJUSTMENT_TARGET_DEBT },
		func(r request) { r.Source = walletv1.AdjustmentSource_ADJUSTMENT_SOURCE_CHARGEBACK },
	} {
		refuses(f, asks, walletv1.WalletServiceClient.RequestAdjustment, req, bad[request]{"IDEMPOTENCY_CONFLICT", change})
	}
	other, err := f.finance("opr_other").RequestAdjustment(t.Context(), req)
	require.NoError(t, err)
	require.NotEqual(t, a.GetAdjustmentId(), other.GetAdjustment().GetAdjustmentId(), "keys belong to the person")
}

// A mistyped player is refused: money that is booked for nobody is counted among what players own, and nobody can reach it.
func TestRequestAdjustment_PlayerUnknown(t *testing.T) {
	f := startWallet(t)
	asks := f.finance("opr_asks")
	f.people.statuses.Store("ply_nobody", identityv1.PlayerStatus_PLAYER_STATUS_UNSPECIFIED)
	f.refused("PLAYER_UNKNOWN", func() error {
		_, err := asks.RequestAdjustment(t.Context(), f.adjustment("ply_nobody", "5.00"))
		return err
	})
	list, err := asks.ListAdjustments(t.Context(), &walletv1.ListAdjustmentsRequest{})
	require.NoError(t, err)
	require.Empty(t, list.GetAdjustments())

	player := f.player("10.00")
	req := f.adjustment(player, "5.00")
	id := f.requested(req)
	f.people.statuses.Store(player, identityv1.PlayerStatus_PLAYER_STATUS_UNSPECIFIED)
	require.Equal(t, id, f.requested(req), "what was noted is answered without asking again")
}
