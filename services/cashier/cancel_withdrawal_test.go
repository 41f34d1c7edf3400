package cashier_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cashierv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/cashier/v1"
)

func TestCancelWithdrawal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	player := newPlayer()
	w.paid(player, "1200.00")
	y := w.withdraw(player, "700.00")
	_, err := w.player(newPlayer()).CancelWithdrawal(t.Context(), &cashierv1.CancelWithdrawalRequest{WithdrawalId: y.GetWithdrawalId()})
	reason(t, "WITHDRAWAL_NOT_FOUND", err)
	_, err = w.operator("opr_1").CancelWithdrawal(t.Context(), &cashierv1.CancelWithdrawalRequest{WithdrawalId: y.GetWithdrawalId()})
	reason(t, "PERMISSION_DENIED", err)
	w.identity.live(player, "GB")
	_, err = w.player(player).CancelWithdrawal(t.Context(), &cashierv1.CancelWithdrawalRequest{WithdrawalId: y.GetWithdrawalId()})
	reason(t, "PLAYER_CANCEL_FORBIDDEN", err)
	w.identity.live(player, "MT")
	for range 2 {
		res, err := w.player(player).CancelWithdrawal(t.Context(), &cashierv1.CancelWithdrawalRequest{WithdrawalId: y.GetWithdrawalId()})
		require.NoError(t, err)
		require.Equal(t, cancelled, res.GetWithdrawal().GetState())
	}
	w.funds(player, "1200.00", "0.00")
	z := w.withdrawal(player, w.withdraw(player, "100.00").GetWithdrawalId(), paidOut)
	_, err = w.player(player).CancelWithdrawal(t.Context(), &cashierv1.CancelWithdrawalRequest{WithdrawalId: z.GetWithdrawalId()})
	reason(t, "WRONG_STATE", err)
	require.Len(t, w.h.Events("payout.rejected.v1", 1), 1)
	w.verify()
}

func (p *playedIdentity) live(player, country string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.country = map[string]string{player: country}
}
