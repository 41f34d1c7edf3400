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
	"github.com/pitboss-gaming/pitboss/kit/ids"
)

// forget undoes what gaming wrote after the wallet's answer to a bet, as if the process had died in between.
func (c *casino) forget(providerTx string) {
	c.t.Helper()
	c.exec("UPDATE bet SET state = 1, hold_id = '', settled_at = NULL WHERE provider_tx_id = $1", providerTx)
	c.exec("UPDATE provider_tx SET state = 1, balance_minor = 0, refuse_reason = '' WHERE kind = 'bet' AND provider_tx_id = $1", providerTx)
}

// intend leaves a bet as a process that died before asking the wallet would have.
func (g *guest) intend(round, providerTx, amount string) {
	g.t.Helper()
	_, err := g.bet(round, providerTx, amount)
	require.NoError(g.t, err)
	b := g.round(round).GetBets()[0]
	_, err = g.wallet.ReleaseHold(g.t.Context(), &walletv1.ReleaseHoldRequest{
		RequestId: ids.New("msg"), PlayerId: g.id, HoldId: b.GetHoldId(),
		Reference: &walletv1.Reference{SourceKind: walletv1.SourceKind_SOURCE_KIND_BET, SourceId: b.GetBetId()},
	})
	require.NoError(g.t, err)
	g.forget(providerTx)
	// The wallet has never heard of this key.
	g.exec("UPDATE bet SET provider_tx_id = $2 WHERE provider_tx_id = $1", providerTx, providerTx+"-never-sent")
	g.exec("UPDATE provider_tx SET provider_tx_id = $2 WHERE kind = 'bet' AND provider_tx_id = $1", providerTx, providerTx+"-never-sent")
}

func (g *guest) betState(round string) gamingv1.BetState {
	return g.round(round).GetBets()[0].GetState()
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

	c.forget("k1-b")
	r, err := g.bet("k1", "k1-b", "10.00")
	require.NoError(t, err, "the provider's retry heals")
	require.Equal(t, "90.00", r.GetReceipt().GetFunds().GetCash().GetAmount())
	g.cash("90.00", "10.00")
	require.Equal(t, op.GetHoldId(), g.round("k1").GetBets()[0].GetHoldId())

	c.forget("k1-b")
	_, err = g.lastWin("k1", "k1-w", "k1-b", "5.00")
	require.NoError(t, err, "so does a result")
	g.cash("95.00", "0.00")

	// A win that was paid but not written down.
	c.exec("UPDATE provider_tx SET state = 1, balance_minor = 0 WHERE kind = 'win' AND provider_tx_id = 'k1-w'")
	c.exec("UPDATE bet SET state = 2, payout_minor = 0, settle_claim = 'win', settled_at = NULL WHERE provider_tx_id = 'k1-b'")
	c.exec("UPDATE round SET state = 1, closing = false WHERE provider_round_id = 'k1'")
	w, err := g.lastWin("k1", "k1-w", "k1-b", "5.00")
	require.NoError(t, err)
	require.Equal(t, "95.00", w.GetReceipt().GetFunds().GetCash().GetAmount())
	require.Equal(t, gamingv1.RoundState_ROUND_STATE_SETTLED, g.round("k1").GetState())
	g.cash("95.00", "0.00")

	_, err = g.bet("k2", "k2-b", "10.00")
	require.NoError(t, err)
	c.forget("k2-b")
	x, err := g.cancel("k2", "k2-c", "k2-b")
	require.NoError(t, err, "and a cancellation, which gives the stake back")
	require.Equal(t, "95.00", x.GetReceipt().GetFunds().GetCash().GetAmount())
	_, err = g.bet("k2", "k2-b", "10.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_CANCELLED)
	g.cash("95.00", "0.00")
	c.verify()
}

func TestReconcile(t *testing.T) {
	t.Parallel()
	c := open(t)
	g := c.seat("100.00")

	_, err := g.bet("r1", "r1-b", "10.00")
	require.NoError(t, err)
	c.forget("r1-b")
	g.intend("r2", "r2-b", "10.00")

	// Cancelled while the stake was on its way, and the process died before it could give it back.
	_, err = g.bet("r3", "r3-b", "10.00")
	require.NoError(t, err)
	c.forget("r3-b")
	c.exec("UPDATE bet SET cancelled = true WHERE provider_tx_id = 'r3-b'")

	// A round that was to be closed.
	_, err = g.bet("r4", "r4-b", "10.00")
	require.NoError(t, err)
	c.exec("UPDATE round SET closing = true WHERE provider_round_id = 'r4'")

	// A cancellation whose release was not written down.
	_, err = g.bet("r5", "r5-b", "10.00")
	require.NoError(t, err)
	_, err = g.cancel("r5", "r5-c", "r5-b")
	require.NoError(t, err)
	c.exec("UPDATE provider_tx SET state = 1 WHERE kind = 'cancel' AND provider_tx_id = 'r5-c'")
	c.exec("UPDATE bet SET state = 2, settle_claim = 'cancel' WHERE provider_tx_id = 'r5-b'")
	c.exec("UPDATE round SET state = 1 WHERE provider_round_id = 'r5'")

	require.Equal(t, gamingv1.BetState_BET_STATE_PENDING, g.betState("r1"))
	c.Clock.Advance(31 * time.Second)
	eventually(t, "everything has its end", func() bool {
		return g.betState("r1") == gamingv1.BetState_BET_STATE_ACCEPTED &&
			g.betState("r2") == gamingv1.BetState_BET_STATE_REJECTED &&
			g.betState("r3") == gamingv1.BetState_BET_STATE_VOIDED &&
			g.round("r4").GetState() == gamingv1.RoundState_ROUND_STATE_SETTLED &&
			g.betState("r5") == gamingv1.BetState_BET_STATE_VOIDED
	})
	g.cash("80.00", "10.00") // r1 is open, r4 is lost
	_, err = g.bet("r2", "r2-b-never-sent", "10.00")
	refused(t, err, gamingv1.ErrorReason_ERROR_REASON_BET_CANCELLED)
	_, err = g.lastWin("r1", "r1-w", "r1-b", "10.00")
	require.NoError(t, err)
	g.cash("90.00", "0.00")
	c.verify()
}
