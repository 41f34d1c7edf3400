package wallet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	commonv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/common/v1"
	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
)

// years is a ledger whose operations lie around the end of a month, six months ago, with the partitions that it would have had, and now.
type years struct {
	*ledger
	old, next time.Time // the month to be archived and the one after it
	hold      string    // opened in the old month, closed in the next
	openHold  string    // opened in the old month, still open
	first     *walletv1.DepositResponse
}

func overTheBoundary(t *testing.T) *years {
	t.Helper()
	d := pgtest.New(t, pgtest.Sets(Migrations())...)
	month := time.Now().UTC().AddDate(0, -6, -time.Now().UTC().Day()+1).Truncate(24 * time.Hour)
	y := &years{old: month, next: month.AddDate(0, 1, 0)}
	for m := month; m.Before(time.Now().AddDate(0, -1, 0)); m = m.AddDate(0, 1, 0) {
		exec(t, d.OwnerURL, "SELECT make_partition('"+m.Format(time.DateOnly)+"')")
	}
	now := y.next.Add(-time.Minute)
	y.ledger = &ledger{Server: New(d.Pool, oneWorker, func() time.Time { return now }), db: d}
	t.Cleanup(y.Close)
	var err error
	y.first, err = y.pay(asPeer("cashier"), "old deposit", "ann", "10.00")
	require.NoError(t, err)
	h, err := y.stake("old stake", "ann", "1.00")
	require.NoError(t, err)
	y.hold = h.GetHoldId()
	h, err = y.stake("old open stake", "ann", "2.00")
	require.NoError(t, err)
	y.openHold = h.GetHoldId()
	y.mustPay(t, "bob only then", "bob", "5.00")
	now = y.next.Add(time.Minute)
	_, err = y.win("next win", "ann", y.hold, "3.00")
	require.NoError(t, err)
	y.mustPay(t, "next deposit", "ann", "1.00")
	now = time.Now()
	y.mustPay(t, "deposit of today", "ann", "1.00")
	require.Zero(t, scan[int64](t, y.ledger, inDefault))
	y.proven(t)
	return y
}

func (y *years) statementOf(t *testing.T, player string) (numbers []int64) {
	t.Helper()
	page := &commonv1.PageRequest{Size: 2}
	for {
		entries, next, err := y.statement(t.Context(), player, &walletv1.EntryFilter{}, page)
		require.NoError(t, err)
		for _, e := range entries {
			numbers = append(numbers, e.GetEntryId())
		}
		if page.Token = next.GetNextToken(); page.Token == "" {
			return numbers
		}
	}
}

func (y *years) archive(t *testing.T, month time.Time) {
	t.Helper()
	n, err := Archive(t.Context(), y.db.Pool, month)
	require.NoError(t, err)
	require.Positive(t, n)
}

func (y *years) notArchivable(t *testing.T, month time.Time, reason string) {
	t.Helper()
	_, err := Archive(t.Context(), y.db.Pool, month)
	var refused ErrNotArchivable
	require.ErrorAs(t, err, &refused)
	require.Contains(t, refused.Reason, reason)
}

func TestArchive(t *testing.T) {
	t.Parallel()
	y := overTheBoundary(t)
	whole := y.statementOf(t, "ann")
	y.notArchivable(t, y.old, "no complete checkpoint")
	c := y.verified(t, VerifyOptions{Checkpoint: true})
	y.notArchivable(t, y.next, "older than the month")
	y.notArchivable(t, time.Now(), "less than three months")
	y.notArchivable(t, y.old.AddDate(-5, 0, 0), "not attached")
	y.archive(t, y.old)
	y.notArchivable(t, y.old, "not attached")

	// What remains is right, from the checkpoint on, and so is what is chained to it.
	v := y.verified(t, VerifyOptions{})
	require.Equal(t, []int64{c.GetCheckpointNumber(), 3, 8}, []int64{v.GetSinceNumber(), v.GetOperations(), v.GetEntries()})
	require.Equal(t, int64(16), v.GetCurrencies()[0].GetEntries(), "archived entries still count")
	y.verified(t, VerifyOptions{Since: true})
	y.verified(t, VerifyOptions{rangeOperations: 1, Parallel: 3})
	require.Len(t, y.statementOf(t, "ann"), len(whole)-5, "the statement ends where the ledger does")
	require.Equal(t, whole[:len(whole)-5], y.statementOf(t, "ann"))

	// A request of then is still answered with its first result and does nothing.
	again, err := y.pay(asPeer("cashier"), "old deposit", "ann", "10.00")
	require.NoError(t, err)
	require.True(t, again.GetReplayed())
	require.Equal(t, y.first.GetOperationId(), again.GetOperationId())
	require.Equal(t, short(y.first.GetBalanceAfter()), short(again.GetBalanceAfter()))
	_, err = y.win("late win", "ann", y.openHold, "0.00") // a hold of then is closed now
	require.NoError(t, err)
	y.mustPay(t, "back again", "bob", "1.00")
	c = y.verified(t, VerifyOptions{Checkpoint: true})
	require.Positive(t, c.GetCheckpointNumber())
	y.verified(t, VerifyOptions{Since: true})

	y.archive(t, y.next)
	y.verified(t, VerifyOptions{Checkpoint: true})
	require.Error(t, Unarchive(t.Context(), y.db.Pool, y.old), "the newest comes back first")
	require.NoError(t, Unarchive(t.Context(), y.db.Pool, y.next))
	y.verified(t, VerifyOptions{})
	require.NoError(t, Unarchive(t.Context(), y.db.Pool, y.old))
	v = y.verified(t, VerifyOptions{})
	require.Equal(t, []int64{0, 9, 20}, []int64{v.GetSinceNumber(), v.GetOperations(), v.GetEntries()})
	require.Len(t, y.statementOf(t, "ann"), len(whole)+1)
	y.archive(t, y.old)
	y.verified(t, VerifyOptions{})
}

// What is damaged in what remains is seen, and what is damaged in what was archived is seen when it comes back.
func TestArchive_HidesNothing(t *testing.T) {
	t.Parallel()
	y := overTheBoundary(t)
	y.verified(t, VerifyOptions{Checkpoint: true})
	y.archive(t, y.old)
	part := "entry_" + y.old.Format("2006_01")
	for name, tc := range map[string]struct{ do, undo, want string }{
		"a balance":  {"UPDATE account SET balance_minor = balance_minor + 1 WHERE owner = 'bob'", "UPDATE account SET balance_minor = balance_minor - 1 WHERE owner = 'bob'", BalanceMismatch},
		"an amount":  {"UPDATE entry SET amount_minor = amount_minor + 5000 WHERE type = 7", "UPDATE entry SET amount_minor = amount_minor - 5000 WHERE type = 7", OperationSum},
		"a new key":  {"INSERT INTO operation_key SELECT fingerprint, 'wop_x', 1, now(), '', currency, 0, 0, 0, gen_random_uuid() FROM operation_key LIMIT 1", "DELETE FROM operation_key WHERE operation_id = 'wop_x'", KeyMismatch},
		"a hold":     {"UPDATE hold SET state = 2, closed_at = now(), settled_minor = amount_minor WHERE state = 1", "UPDATE hold SET state = 1, closed_at = NULL, settled_minor = 0 WHERE id = '" + y.openHold + "'", HoldHistory},
		"an account": {"UPDATE account SET version = version + 1 WHERE owner = 'bob' AND kind = 1", "UPDATE account SET version = version - 1 WHERE owner = 'bob' AND kind = 1", VersionMismatch},
	} {
		y.damage(t, tc.do)
		v := y.verify(t, VerifyOptions{})
		violates(t, []string{tc.want}, v)
		y.damage(t, tc.undo)
		require.True(t, y.verify(t, VerifyOptions{}).GetOk(), name)
	}
	y.damage(t, "UPDATE "+part+" SET amount_minor = amount_minor + 1 WHERE type = 1")
	y.verified(t, VerifyOptions{})
	require.NoError(t, Unarchive(t.Context(), y.db.Pool, y.old))
	violates(t, []string{OperationSum, RunningBalance, BalanceMismatch}, y.verify(t, VerifyOptions{}))
}

// An archived month is as closed as before, and so is one that came back.
func TestArchive_StaysClosed(t *testing.T) {
	t.Parallel()
	y := overTheBoundary(t)
	y.verified(t, VerifyOptions{Checkpoint: true})
	op, entry := "operation_"+y.old.Format("2006_01"), "entry_"+y.old.Format("2006_01")
	closed := func() {
		for _, part := range []string{op, entry} {
			for _, url := range []string{y.db.URL, y.db.OwnerURL} {
				refusedAll(t, url, "UPDATE "+part+" SET number = 1", "DELETE FROM "+part, "TRUNCATE "+part)
			}
			refusedAll(t, y.db.URL, "INSERT INTO "+part+" SELECT * FROM "+part, "SELECT FROM "+part)
		}
	}
	closed()
	y.archive(t, y.old)
	closed()
	require.NoError(t, Unarchive(t.Context(), y.db.Pool, y.old))
	closed()
	y.archive(t, y.old)
	closed()
	require.Equal(t, "f,t,f", scan[string](t, y.ledger, "SELECT string_agg(left(attached::text, 1), ',' ORDER BY id) FROM ledger_archive"))
}

func TestPartitions_AreListed(t *testing.T) {
	t.Parallel()
	y := overTheBoundary(t)
	y.verified(t, VerifyOptions{Checkpoint: true})
	y.archive(t, y.old)
	parts, err := Partitions(t.Context(), y.db.Pool)
	require.NoError(t, err)
	require.Equal(t, y.old, parts[0].Month)
	require.Equal(t, []int64{4, 8}, []int64{parts[0].Operations, parts[0].Entries})
	require.False(t, parts[0].Attached)
	require.Positive(t, parts[0].CheckpointNumber)
	require.Equal(t, y.next, parts[1].Month)
	require.True(t, parts[1].Attached)
	last := parts[len(parts)-1]
	require.True(t, last.Month.IsZero())
	require.Zero(t, last.Operations+last.Entries)
	for _, p := range parts {
		require.Positive(t, p.Bytes)
	}
}
