package gaming_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
)

// forget removes what gaming wrote after the wallet's answer, as if the process had died in between.
func (c *casino) forget(kind, providerTx string) {
	c.t.Helper()
	c.exec("DELETE FROM provider_tx WHERE kind = $1 AND provider_tx_id = $2", kind, providerTx)
	if kind == "bet" {
		c.exec("DELETE FROM bet WHERE provider_tx_id = $1", providerTx)
	}
}

// requestID repeats how gaming derives the wallet's keys: it must never change, or a retry after an upgrade would pay twice.
func requestID(step, integrationID, providerTxID string) string {
	h := sha256.New()
	for _, p := range []string{integrationID, step, providerTxID} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return step + ":" + hex.EncodeToString(h.Sum(nil))
}

func TestCrashBetweenWalletAndRow(t *testing.T) {
	t.Parallel()
	c := open(t, "PITBOSS_GAMING_RECONCILE_EVERY", "1h")
	g := c.seat("100.00")

	_, err := g.bet("k1", "k1-b", "10.00")
	require.NoError(t, err)
	op, err := g.wallet.FindOperation(t.Context(), &walletv1.FindOperationRequest{RequestId: requestID("bet", integration, "k1-b")})
	require.NoError(t, err)
	require.NotEmpty(t, op.GetHoldId())

	c.forget("bet", "k1-b")
	r, err := g.bet("k1", "k1-b", "10.00")
	require.NoError(t, err, "the provider's retry heals")
	require.Equal(t, "90.00", r.GetReceipt().GetFunds().GetCash().GetAmount())
	g.cash("90.00", "10.00")
	require.Equal(t, op.GetHoldId(), g.round("k1").GetBets()[0].GetHoldId())

	c.forget("bet", "k1-b")
	_, err = g.lastWin("k1", "k1-w", "k1-b", "5.00")
	require.NoError(t, err, "so does a result")
	g.cash("95.00", "0.00")

	// A win that was paid but not written down.
	c.forget("win", "k1-w")
	c.exec("UPDATE bet SET state = 2, payout_minor = 0, settled_at = NULL WHERE provider_tx_id = 'k1-b'")
	c.exec("UPDATE round SET state = 1, closing = false WHERE provider_round_id = 'k1'")
	w, err := g.lastWin("k1", "k1-w", "k1-b", "5.00")
	require.NoError(t, err)
	require.Equal(t, "95.00", w.GetReceipt().GetFunds().GetCash().GetAmount())
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_SETTLED, g.round("k1").GetState())
	g.cash("95.00", "0.00")

	_, err = g.bet("k2", "k2-b", "10.00")
	require.NoError(t, err)
	c.forget("bet", "k2-b")
	x, err := g.cancel("k2", "k2-c", "k2-b")
	require.NoError(t, err, "and a cancellation, which gives the stake back")
	require.Equal(t, "95.00", x.GetReceipt().GetFunds().GetCash().GetAmount())
	_, err = g.bet("k2", "k2-b", "10.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_CANCELLED)
	g.cash("95.00", "0.00")
	c.verify()
}

// TestReconcile: a round that was to be closed when its process died.
func TestReconcile(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")
	_, err := g.bet("r4", "r4-b", "10.00")
	require.NoError(t, err)
	c.exec("UPDATE round SET closing = true, stuck = true WHERE provider_round_id = 'r4'")
	c.Clock.Advance(31 * time.Second)
	eventually(t, "the round is closed", func() bool { return g.round("r4").GetState() == gamingv1.RoundState_ROUND_STATE_SETTLED })
	g.cash("90.00", "0.00")
	c.verify()
}
