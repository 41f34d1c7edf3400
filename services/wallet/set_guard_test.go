package wallet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func stakeLimit(player, maximum string) *walletv1.SetGuardRequest {
	return &walletv1.SetGuardRequest{
		PlayerId: player, Kind: limitStake, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Window: rolling24h, Maximum: eur(maximum), Reason: "risk profile",
	}
}

func TestSetGuard(t *testing.T) {
	f := startWallet(t)
	player := f.player("100.00")
	risk := f.as(testkit.OperatorNamed("opr_1", "risk"))
	first, err := risk.SetGuard(t.Context(), stakeLimit(player, "50.00"))
	require.NoError(t, err)
	require.Equal(t, "opr_1", first.GetGuard().GetSetBy())
	again, err := risk.SetGuard(t.Context(), stakeLimit(player, "50.00"))
	require.NoError(t, err)
	require.True(t, proto.Equal(first, again), "a repeated request changes nothing")
	stricter, err := f.as(testkit.Operator("compliance")).SetGuard(t.Context(), stakeLimit(player, "20.00"))
	require.NoError(t, err)
	require.Equal(t, first.GetGuard().GetGuardId(), stricter.GetGuard().GetGuardId())
	require.Equal(t, "20.00", stricter.GetGuard().GetRemaining().GetAmount())
	f.refused("GUARD_LOOSER", func() error { _, err := risk.SetGuard(t.Context(), stakeLimit(player, "20.01")); return err })
	ending := stakeLimit(player, "20.00")
	ending.ExpiresAt = timestamppb.New(f.h.Clock.Now().Add(time.Hour))
	f.refused("GUARD_LOOSER", func() error { _, err := risk.SetGuard(t.Context(), ending); return err })
	f.bet(player, "20.00")

	_, err = f.gaming.PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{RequestId: f.request(), PlayerId: player, Amount: eur("1.00"), Reference: betRef("b")})
	require.Equal(t, "LIMIT_REACHED", errs.ReasonOf(err))
	_, err = f.gaming.PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{RequestId: f.request(), PlayerId: player, Amount: eur("2.00"), Reference: betRef("b")})
	require.Equal(t, "LIMIT_REACHED", errs.ReasonOf(err))
	var hit walletv1.GuardHit
	require.NoError(t, f.h.Events("wallet.guard_hit.v1", 1)[0].Decode(&hit))
	require.Equal(t, []string{player, "PLACE_HOLD", "1.00", "20.00", "0.00"}, []string{
		hit.GetGuard().GetPlayerId(), hit.GetOperationKind(), hit.GetRequested().GetAmount(), hit.GetGuard().GetUsed().GetAmount(), hit.GetGuard().GetRemaining().GetAmount(),
	})
	f.h.Clock.Advance(2 * time.Minute)
	_, err = f.gaming.PlaceHold(t.Context(), &walletv1.PlaceHoldRequest{RequestId: f.request(), PlayerId: player, Amount: eur("3.00"), Reference: betRef("b")})
	require.Equal(t, "LIMIT_REACHED", errs.ReasonOf(err))
	require.NoError(t, f.h.Events("wallet.guard_hit.v1", 2)[1].Decode(&hit))
	require.Equal(t, "3.00", hit.GetRequested().GetAmount(), "the second refusal within a minute was not told")
	var set walletv1.GuardSet
	require.NoError(t, f.h.Events("wallet.guard_set.v1", 2)[1].Decode(&set))
	require.False(t, set.GetLoosened())
	require.Equal(t, "20.00", set.GetGuard().GetMaximum().GetAmount())
}

func TestSetGuard_Denied(t *testing.T) {
	f := startWallet(t)
	player := f.player("")
	f.deniedTo(func(c walletv1.WalletServiceClient) error {
		_, err := c.SetGuard(t.Context(), stakeLimit(player, "50.00"))
		return err
	}, testkit.Player(player), testkit.Peer("gaming"), testkit.Peer("cashier"), testkit.Peer("catalog"), testkit.Operator("support"), testkit.Operator("finance"), testkit.Partner("pcl_1", "wallet"))
}

func TestSetGuard_Invalid(t *testing.T) {
	f := startWallet(t)
	admin := f.as(testkit.Operator("admin"))
	for name, tc := range map[string]struct {
		change func(r *walletv1.SetGuardRequest)
		reason string
	}{
		"a limit without a window":         {func(r *walletv1.SetGuardRequest) { r.Window = 0 }, "GUARD_INVALID"},
		"a limit without a maximum":        {func(r *walletv1.SetGuardRequest) { r.Maximum = nil }, "GUARD_INVALID"},
		"a rolling window with a zone":     {func(r *walletv1.SetGuardRequest) { r.TimeZone = "Europe/Berlin" }, "GUARD_INVALID"},
		"a calendar window without a zone": {func(r *walletv1.SetGuardRequest) { r.Window = calendarDay }, "GUARD_INVALID"},
		"a zone that does not exist":       {func(r *walletv1.SetGuardRequest) { r.Window, r.TimeZone = calendarDay, "Europe/Atlantis" }, "GUARD_INVALID"},
		"a restriction with a maximum":     {func(r *walletv1.SetGuardRequest) { r.Kind, r.Window = walletv1.GuardKind_GUARD_KIND_NO_STAKE, 0 }, "GUARD_INVALID"},
		"an end in the past":               {func(r *walletv1.SetGuardRequest) { r.ExpiresAt = timestamppb.New(time.Unix(1, 0)) }, "GUARD_INVALID"},
		"a negative maximum":               {func(r *walletv1.SetGuardRequest) { r.Maximum = eur("-1.00") }, "AMOUNT_NOT_POSITIVE"},
		"excess precision":                 {func(r *walletv1.SetGuardRequest) { r.Maximum = eur("1.001") }, "EXCESS_PRECISION"},
		"an unknown currency":              {func(r *walletv1.SetGuardRequest) { r.Maximum = &commonv1.Money{Amount: "1", Currency: "ZZZ"} }, "UNKNOWN_CURRENCY"},
		"no reason":                        {func(r *walletv1.SetGuardRequest) { r.Reason = "" }, "VALIDATION"},
		"no kind":                          {func(r *walletv1.SetGuardRequest) { r.Kind = 0 }, "VALIDATION"},
	} {
		req := stakeLimit("ply_x", "10.00")
		tc.change(req)
		_, err := admin.SetGuard(t.Context(), req)
		require.Equal(t, tc.reason, errs.ReasonOf(err), "%s: %v", name, err)
	}
	r, err := admin.ListPlayerGuards(t.Context(), &walletv1.ListPlayerGuardsRequest{PlayerId: "ply_x"})
	require.NoError(t, err)
	require.Empty(t, r.GetGuards())
}

// setters are the callers who change guards, and the guards of a kind and layer that they may: kinds are the rows, layers the columns.
var setters = map[string]struct {
	caller testkit.Caller
	may    string
}{
	"staff":      {testkit.Operator("risk"), "stake: PLAYER OPERATOR REGULATOR GROUP; bonus stake: PLAYER OPERATOR REGULATOR GROUP"},
	"compliance": {testkit.Peer("compliance"), "stake: PLAYER OPERATOR REGULATOR GROUP; bonus stake: PLAYER OPERATOR REGULATOR GROUP"},
	"risk":       {testkit.Peer("risk"), "stake: OPERATOR GROUP; bonus stake: OPERATOR GROUP"},
	"bonus":      {testkit.Peer("bonus"), "stake:; bonus stake: OPERATOR"},
}

// layers are all of them, in the order of their numbers.
var layers = []walletv1.GuardLayer{
	walletv1.GuardLayer_GUARD_LAYER_PLAYER, walletv1.GuardLayer_GUARD_LAYER_OPERATOR, walletv1.GuardLayer_GUARD_LAYER_REGULATOR, walletv1.GuardLayer_GUARD_LAYER_GROUP,
}

// eachLayer tells what was allowed of all kinds and layers that setters are about.
func eachLayer(t *testing.T, change func(limit *walletv1.SetGuardRequest) error) string {
	t.Helper()
	told := ""
	for i, kind := range []string{"stake:", "; bonus stake:"} {
		told += kind
		for _, layer := range layers {
			r := stakeLimit("ply_x", "10.00")
			if r.Layer = layer; i == 1 {
				r.Kind, r.Window = walletv1.GuardKind_GUARD_KIND_SINGLE_STAKE_BONUS, 0
			}
			switch reason := errs.ReasonOf(change(r)); reason {
			case "":
				told += " " + guardLayer(layer).String()
			default:
				require.Equal(t, "LAYER_NOT_ALLOWED", reason)
			}
		}
	}
	return told
}

func TestSetGuard_Layers(t *testing.T) {
	f := startWallet(t)
	for name, s := range setters {
		c := f.as(s.caller)
		require.Equal(t, s.may, eachLayer(t, func(r *walletv1.SetGuardRequest) error {
			r.PlayerId = "ply_" + name
			set, err := c.SetGuard(t.Context(), r)
			if err == nil && name != "staff" {
				require.Equal(t, name, set.GetGuard().GetSetBy())
			}
			return err
		}), name)
	}
	limit := stakeLimit("ply_new", "10.00")
	f.refused("LAYER_NOT_ALLOWED", func() error { _, err := f.bonus.SetGuard(t.Context(), limit); return err })
}

// Who is not named sets nothing, whatever the rules of access let through.
func TestAuthor_Unknown(t *testing.T) {
	for _, layer := range layers {
		require.False(t, author("catalog").sets(guardBonusStake, guardLayer(layer)))
		require.Equal(t, layer == layers[1] || layer == layers[3], author("").loosens(guardLayer(layer)))
		require.True(t, compliance.loosens(guardLayer(layer)))
	}
}
