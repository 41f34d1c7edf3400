package gaming_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	operationsv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/operations/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// TestKillSwitches: what is switched off takes no stakes and no launches, and still pays and cancels.
func TestKillSwitches(t *testing.T) {
	t.Parallel()
	c := open(t, "PITBOSS_CATALOG_SWITCHES", "20ms")
	g := c.seat("100.00")
	for _, tx := range []string{"b1", "b2"} {
		_, err := g.bet("round-"+tx, tx, "10.00")
		require.NoError(t, err)
	}
	for rule, off := range map[string]*operationsv1.KillSwitch{
		"ALL_PLAY_SWITCHED_OFF":     {Scope: operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_ALL},
		"JURISDICTION_SWITCHED_OFF": {Scope: operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_JURISDICTION, Value: "DE"},
		"CATEGORY_SWITCHED_OFF":     {Scope: operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_CATEGORY, Value: "slots"},
		"GAME_SWITCHED_OFF":         {Scope: operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_GAME, Value: c.games["slot"]},
	} {
		c.switchOff(off)
		var err error
		require.Eventually(t, func() bool {
			_, err = g.as(g.id).LaunchGame(t.Context(), &gamingv1.LaunchGameRequest{GameId: c.games["slot"], Currency: "EUR"})
			return errs.Metadata(err)["rule"] == rule
		}, 20*time.Second, 20*time.Millisecond, rule)
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_GAME_UNAVAILABLE)
		_, err = g.bet("round-"+rule, rule, "10.00")
		refused(t, err, gamingv1.ErrorReason_ERROR_REASON_GAME_UNAVAILABLE)
		require.Equal(t, rule, errs.Metadata(err)["rule"])
	}
	_, err := g.win("round-b1", "w1", "b1", "25.00")
	require.NoError(t, err, "winnings are paid")
	_, err = g.cancel("round-b2", "c2", "b2")
	require.NoError(t, err, "stakes are given back")
	c.switchOff(&operationsv1.KillSwitch{Scope: operationsv1.KillSwitchScope_KILL_SWITCH_SCOPE_JURISDICTION, Value: "FR"})
	require.Eventually(t, func() bool {
		_, err = g.as(g.id).LaunchGame(t.Context(), &gamingv1.LaunchGameRequest{GameId: c.games["slot"], Currency: "EUR"})
		return err == nil
	}, 20*time.Second, 20*time.Millisecond, "another country's switch is another country's")
}

func (c *casino) switchOff(off ...*operationsv1.KillSwitch) {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	c.out.off = off
}
