package db

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// readSettings are for queries that read the whole ledger: no time limit, room for sorts and hashes of their own, one core each (several of them run
// side by side), and plans for the range that is asked for and not for any range.
const readSettings = `SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true),
	set_config('work_mem', '64MB', true), set_config('max_parallel_workers_per_gather', '0', true), set_config('jit', 'off', true),
	set_config('plan_cache_mode', 'force_custom_plan', true)`

// ShareSnapshot prepares a new repeatable read transaction for reading the whole ledger, and answers the statement with which others read the same
// snapshot while it is open. The lock, which every reader holds, comes before the snapshot: partitions neither come nor go meanwhile.
func ShareSnapshot(ctx context.Context, tx pgx.Tx) (statement string, err error) {
	if _, err := tx.Exec(ctx, "LOCK TABLE operation, entry IN ACCESS SHARE MODE"); err != nil {
		return "", err
	}
	if _, err := tx.Exec(ctx, readSettings); err != nil {
		return "", err
	}
	err = tx.QueryRow(ctx, "SELECT format('SET TRANSACTION SNAPSHOT %L', pg_export_snapshot())").Scan(&statement)
	return statement, err
}

// UseSnapshot makes a new repeatable read transaction read what ShareSnapshot shares.
func UseSnapshot(ctx context.Context, tx pgx.Tx, statement string) error {
	if _, err := tx.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol); err != nil { // a text that never comes again is not worth preparing
		return err
	}
	_, err := tx.Exec(ctx, readSettings)
	return err
}
