package wallet

import (
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit"
)

func TestClearGuard(t *testing.T) {
	f := startWallet(t)
	player := f.player("100.00")
	risk := f.as(testkit.OperatorNamed("opr_1", "risk"))
	set, err := risk.SetGuard(t.Context(), stakeLimit(player, "0.00"))
	require.NoError(t, err)
	req := &walletv1.ClearGuardRequest{PlayerId: player, GuardId: set.GetGuard().GetGuardId(), Reason: "case closed"}
	f.deniedTo(func(c walletv1.WalletServiceClient) error { _, err := c.ClearGuard(t.Context(), req); return err },
		testkit.Player(player), testkit.Peer("gaming"), testkit.Peer("cashier"), testkit.Operator("support"), testkit.Partner("pcl_1", "wallet"))
	stale := f.as(testkit.Operator("risk").Stale())
	f.refused("STEP_UP_REQUIRED", func() error { _, err := stale.ClearGuard(t.Context(), req); return err })
	_, err = risk.ClearGuard(t.Context(), req)
	require.NoError(t, err)
	var event walletv1.GuardCleared
	require.NoError(t, f.h.Events("wallet.guard_cleared.v1", 1)[0].Decode(&event))
	require.Equal(t, []string{"opr_1", "case closed", "0.00"}, []string{event.GetClearedBy(), event.GetReason(), event.GetGuard().GetMaximum().GetAmount()})
	f.bet(player, "50.00")
	f.refused("GUARD_NOT_FOUND", func() error { _, err := risk.ClearGuard(t.Context(), req); return err })

	own := stakeLimit(player, "60.00")
	own.Layer = walletv1.GuardLayer_GUARD_LAYER_PLAYER
	set, err = risk.SetGuard(t.Context(), own)
	require.NoError(t, err)
	req.GuardId = set.GetGuard().GetGuardId()
	f.refused("GUARD_PROTECTED", func() error { _, err := risk.ClearGuard(t.Context(), req); return err })
}

// Services clear guards of the layers that they set; compliance also what the player or a regulator has set.
func TestClearGuard_Layers(t *testing.T) {
	f := startWallet(t)
	admin := f.as(testkit.Operator("admin"))
	for name, s := range setters {
		if name == "staff" {
			continue // see TestClearGuard
		}
		c := f.as(s.caller)
		require.Equal(t, s.may, eachLayer(t, func(r *walletv1.SetGuardRequest) error {
			r.PlayerId = "ply_" + name
			set, err := admin.SetGuard(t.Context(), r)
			require.NoError(t, err)
			_, err = c.ClearGuard(t.Context(), &walletv1.ClearGuardRequest{PlayerId: r.GetPlayerId(), GuardId: set.GetGuard().GetGuardId(), Reason: "asked for"})
			return err
		}), name)
	}
	var event walletv1.GuardCleared
	require.NoError(t, f.h.Events("wallet.guard_cleared.v1", 13)[0].Decode(&event))
	require.Contains(t, setters, event.GetClearedBy())
}
