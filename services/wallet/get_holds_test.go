package wallet

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/errs"
)

// TestGetHolds: what has become of holds, to those alone whose they are.
func TestGetHolds(t *testing.T) {
	f := startWallet(t)
	player := f.player("100.00")
	open, won, back := f.bet(player, "1.00"), f.settled(player, "2.00", "5.00"), f.bet(player, "3.00")
	_, err := f.gaming.ReleaseHold(t.Context(), &walletv1.ReleaseHoldRequest{RequestId: f.request(), PlayerId: player, HoldId: back, Reference: betRef("bet")})
	require.NoError(t, err)
	void := f.settled(player, "4.00", "9.00")
	_, err = f.gaming.CorrectHold(t.Context(), &walletv1.CorrectHoldRequest{
		RequestId: f.request(), PlayerId: player, HoldId: void, Payout: eur("0.00"), Void: true, Provider: "acme", Reference: betRef("bet"),
	})
	require.NoError(t, err)
	paid := f.withdrawal(player, "7.00")
	get := func(c walletv1.WalletServiceClient, ids ...string) map[string]string {
		r, err := c.GetHolds(t.Context(), &walletv1.GetHoldsRequest{HoldIds: ids})
		require.NoError(t, err)
		found := map[string]string{}
		for _, h := range r.GetHolds() {
			require.Equal(t, h.GetState() != walletv1.HoldState_HOLD_STATE_OPEN, h.GetClosedAt() != nil)
			found[h.GetHoldId()] = fmt.Sprintf("%s %s: %s settled %s released %s paid %s", h.GetState().String()[len("HOLD_STATE_"):], h.GetAmount().GetAmount(),
				h.GetRemaining().GetAmount(), h.GetSettled().GetAmount(), h.GetReleased().GetAmount(), h.GetPaid().GetAmount())
		}
		return found
	}
	require.Equal(t, map[string]string{
		open: "OPEN 1.00: 1.00 settled 0.00 released 0.00 paid 0.00", won: "SETTLED 2.00: 0.00 settled 2.00 released 0.00 paid 5.00",
		back: "RELEASED 3.00: 0.00 settled 0.00 released 3.00 paid 0.00", void: "RELEASED 4.00: 0.00 settled 0.00 released 4.00 paid 0.00",
	}, get(f.gaming, open, won, back, void, paid, "hld_nobody"))
	require.Equal(t, map[string]string{paid: "OPEN 7.00: 7.00 settled 0.00 released 0.00 paid 0.00"}, get(f.cashier, open, paid))

	many := make([]string, 501)
	for i := range many {
		many[i] = fmt.Sprint("hld_", i)
	}
	require.Empty(t, get(f.gaming, many[:500]...))
	for name, ids := range map[string][]string{"none": nil, "too many": many, "twice": {open, open}, "empty": {""}} {
		_, err := f.gaming.GetHolds(t.Context(), &walletv1.GetHoldsRequest{HoldIds: ids})
		require.Equal(t, "VALIDATION", errs.ReasonOf(err), name)
	}
	f.deniedTo(func(c walletv1.WalletServiceClient) error {
		_, err := c.GetHolds(t.Context(), &walletv1.GetHoldsRequest{HoldIds: []string{open}})
		return err
	}, others(player, "gaming", "cashier")...)
}
