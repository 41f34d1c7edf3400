-- What checks of the ledger leave: checkpoints to go on from, and their results. See migrations/00005_verification.sql.

-- name: MayCheckpoint :one
-- Used by Verify: whether this role on this server can write checkpoints.
SELECT (NOT pg_is_in_recovery() AND has_table_privilege('ledger_checkpoint', 'INSERT') AND has_table_privilege('ledger_checkpoint_account', 'INSERT'))::boolean AS may;

-- name: LastNumber :one
-- Used by Verify before a checkpoint: the last number that any batch has taken, and the last position of the outbox. The order matters: what
-- takes its number later gets a later position. Blocks have 4096 numbers.
SELECT coalesce(pg_sequence_last_value('outbox_position'), 0)::bigint AS outbox_position,
       coalesce(pg_sequence_last_value('ledger_block') + 4095, 0)::bigint AS number;

-- name: TakeTransactionID :one
-- Used by Verify before a checkpoint: an id above those of all transactions that have one now.
SELECT pg_current_xact_id()::xid8 AS xid;

-- name: AllOver :one
-- Used by Verify before a checkpoint: whether every transaction with a lower id is over.
SELECT coalesce(pg_snapshot_xmin(pg_current_snapshot()) >= @xid::xid8, false)::boolean AS is_over;

-- name: LastCheckpoint :one
-- Used by Verify: the newest complete checkpoint. Served by ledger_checkpoint_pkey.
SELECT * FROM ledger_checkpoint WHERE complete ORDER BY number DESC LIMIT 1;

-- name: GetCheckpoint :one
-- Used by Verify: the checkpoint that stands for what was archived. Served by ledger_checkpoint_pkey.
SELECT * FROM ledger_checkpoint WHERE number = @number AND complete LIMIT 1;

-- name: InterruptedCheckpoint :one
-- Used by Verify to go on with an interrupted full check: how far the last one came, unless a full one was completed since. Few rows.
SELECT * FROM ledger_checkpoint p
WHERE NOT p.complete AND p.created_at > @since::timestamptz
  AND p.created_at > coalesce((SELECT max(c.created_at) FROM ledger_checkpoint c WHERE c.complete AND c.kind = 1), '-infinity')
ORDER BY p.created_at DESC LIMIT 1;

-- name: ListCheckpointAccounts :many
-- Used by Verify: the accounts at a checkpoint, page by page. Served by ledger_checkpoint_account_pkey.
SELECT DISTINCT ON (account_id) account_id, balance_minor, version, last_number, entries
FROM ledger_checkpoint_account
WHERE number <= @number::bigint AND account_id > @after::bigint
ORDER BY account_id, number DESC
LIMIT @most::int;

-- name: InsertCheckpoint :exec
-- Used by Verify. None is inserted when this one is there already.
INSERT INTO ledger_checkpoint (number, complete, kind, since_number, created_at, outbox_position, operations, entries, currencies)
VALUES (@number, @complete, @kind, @since_number, now(), @outbox_position, @operations, @entries, @currencies)
ON CONFLICT DO NOTHING;

-- name: InsertCheckpointAccounts :exec
-- Used by Verify, with the accounts that changed since the checkpoint before.
INSERT INTO ledger_checkpoint_account (number, account_id, balance_minor, version, last_number, entries)
SELECT @number::bigint, unnest(@account_ids::bigint[]), unnest(@balances::bigint[]), unnest(@versions::bigint[]), unnest(@last_numbers::bigint[]),
    unnest(@entries::bigint[])
ON CONFLICT DO NOTHING;

-- name: StoredUpTo :one
-- Used by Verify before it stores accounts: the last number up to which accounts are stored already. Served by ledger_checkpoint_pkey.
SELECT coalesce(max(number), 0)::bigint AS number FROM ledger_checkpoint WHERE number <= @number::bigint;

-- name: ArchivedUntil :one
-- Used by Verify: what was archived ends here, and this checkpoint stands for it; -infinity and 0 for nothing.
SELECT coalesce(max(month) + interval '1 month', '0001-01-01')::timestamptz AS archived_until, coalesce(max(checkpoint_number), 0)::bigint AS checkpoint_number
FROM ledger_archived;

-- name: ListPartitions :many
-- Used by Partitions.
SELECT coalesce(p.month, '0001-01-01')::date AS month, p.attached::boolean AS attached, p.operations::bigint AS operations, p.entries::bigint AS entries,
       p.bytes::bigint AS bytes, p.checkpoint_number::bigint AS checkpoint_number
FROM ledger_partitions() p;

-- name: DetachPartition :one
-- Used by Archive.
SELECT detach_partition(@month::date)::bigint AS checkpoint_number;

-- name: AttachPartition :exec
-- Used by Unarchive.
SELECT attach_partition(@month::date);

-- name: InsertLedgerCheck :exec
-- Used by the scheduled check.
INSERT INTO ledger_check (id, kind, started_at, finished_at, ok, since_number, checkpoint_number, operations, entries, accounts, holds, violation_count,
    violations, fingerprint, frozen_players)
VALUES (@id, @kind, @started_at, @finished_at, @ok, @since_number, @checkpoint_number, @operations, @entries, @accounts, @holds, @violation_count,
    @violations, @fingerprint, @frozen_players::text[]);

-- name: GetLedgerCheck :one
-- Used by GetLedgerCheck. Served by ledger_check_pkey.
SELECT * FROM ledger_check WHERE id = @id;

-- name: ListLedgerChecks :many
-- Used by ListLedgerChecks. Served by ledger_check_started_at.
SELECT * FROM ledger_check
WHERE (started_at, id) < (@before::timestamptz, @before_id::text) AND (NOT @broken_only::boolean OR NOT ok)
ORDER BY started_at DESC, id DESC
LIMIT @page_size;

-- name: LastLedgerCheck :one
-- Used by the scheduled check: the last one of a kind. Served by ledger_check_started_at.
SELECT * FROM ledger_check WHERE kind = @kind ORDER BY started_at DESC, id DESC LIMIT 1;
