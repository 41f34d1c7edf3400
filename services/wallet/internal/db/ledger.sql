-- The two round trips of a batch of operations (commit.go). They are sent in pipelines, see pipeline.go.

-- name: LockAccounts :many
-- Used by the first round trip: locks every account the batch may touch, in id order, so that batches never deadlock on them. It is the first
-- statement of the transaction and writes nothing, which keeps events in order (a waiting SELECT has no transaction id yet). Where a request names only a hold, the hold says
-- the currency. Served by account_name_key and hold_pkey.
SELECT a.id, a.owner, a.currency, a.kind, a.stripe, a.balance_minor, a.version, a.staked_minor
FROM (SELECT unnest(@owners::text[]) AS owner, unnest(@currencies::text[]) AS currency, unnest(@kinds::smallint[]) AS kind,
             unnest(@stripes::smallint[]) AS stripe, unnest(@hold_ids::text[]) AS hold_id) k
LEFT JOIN hold h ON h.id = k.hold_id
JOIN account a ON a.owner = k.owner AND a.currency = coalesce(h.currency, k.currency) AND a.kind = k.kind AND a.stripe = k.stripe
ORDER BY a.id
FOR UPDATE OF a;

-- name: LoadKeys :many
-- Used by the first round trip, after the locks: what was done before under the batch's idempotency keys. Served by operation_key_pkey.
SELECT k.caller, k.request_id, k.fingerprint, k.operation_id, k.operation_number, k.created_at, k.hold_id, k.currency,
       k.available_minor, k.held_minor, k.balance_version
FROM (SELECT unnest(@callers::text[]) AS caller, unnest(@request_ids::text[]) AS request_id) q
JOIN operation_key k ON k.caller = q.caller AND k.request_id = q.request_id;

-- name: LoadHolds :many
-- Used by the first round trip, after the locks: the holds that the batch names. Served by hold_pkey.
SELECT h.id, h.player_id, h.currency, h.amount_minor, h.purpose, h.state, h.source_kind, h.source_id, h.round_id, h.provider_tx_id, h.game_id,
       h.created_at
FROM hold h
WHERE h.id = ANY(@ids::text[]);

-- name: NextBlock :one
-- Used by the first round trip, after the locks: the first of 4096 numbers for the batch's operations and entries.
SELECT nextval('ledger_block')::bigint AS first;

-- name: CreateAccounts :exec
-- Used before a batch that needs accounts which do not exist yet, in a transaction of its own (an insert that waits would already have its
-- transaction id and put events out of order). The order keeps two such statements from deadlocking. Served by account_name_key.
INSERT INTO account (owner, currency, kind, stripe)
SELECT k.owner, k.currency, k.kind, k.stripe
FROM (SELECT unnest(@owners::text[]) AS owner, unnest(@currencies::text[]) AS currency, unnest(@kinds::smallint[]) AS kind,
             unnest(@stripes::smallint[]) AS stripe) k
ORDER BY k.owner, k.currency, k.kind, k.stripe
ON CONFLICT (owner, currency, kind, stripe) DO NOTHING;

-- name: UpdateAccounts :exec
-- Used by the second round trip. Served by account_pkey.
UPDATE account AS a SET balance_minor = v.balance_minor, version = v.version, staked_minor = v.staked_minor
FROM (SELECT unnest(@ids::bigint[]) AS id, unnest(@balances::bigint[]) AS balance_minor, unnest(@versions::bigint[]) AS version,
             unnest(@staked::bigint[]) AS staked_minor) v
WHERE a.id = v.id;

-- name: InsertOperations :exec
-- Used by the second round trip.
INSERT INTO operation (number, created_at, id, caller, request_id, kind, player_id, currency, hold_id, source_kind, source_id, round_id,
    provider_tx_id, game_id, trace_id, available_minor, held_minor, balance_version, entry_count)
SELECT unnest(@numbers::bigint[]), @created_at::timestamptz, unnest(@ids::text[]), unnest(@callers::text[]), unnest(@request_ids::text[]),
    unnest(@kinds::text[]), unnest(@player_ids::text[]), unnest(@currencies::text[]), unnest(@hold_ids::text[]),
    unnest(@source_kinds::smallint[]), unnest(@source_ids::text[]), unnest(@round_ids::text[]), unnest(@provider_tx_ids::text[]),
    unnest(@game_ids::text[]), unnest(@trace_ids::text[]), unnest(@availables::bigint[]), unnest(@helds::bigint[]),
    unnest(@balance_versions::bigint[]), unnest(@entry_counts::smallint[]);

-- name: InsertEntries :exec
-- Used by the second round trip.
INSERT INTO entry (number, created_at, operation_number, account_id, type, amount_minor, balance_after_minor)
SELECT unnest(@numbers::bigint[]), @created_at::timestamptz, unnest(@operation_numbers::bigint[]), unnest(@account_ids::bigint[]),
    unnest(@types::smallint[]), unnest(@amounts::bigint[]), unnest(@balances_after::bigint[]);

-- name: InsertKeys :exec
-- Used by the second round trip. operation_key_pkey is what stops the same key twice at once from two players or replicas.
INSERT INTO operation_key (caller, request_id, fingerprint, operation_id, operation_number, created_at, hold_id, currency,
    available_minor, held_minor, balance_version)
SELECT unnest(@callers::text[]), unnest(@request_ids::text[]), unnest(@fingerprints::bytea[]), unnest(@operation_ids::text[]),
    unnest(@operation_numbers::bigint[]), @created_at::timestamptz, unnest(@hold_ids::text[]), unnest(@currencies::text[]),
    unnest(@availables::bigint[]), unnest(@helds::bigint[]), unnest(@balance_versions::bigint[]);

-- name: InsertHolds :exec
-- Used by the second round trip for holds that the batch opened; one that it also closed is written closed.
INSERT INTO hold (id, player_id, currency, amount_minor, purpose, state, source_kind, source_id, round_id, provider_tx_id, game_id,
    created_at, closed_at)
SELECT h.id, h.player_id, h.currency, h.amount_minor, h.purpose, h.state, h.source_kind, h.source_id, h.round_id, h.provider_tx_id, h.game_id,
    @created_at::timestamptz, CASE WHEN h.state <> 1 THEN @created_at::timestamptz END
FROM (SELECT unnest(@ids::text[]) AS id, unnest(@player_ids::text[]) AS player_id, unnest(@currencies::text[]) AS currency,
    unnest(@amounts::bigint[]) AS amount_minor, unnest(@purposes::smallint[]) AS purpose, unnest(@states::smallint[]) AS state,
    unnest(@source_kinds::smallint[]) AS source_kind, unnest(@source_ids::text[]) AS source_id, unnest(@round_ids::text[]) AS round_id,
    unnest(@provider_tx_ids::text[]) AS provider_tx_id, unnest(@game_ids::text[]) AS game_id) h;

-- name: CloseHolds :exec
-- Used by the second round trip for older holds that the batch closed. Served by hold_pkey.
UPDATE hold AS h SET state = v.state, closed_at = @closed_at::timestamptz
FROM (SELECT unnest(@ids::text[]) AS id, unnest(@states::smallint[]) AS state) v
WHERE h.id = v.id;

-- name: EnsurePartitions :one
-- Used by the daily task and at start (partitions.go).
SELECT ensure_partitions(@until::timestamptz)::integer AS made;
