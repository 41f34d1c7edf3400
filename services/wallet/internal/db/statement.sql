-- name: ListEntries :many
-- Used by ListEntries and ListPlayerEntries without a round: the newest entries of a player's accounts below a number. Each account's are read
-- backwards along entry_account, a page at most, and merged; the operation is found by its primary key.
SELECT e.number, e.created_at, e.type, e.amount_minor, e.balance_after_minor, e.kind, e.currency, e.pool,
       o.id AS operation_id, o.source_kind, o.source_id, o.round_id, o.provider_tx_id, o.game_id
FROM (
    SELECT p.number, p.created_at, p.operation_number, p.type, p.amount_minor, p.balance_after_minor, a.kind, a.currency, a.pool
    FROM ledger_account a
    CROSS JOIN LATERAL (
        SELECT n.number, n.created_at, n.operation_number, n.type, n.amount_minor, n.balance_after_minor
        FROM entry n
        WHERE n.account_id = a.id AND n.number < @before::bigint
          AND n.created_at >= @since::timestamptz AND n.created_at < @until::timestamptz
          AND (cardinality(@types::smallint[]) = 0 OR n.type = ANY(@types::smallint[]))
        ORDER BY n.number DESC
        LIMIT @page_size::int
    ) p
    WHERE a.owner = @player_id AND a.kind = ANY(@kinds::smallint[]) AND a.stripe = 0
      AND (@currency::text = '' OR a.currency = @currency::text)
    ORDER BY p.number DESC
    LIMIT @page_size::int
) e
JOIN operation o ON o.number = e.operation_number AND o.created_at = e.created_at
ORDER BY e.number DESC;

-- name: ListEntriesOfRound :many
-- Used by ListEntries and ListPlayerEntries with a round. The round's operations come from operation_round, their entries from the player's accounts and
-- entry_pkey.
SELECT e.number, e.created_at, e.type, e.amount_minor, e.balance_after_minor, a.kind, a.currency, a.pool,
       o.id AS operation_id, o.source_kind, o.source_id, o.round_id, o.provider_tx_id, o.game_id
FROM operation o
JOIN ledger_account a ON a.id = ANY(o.accounts) AND a.owner = o.player_id
JOIN entry e ON e.account_id = a.id AND e.number >= o.number AND e.number < o.number + o.entry_count AND e.created_at = o.created_at
WHERE o.round_id = @round_id AND o.round_id <> '' AND o.player_id = @player_id
  AND e.number < @before::bigint
  AND e.created_at >= @since::timestamptz AND e.created_at < @until::timestamptz
  AND (cardinality(@types::smallint[]) = 0 OR e.type = ANY(@types::smallint[]))
  AND a.owner = @player_id AND a.kind = ANY(@kinds::smallint[])
  AND (@currency::text = '' OR a.currency = @currency::text)
ORDER BY e.number DESC
LIMIT @page_size::int;

-- name: GetOperation :one
-- Used by GetOperation. Served by operation_id.
SELECT number, created_at, id, caller, request_id, kind, player_id, currency, hold_id, source_kind, source_id, round_id,
    provider_tx_id, game_id, trace_id, available_minor, held_minor, balance_version, entry_count, accounts, amount_minor, payout_minor, detail
FROM operation
WHERE id = @id;

-- name: GetOperationByNumber :one
-- Used by FindOperation, with what the key says. Served by operation_pkey, in one partition.
SELECT number, created_at, id, caller, request_id, kind, player_id, currency, hold_id, source_kind, source_id, round_id,
    provider_tx_id, game_id, trace_id, available_minor, held_minor, balance_version, entry_count, accounts, amount_minor, payout_minor, detail
FROM operation
WHERE number = @number AND created_at = @created_at;

-- name: EntriesOfOperation :many
-- Used by GetOperation and FindOperation. Served by entry_pkey, in one partition.
SELECT e.number, e.type, e.amount_minor, e.balance_after_minor, a.kind, a.currency, a.pool
FROM entry e
JOIN ledger_account a ON a.id = e.account_id
WHERE e.account_id = ANY(@accounts::bigint[]) AND e.number >= @first::bigint AND e.number < @behind::bigint AND e.created_at = @created_at
ORDER BY e.number;

-- name: FindKey :one
-- Used by FindOperation. Served by operation_key_pkey.
SELECT operation_number, created_at, hold_id
FROM operation_key
WHERE key = @key;
