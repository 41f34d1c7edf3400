package wallet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	walletv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/wallet/v1"
	"github.com/pitboss-gaming/pitboss/kit/authn"
	"github.com/pitboss-gaming/pitboss/kit/errs"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

const alerts = "SELECT count(*) FROM outbox WHERE subject = 'alert.ledger_mismatch.v1'"

// damage changes tables behind every protection.
func (l *ledger) damage(t testing.TB, sql string) {
	t.Helper()
	exec(t, l.db.SuperURL, "SET session_replication_role = replica; "+sql)
}

// A check is kept, and what it finds is told once: not again by the next check that finds the same, but again when something else is wrong or when it
// was right in between.
func TestCheck_TellsWhatIsNew(t *testing.T) {
	t.Parallel()
	l := played(t)
	check := func(kind int16) *walletv1.LedgerCheck {
		id, err := l.check(t.Context(), kind)
		require.NoError(t, err)
		r, err := l.GetLedgerCheck(t.Context(), &walletv1.GetLedgerCheckRequest{CheckId: id})
		require.NoError(t, err)
		return r.GetCheck()
	}
	c := check(kindFull)
	require.True(t, c.GetOk())
	require.Equal(t, []int64{4, 10, 4, 2, 0}, []int64{c.GetOperations(), c.GetEntries(), c.GetAccounts(), c.GetHolds(), c.GetSinceNumber()})
	require.Positive(t, c.GetCheckpointNumber())

	l.damage(t, "UPDATE account SET balance_minor = balance_minor + 1 WHERE kind = 1")
	for range 2 {
		c = check(kindFull)
		require.False(t, c.GetOk())
		require.Zero(t, c.GetCheckpointNumber(), "what is wrong is no point to go on from")
		require.Equal(t, int64(1), c.GetViolationCount())
		require.Equal(t, BalanceMismatch, c.GetViolations()[0].GetInvariant())
		require.Equal(t, "ann", c.GetViolations()[0].GetPlayerId())
		require.Empty(t, c.GetFrozenPlayers(), "nobody is frozen unless that is wanted")
	}
	require.Equal(t, int64(1), scan[int64](t, l, alerts))
	require.Equal(t, BalanceMismatch, check(kindSince).GetViolations()[0].GetInvariant())
	require.Equal(t, int64(2), scan[int64](t, l, alerts), "each kind of check tells for itself")

	l.damage(t, "UPDATE account SET held_minor = held_minor + 1 WHERE kind = 1")
	check(kindFull)
	require.Equal(t, int64(3), scan[int64](t, l, alerts), "something else is wrong now")
	l.damage(t, "UPDATE account SET balance_minor = balance_minor - 1, held_minor = held_minor - 1 WHERE kind = 1")
	require.True(t, check(kindFull).GetOk())
	l.damage(t, "UPDATE account SET balance_minor = balance_minor + 1 WHERE kind = 1")
	check(kindFull)
	require.Equal(t, int64(4), scan[int64](t, l, alerts), "it was right in between")
}

// A player whose account is wrong can neither stake nor withdraw until an operator clears that; others can, and deposits go on.
func TestCheck_FreezesThePlayer(t *testing.T) {
	t.Parallel()
	l := played(t)
	l.cfg.FreezeOnMismatch = true
	l.mustPay(t, "deposit of bob", "bob", "10.00")
	l.damage(t, "UPDATE account SET balance_minor = balance_minor + 1 WHERE kind = 1 AND owner = 'ann'")
	id, err := l.check(t.Context(), kindFull)
	require.NoError(t, err)
	r, err := l.GetLedgerCheck(t.Context(), &walletv1.GetLedgerCheckRequest{CheckId: id})
	require.NoError(t, err)
	require.Equal(t, []string{"ann"}, r.GetCheck().GetFrozenPlayers())

	_, err = l.stake("frozen", "ann", "1.00")
	require.Equal(t, "RESTRICTED", errs.ReasonOf(err))
	_, err = l.ReserveWithdrawal(asPeer("cashier"), &walletv1.ReserveWithdrawalRequest{RequestId: "frozen", PlayerId: "ann", Amount: eur("1.00"), Reference: withdrawalRef("w")})
	require.Equal(t, "RESTRICTED", errs.ReasonOf(err))
	_, err = l.stake("other", "bob", "1.00")
	require.NoError(t, err)

	guards, err := l.ListPlayerGuards(t.Context(), &walletv1.ListPlayerGuardsRequest{PlayerId: "ann"})
	require.NoError(t, err)
	for _, g := range guards.GetGuards() {
		if g.GetKind() < walletv1.GuardKind_GUARD_KIND_NO_STAKE {
			continue
		}
		require.Equal(t, "ledger mismatch "+id, g.GetReason())
		require.Equal(t, "wallet", g.GetSetBy())
		ctx := authn.NewContext(t.Context(), authn.Caller{Kind: authn.KindOperator, ID: "opr_1"})
		_, err := l.ClearGuard(ctx, &walletv1.ClearGuardRequest{PlayerId: "ann", GuardId: g.GetGuardId(), Reason: "looked at"})
		require.NoError(t, err)
	}
	_, err = l.check(t.Context(), kindFull)
	require.NoError(t, err)
	_, err = l.stake("looked at", "ann", "1.00")
	require.NoError(t, err, "what an operator has cleared is not set again for the same violations")

	_, err = l.check(t.Context(), kindFull)
	require.NoError(t, err)
	_, err = l.stake("chain", "ann", "1.00")
	require.Equal(t, "RESTRICTED", errs.ReasonOf(err), "the stake's entry does not follow from the one before it, which is something new")
	l.mustPay(t, "still", "ann", "1.00")
}

// Freezing again changes nothing, and an operator's own restriction stays as it is.
func TestFreeze_Twice(t *testing.T) {
	t.Parallel()
	l := played(t)
	_, err := l.SetGuard(asPeer("compliance"), &walletv1.SetGuardRequest{
		PlayerId: "ann", Kind: walletv1.GuardKind_GUARD_KIND_NO_STAKE, Layer: walletv1.GuardLayer_GUARD_LAYER_OPERATOR, Reason: "by hand",
	})
	require.NoError(t, err)
	const reasons = "SELECT string_agg(reason, ', ' ORDER BY kind) || count(*) FROM guard WHERE kind >= 7"
	for range 2 {
		_, err := l.freeze(t.Context(), "lck_1", []*walletv1.Violation{{PlayerId: "ann"}, {PlayerId: "ann"}, {}})
		require.NoError(t, err)
		require.Equal(t, "by hand, ledger mismatch lck_12", scan[string](t, l, reasons))
	}
}

func TestDue(t *testing.T) {
	t.Parallel()
	l := played(t)
	now := time.Now()
	l.clock = func() time.Time { return now }
	l.cfg.VerifyEvery, l.cfg.VerifyFullEvery = 5*time.Minute, 24*time.Hour
	due := func(want int16, ahead time.Duration) {
		t.Helper()
		now = now.Add(ahead)
		kind, err := l.due(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, kind)
	}
	due(0, 0)
	due(kindFull, 6*time.Minute)
	require.NoError(t, l.verifyWhenDue(t.Context()))
	due(0, 4*time.Minute)
	due(kindSince, 2*time.Minute)
	require.NoError(t, l.verifyWhenDue(t.Context()))
	due(0, 0)
	due(kindSince, 23*time.Hour)
	due(kindFull, time.Hour)
	l.cfg.VerifyFullEvery = 0
	due(kindSince, 0)
	l.cfg.VerifyEvery = 0
	due(0, 0)
	require.Equal(t, int64(2), scan[int64](t, l, "SELECT count(*) FROM ledger_check"))
}

// Of several replicas one makes the check, and one that answers VerifyLedger at the moment leaves it.
func TestVerifyWhenDue_OneAtATime(t *testing.T) {
	t.Parallel()
	l := played(t)
	l.cfg.VerifyEvery, l.cfg.VerifyFullEvery = time.Nanosecond, time.Nanosecond
	conn, err := l.pool.Acquire(t.Context())
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "SELECT pg_advisory_lock($1)", pg.LockKey("wallet", "ledger check"))
	require.NoError(t, err)
	require.NoError(t, l.verifyWhenDue(t.Context()))
	_, err = conn.Exec(t.Context(), "SELECT pg_advisory_unlock($1)", pg.LockKey("wallet", "ledger check"))
	require.NoError(t, err)
	conn.Release()
	l.verifying.Lock()
	require.NoError(t, l.verifyWhenDue(t.Context()))
	_, err = l.VerifyLedger(t.Context(), &walletv1.VerifyLedgerRequest{})
	require.Equal(t, "VERIFICATION_RUNNING", errs.ReasonOf(err))
	l.verifying.Unlock()
	require.Zero(t, scan[int64](t, l, "SELECT count(*) FROM ledger_check"))
	require.NoError(t, l.verifyWhenDue(t.Context()))
	require.Equal(t, int64(1), scan[int64](t, l, "SELECT count(*) FROM ledger_check"))
	require.Zero(t, scan[int64](t, l, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"))
}
