package wallet

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/errs"
)

func TestCheckpoint_GoesOnFromTheLast(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneWorker)
	_, err := VerifyWith(t.Context(), l.db.Pool, VerifyOptions{Since: true})
	require.Equal(t, "NO_CHECKPOINT", errs.ReasonOf(err))
	l.play(t)
	first := l.verified(t, VerifyOptions{Checkpoint: true})
	require.Positive(t, first.GetCheckpointNumber())

	v := l.verified(t, VerifyOptions{Since: true})
	require.Equal(t, first.GetCheckpointNumber(), v.GetSinceNumber())
	require.Zero(t, v.GetOperations())
	require.Equal(t, int64(4), v.GetAccounts(), "every balance is still what the checkpoint says")
	require.Equal(t, int64(10), v.GetCurrencies()[0].GetEntries())

	l.mustPay(t, "more", "ann", "1.00")
	l.mustPay(t, "new", "bob", "1.00")
	v = l.verified(t, VerifyOptions{Since: true, Checkpoint: true})
	require.Equal(t, []int64{2, 4, 0}, []int64{v.GetOperations(), v.GetEntries(), v.GetCheckpointNumber()}, "so little is not worth a checkpoint")
	v = l.verified(t, VerifyOptions{Since: true, Checkpoint: true, every: 1})
	require.Greater(t, v.GetCheckpointNumber(), first.GetCheckpointNumber())
	require.Equal(t, int64(6), scan[int64](t, l, "SELECT operations FROM ledger_checkpoint ORDER BY number DESC LIMIT 1"))
	require.Equal(t, int64(14), scan[int64](t, l, "SELECT entries FROM ledger_checkpoint ORDER BY number DESC LIMIT 1"))
	require.Equal(t, `{"EUR": {"entries": 14, "player_funds_minor": 1700}}`, scan[string](t, l, "SELECT currencies::text FROM ledger_checkpoint ORDER BY number DESC LIMIT 1"))
	v = l.verified(t, VerifyOptions{Since: true})
	require.Zero(t, v.GetOperations())
	require.Equal(t, int64(6), l.verified(t, VerifyOptions{Checkpoint: true}).GetOperations(), "a full one reads everything")
}

// What was written before the checkpoint is not read again by a verification since it; a full one sees its change, even when it keeps all other invariants.
func TestCheckpoint_TheFullOneSeesAChangedPast(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneWorker)
	l.mustPay(t, "deposit", "ann", "10.00")
	l.verified(t, VerifyOptions{Checkpoint: true})
	l.damage(t, "UPDATE entry SET type = 9; UPDATE operation SET kind = 'CREDIT'") // not an invariant, only to show that nobody reads it
	l.verified(t, VerifyOptions{Since: true})
	l.damage(t, "UPDATE entry SET balance_after_minor = balance_after_minor + 1 WHERE amount_minor > 0")
	l.verified(t, VerifyOptions{Since: true})
	violates(t, []string{RunningBalance}, l.verify(t, VerifyOptions{}))
	l.damage(t, "UPDATE entry SET balance_after_minor = amount_minor")

	l.damage(t, `UPDATE entry SET amount_minor = amount_minor * 2, balance_after_minor = balance_after_minor * 2;
		UPDATE account SET balance_minor = balance_minor * 2; UPDATE operation SET available_minor = available_minor * 2;
		UPDATE operation_key SET available_minor = available_minor * 2`)
	v := l.verify(t, VerifyOptions{Checkpoint: true})
	require.Equal(t, int64(2), v.GetViolationCount(), "%v", v.GetViolations())
	violates(t, []string{CheckpointMismatch}, v)
	require.Zero(t, v.GetCheckpointNumber())
	violates(t, []string{BalanceMismatch}, l.verify(t, VerifyOptions{Since: true}))
}

// A number that a batch has taken is behind the cut only when its transaction is over.
func TestCheckpoint_WaitsForTransactions(t *testing.T) {
	t.Parallel()
	l := played(t)
	tx, err := l.db.Pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT FROM account ORDER BY id FOR UPDATE")
	require.NoError(t, err)
	var first int64
	require.NoError(t, tx.QueryRow(t.Context(), "SELECT nextval('ledger_block')").Scan(&first))
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err = VerifyWith(ctx, l.db.Pool, VerifyOptions{Checkpoint: true})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	l.verified(t, VerifyOptions{}) // without a checkpoint there is nothing to wait for
	require.NoError(t, tx.Rollback(t.Context()))
	require.Equal(t, first+numbersInBlock-1, l.verified(t, VerifyOptions{Checkpoint: true}).GetCheckpointNumber())
}

// An interrupted full verification is taken up where it was, once.
func TestCheckpoint_Resume(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneWorker)
	for i := range 20 {
		l.mustPay(t, fmt.Sprint("deposit ", i), fmt.Sprint("p", i%3), "1.00")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := VerifyOptions{Checkpoint: true, Parallel: 1, rangeOperations: 2, markEvery: 3}
	o.Progress = func(p VerifyProgress) {
		if p.Part == "ranges" && p.Done == 5 {
			cancel()
		}
	}
	_, err := VerifyWith(ctx, l.db.Pool, o)
	require.ErrorIs(t, err, context.Canceled)
	require.Positive(t, scan[int64](t, l, "SELECT count(*) FROM ledger_checkpoint WHERE NOT complete"))
	_, err = VerifyWith(t.Context(), l.db.Pool, VerifyOptions{Since: true})
	require.Equal(t, "NO_CHECKPOINT", errs.ReasonOf(err), "what is not complete is nothing to go on from")

	o.Progress = nil
	whole := l.verified(t, o)
	require.Equal(t, int64(20), whole.GetOperations(), "only on request")
	require.Equal(t, int64(20), scan[int64](t, l, "SELECT operations FROM ledger_checkpoint WHERE complete"))
	exec(t, l.db.SuperURL, "SET session_replication_role = replica; DELETE FROM ledger_checkpoint WHERE complete")
	l.mustPay(t, "one more", "p1", "1.00")
	o.Resume = true
	rest := l.verified(t, o)
	require.Positive(t, rest.GetSinceNumber())
	require.Less(t, rest.GetOperations(), int64(15))
	require.Equal(t, int64(21), scan[int64](t, l, "SELECT operations FROM ledger_checkpoint WHERE complete"))
	require.Equal(t, int64(21), l.verified(t, o).GetOperations(), "a full one has been completed since")
}

// Verifications beside a working wallet never see anything half done, and checkpoints of it are right.
func TestCheckpoint_BesideOperations(t *testing.T) {
	t.Parallel()
	l := newLedger(t, Config{Workers: 3, MaxBatch: 8, QueueLen: 1024})
	for p := range 5 {
		l.mustPay(t, fmt.Sprint("deposit ", p), fmt.Sprint("p", p), "100.00")
	}
	l.verified(t, VerifyOptions{Checkpoint: true})
	done := make(chan struct{})
	go func() {
		defer close(done)
		each(400, func(i int) {
			player := fmt.Sprint("p", i%5)
			h, err := l.stake(fmt.Sprint("stake ", i), player, "1.00")
			require.NoError(t, err)
			if i%3 > 0 {
				_, err = l.win(fmt.Sprint("win ", i), player, h.GetHoldId(), "2.00")
				require.NoError(t, err)
			}
		})
	}()
	for i, running := 0, true; running || i < 4; i++ {
		select {
		case <-done:
			running = false
		default:
		}
		o := VerifyOptions{Checkpoint: true, Since: i%2 == 0, every: 1, rangeOperations: 20, markEvery: 50, Parallel: 1 + i%3}
		l.verified(t, o)
	}
	v := l.verified(t, VerifyOptions{Checkpoint: true})
	require.Equal(t, int64(5+400+266), v.GetOperations())
	require.Equal(t, v.GetOperations(), scan[int64](t, l, "SELECT operations FROM ledger_checkpoint WHERE complete ORDER BY number DESC, kind LIMIT 1"))
}

// Between the cut and the snapshot of one verification another may write a newer checkpoint. The first one then finds nothing wrong and writes none.
func TestCheckpoint_SomebodyElseWasFaster(t *testing.T) {
	t.Parallel()
	l := played(t)
	slow := newVerification(l.db.Pool, VerifyOptions{})
	slow.cut = cut{number: 2*numbersInBlock - 1}
	number := l.verified(t, VerifyOptions{Checkpoint: true}).GetCheckpointNumber()
	require.Greater(t, number, slow.cut.number)
	require.NoError(t, slow.run(t.Context()))
	require.Empty(t, slow.findings.kept)
	require.Zero(t, slow.out.GetCheckpointNumber())
	require.Equal(t, int64(1), scan[int64](t, l, "SELECT count(*) FROM ledger_checkpoint"))
}

// The service can add checkpoints and checks, and can change none.
func TestCheckpoint_IsAppendOnly(t *testing.T) {
	t.Parallel()
	l := played(t)
	_, err := l.check(t.Context(), kindFull)
	require.NoError(t, err)
	for _, url := range []string{l.db.URL, l.db.OwnerURL} {
		refusedAll(t, url, "UPDATE ledger_check SET ok = true", "DELETE FROM ledger_check", "TRUNCATE ledger_check",
			"UPDATE ledger_checkpoint SET number = 1", "DELETE FROM ledger_checkpoint", "DELETE FROM ledger_checkpoint_account",
			"UPDATE ledger_checkpoint_account SET balance_minor = 0", "TRUNCATE ledger_checkpoint_account", "TRUNCATE ledger_archive")
	}
	refusedAll(t, l.db.URL, "INSERT INTO ledger_archive (month, attached, last_number, operations, entries, checkpoint_number) VALUES ('2020-01-01', false, 0, 0, 0, 0)",
		"SELECT make_partition('2020-01-01')")
}
