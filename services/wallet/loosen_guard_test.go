package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestLoosenGuard(t *testing.T) {
	f := startWallet(t)
	player := f.player("100.00")
	risk := f.as(testkit.Operator("risk"))
	set, err := risk.SetGuard(t.Context(), stakeLimit(player, "10.00"))
	require.NoError(t, err)
	f.bet(player, "10.00")
	req := &walletv1.LoosenGuardRequest{PlayerId: player, GuardId: set.GetGuard().GetGuardId(), Maximum: eur("25.00"), Reason: "proof of income"}
	for range 2 { // the second changes nothing
		r, err := risk.LoosenGuard(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, []string{"10.00", "15.00", "proof of income"},
			[]string{r.GetGuard().GetUsed().GetAmount(), r.GetGuard().GetRemaining().GetAmount(), r.GetGuard().GetReason()})
	}
	var event walletv1.GuardSet
	require.NoError(t, f.h.Events("wallet.guard_set.v1", 2)[1].Decode(&event))
	require.True(t, event.GetLoosened())
	f.bet(player, "15.00")

	stale := f.as(testkit.Operator("risk").Stale())
	f.refused("STEP_UP_REQUIRED", func() error { _, err := stale.LoosenGuard(t.Context(), req); return err })
	f.refused("GUARD_NOT_FOUND", func() error {
		_, err := risk.LoosenGuard(t.Context(), &walletv1.LoosenGuardRequest{PlayerId: "ply_other", GuardId: req.GetGuardId(), Maximum: eur("30.00"), Reason: "x"})
		return err
	})
	f.refused("GUARD_INVALID", func() error {
		_, err := risk.LoosenGuard(t.Context(), &walletv1.LoosenGuardRequest{PlayerId: player, GuardId: req.GetGuardId(), Reason: "no maximum"})
		return err
	})
	f.deniedTo(func(c walletv1.WalletServiceClient) error { _, err := c.LoosenGuard(t.Context(), req); return err },
		testkit.Player(player), testkit.Peer("gaming"), testkit.Peer("cashier"), testkit.Operator("support"), testkit.Partner("pcl_1", "wallet"))
}

// What the player or a regulator has set, staff may make stricter and nothing else.
func TestLoosenGuard_Protected(t *testing.T) {
	f := startWallet(t)
	admin := f.as(testkit.Operator("admin"))
	for _, layer := range []walletv1.GuardLayer{walletv1.GuardLayer_GUARD_LAYER_PLAYER, walletv1.GuardLayer_GUARD_LAYER_REGULATOR} {
		want := stakeLimit("ply_x", "10.00")
		want.Layer = layer
		set, err := admin.SetGuard(t.Context(), want)
		require.NoError(t, err)
		req := &walletv1.LoosenGuardRequest{PlayerId: "ply_x", GuardId: set.GetGuard().GetGuardId(), Maximum: eur("10.01"), Reason: "asked nicely"}
		f.refused("GUARD_PROTECTED", func() error { _, err := admin.LoosenGuard(t.Context(), req); return err })
		req.Maximum = eur("9.00")
		_, err = admin.LoosenGuard(t.Context(), req)
		require.NoError(t, err)
	}
}

// Services loosen guards of the layers that they set; compliance also what the player or a regulator has set, because it carries out their requests.
func TestLoosenGuard_Layers(t *testing.T) {
	f := startWallet(t)
	admin := f.as(testkit.Operator("admin"))
	for name, s := range setters {
		if name == "staff" {
			continue // see TestLoosenGuard_Protected
		}
		c := f.as(s.caller)
		require.Equal(t, s.may, eachLayer(t, func(r *walletv1.SetGuardRequest) error {
			r.PlayerId = "ply_" + name
			set, err := admin.SetGuard(t.Context(), r)
			require.NoError(t, err)
			loosen := &walletv1.LoosenGuardRequest{PlayerId: r.GetPlayerId(), GuardId: set.GetGuard().GetGuardId(), Maximum: eur("11.00"), Reason: "asked for"}
			before := f.footprint()
			if _, err = c.LoosenGuard(t.Context(), loosen); err != nil {
				require.Equal(t, before, f.footprint())
			}
			return err
		}), name)
	}
}
