package wallet

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each invariant's check is seen to fire: the tables are changed by a superuser behind every protection.
func TestVerify_EveryInvariantFires(t *testing.T) {
	t.Parallel()
	const open = "(SELECT id FROM hold WHERE state = 1)"
	for name, tc := range map[string]struct {
		sql  string
		want []string
	}{
		"an amount is changed": {
			"UPDATE entry SET amount_minor = amount_minor + 1 WHERE amount_minor = 1000",
			[]string{CurrencySum, OperationSum, BalanceMismatch, RunningBalance},
		},
		"a balance is changed":            {"UPDATE account SET balance_minor = balance_minor + 1 WHERE kind = 1", []string{BalanceMismatch}},
		"money moves without an entry":    {"UPDATE account SET balance_minor = balance_minor - 1 WHERE kind = 2", []string{BalanceMismatch, HeldMismatch}},
		"an entry is deleted":             {"DELETE FROM entry WHERE type = 8 AND amount_minor > 0", []string{CurrencySum, OperationSum, BalanceMismatch}},
		"an entry goes to nobody":         {"UPDATE entry SET account_id = 999999 WHERE type = 8 AND amount_minor > 0", []string{OperationSum, BalanceMismatch}},
		"an entry goes to a foreign coin": {"UPDATE account SET currency = 'USD' WHERE kind = 3", []string{CurrencySum, OperationSum}},
		"a running balance is changed":    {"UPDATE entry SET balance_after_minor = balance_after_minor + 1 WHERE type = 1 AND amount_minor > 0", []string{RunningBalance}},
		"a balance was negative for a moment": {
			"UPDATE entry SET balance_after_minor = -1 WHERE type = 1 AND amount_minor > 0", []string{NegativeBalance},
		},
		"a balance is negative": {
			"ALTER TABLE account DROP CONSTRAINT account_player_not_negative; UPDATE account SET balance_minor = -1 WHERE kind = 1", []string{NegativeBalance},
		},
		"a bet's hold is not told apart": {"UPDATE account SET staked_minor = staked_minor + 1 WHERE kind = 2", []string{HeldMismatch}},
		"a limit forgets":                {"UPDATE guard SET used_minor = used_minor - 1", []string{GuardMismatch}},
		"usage disappears":               {"DELETE FROM guard_usage", []string{GuardMismatch}},
		"a hold is made smaller":         {"UPDATE hold SET amount_minor = amount_minor - 1 WHERE id = " + open, []string{HeldMismatch}},
		"a hold is closed by hand":       {"UPDATE hold SET state = 3, closed_at = now() WHERE id = " + open, []string{HeldMismatch, HoldHistory}},
		"a hold is opened again":         {"UPDATE hold SET state = 1, closed_at = NULL WHERE state = 2", []string{HeldMismatch, HoldHistory}},
		"a hold disappears":              {"DELETE FROM hold WHERE state = 1", []string{HeldMismatch, HoldHistory}},
		"a hold appears":                 {"INSERT INTO hold SELECT 'hld_x', player_id, currency, 0, 1, 1, 1, '', '', '', '', now() FROM hold LIMIT 1", []string{HoldHistory}},
		"a hold is closed twice":         {"UPDATE operation SET hold_id = (SELECT hold_id FROM operation WHERE kind = 'SETTLE_HOLD') WHERE kind = 'DEPOSIT'; UPDATE operation SET kind = 'RELEASE_HOLD' WHERE kind = 'DEPOSIT'", []string{HoldHistory}},
		"an operation is deleted":        {"DELETE FROM operation WHERE kind = 'DEPOSIT'", []string{OperationSum, VersionMismatch}},
		"an operation is of other count": {"UPDATE operation SET entry_count = 3 WHERE kind = 'DEPOSIT'", []string{OperationSum}},
		"a version is changed":           {"UPDATE account SET version = version + 1 WHERE kind = 1", []string{VersionMismatch}},
		"two operations of one version":  {"UPDATE operation SET balance_version = 1", []string{VersionMismatch}},
		"a key is deleted":               {"DELETE FROM operation_key WHERE request_id = 'deposit'", []string{KeyMismatch}},
		"a key leads elsewhere":          {"UPDATE operation_key SET operation_id = 'wop_x' WHERE request_id = 'deposit'", []string{KeyMismatch}},
		"an event is deleted":            {"DELETE FROM outbox WHERE version = 2", []string{EventMissing}},
		"an event is there twice":        {"INSERT INTO outbox (event_id, subject, schema, payload, aggregate_id, version, occurred_at) SELECT 'evt_x', subject, schema, payload, aggregate_id, version, occurred_at FROM outbox LIMIT 1", []string{EventMissing}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := played(t)
			exec(t, l.db.SuperURL, "SET session_replication_role = replica; "+tc.sql)
			v, err := Verify(t.Context(), l.db.Pool)
			require.NoError(t, err)
			require.False(t, v.GetOk())
			var got []string
			for _, x := range v.GetViolations() {
				got = append(got, x.GetInvariant())
				require.NotEmpty(t, x.GetSubject())
				require.NotEmpty(t, x.GetDetail())
			}
			for _, want := range tc.want {
				require.True(t, slices.Contains(got, want), "%s not among %v", want, v.GetViolations())
			}
		})
	}
}

// played is a proven ledger with a deposit, a won bet and an open one.
func played(t *testing.T) *ledger {
	t.Helper()
	l := newLedger(t, oneWorker)
	l.mustPay(t, "deposit", "ann", "10.00")
	won, err := l.stake("won", "ann", "4.00")
	require.NoError(t, err)
	_, err = l.win("win", "ann", won.GetHoldId(), "9.00")
	require.NoError(t, err)
	l.limits(t, limitStake, rolling30d, "100.00")
	_, err = l.stake("open", "ann", "2.00")
	require.NoError(t, err)
	l.proven(t)
	return l
}

// Events leave the outbox oldest first some time after they were sent; that is no violation.
func TestVerify_SentEventsMayBeGone(t *testing.T) {
	t.Parallel()
	l := played(t)
	exec(t, l.db.SuperURL, "DELETE FROM outbox WHERE version <= 2")
	l.proven(t)
	exec(t, l.db.SuperURL, "DELETE FROM outbox")
	l.proven(t)
}

func TestVerify_ReportsAtMostAThousand(t *testing.T) {
	t.Parallel()
	l := played(t)
	exec(t, l.db.SuperURL, `SET session_replication_role = replica; INSERT INTO operation SELECT number + n, created_at, id || n, caller, request_id || n, kind,
		player_id, currency, '', source_kind, source_id, round_id, provider_tx_id, game_id, trace_id, available_minor, held_minor, balance_version, entry_count
		FROM operation, generate_series(100000, 101500) n WHERE request_id = 'deposit'`)
	v, err := Verify(t.Context(), l.db.Pool)
	require.NoError(t, err)
	require.Len(t, v.GetViolations(), maxViolations)
}
