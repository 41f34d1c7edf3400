-- The two round trips of a batch of operations (commit.go). They are sent in pipelines, see pipeline.go.

-- name: LockAccounts :many
-- Used by the first round trip: locks the cash accounts of the batch's players and the system accounts it may touch, in id order, so that batches never
-- deadlock on them. A player's other accounts are protected by the lock on the cash account of their currency. Accounts come by id where it is known, and
-- by name; where a request names only a hold, the hold says the currency. It is the first statement of the transaction and writes nothing, which keeps
-- events in order (a waiting SELECT has no transaction id yet). Served by account_pkey, account_name_key and hold_pkey.
SELECT a.id, a.owner, a.currency, a.kind, a.pool, a.stripe, a.held_id, a.balance_minor, a.held_minor, a.version, a.staked_minor, a.late_to,
       a.bonus_minor, a.held_bonus_minor, a.owed_minor, a.usage_slot, a.used_stake, a.used_net_loss, a.used_deposit, a.used_net_deposit, a.used_withdrawal, a.guard_epoch
FROM account a
WHERE a.id = ANY(@ids::bigint[] || ARRAY(
    SELECT n.id
    FROM (SELECT unnest(@owners::text[]) AS owner, unnest(@currencies::text[]) AS currency, unnest(@kinds::smallint[]) AS kind,
                 unnest(@pools::text[]) AS pool, unnest(@stripes::smallint[]) AS stripe, unnest(@hold_ids::text[]) AS hold_id) k
    LEFT JOIN hold h ON h.id = k.hold_id
    JOIN account n ON n.owner = k.owner AND n.currency = coalesce(h.currency, k.currency) AND n.kind = k.kind AND n.pool = k.pool AND n.stripe = k.stripe))
ORDER BY a.id
FOR UPDATE OF a;

-- name: LoadAccounts :many
-- Used by the first round trip, after the locks: accounts of the batch's players that the lock on their cash accounts protects. Served by
-- account_name_key.
SELECT a.id, a.owner, a.currency, a.kind, a.pool, a.stripe, a.held_id, a.balance_minor, a.held_minor, a.version, a.staked_minor, a.late_to,
       a.bonus_minor, a.held_bonus_minor, a.owed_minor, a.usage_slot, a.used_stake, a.used_net_loss, a.used_deposit, a.used_net_deposit, a.used_withdrawal, a.guard_epoch
FROM (SELECT unnest(@owners::text[]) AS owner, unnest(@currencies::text[]) AS currency, unnest(@kinds::smallint[]) AS kind,
             unnest(@pools::text[]) AS pool) k
JOIN account a ON a.owner = k.owner AND a.currency = k.currency AND a.kind = k.kind AND a.pool = k.pool AND a.stripe = 0;

-- name: LoadKeys :many
-- Used by the first round trip, after the locks: what was done before under the batch's idempotency keys. Served by operation_key_pkey.
SELECT key, fingerprint, operation_id, operation_number, created_at, hold_id, currency, available_minor, held_minor, balance_version, detail
FROM operation_key
WHERE key = ANY(@keys::uuid[]);

-- name: LoadHolds :many
-- Used by the first round trip, after the locks: the holds that the batch names. Served by hold_pkey.
SELECT id, player_id, currency, amount_minor, purpose, state, source_kind, source_id, round_id, provider_tx_id, game_id, created_at,
       bonus_minor, grant_id, win_to, settled_minor, settled_bonus_minor, released_minor, released_bonus_minor, paid_minor, paid_bonus_minor
FROM hold
WHERE id = ANY(@ids::text[]);

-- name: LoadLate :many
-- Used by the first round trip of a batch that is decided again because it needs the late money of holds. Served by hold_late_pkey.
SELECT hold_id, late_minor, since
FROM hold_late
WHERE hold_id = ANY(@ids::text[]);

-- name: NextBlocks :many
-- Used by the first round trip, after the locks: the first of each block of 4096 numbers for the batch's operations and entries.
SELECT nextval('ledger_block')::bigint AS first FROM generate_series(1, @blocks::int);

-- name: CreateAccounts :exec
-- Used before a batch that needs accounts which do not exist yet, in a transaction of its own (an insert that waits would already have its
-- transaction id and put events out of order). The order keeps two such statements from deadlocking. Served by account_name_key.
INSERT INTO account (owner, currency, kind, pool, stripe, held_id)
SELECT k.owner, k.currency, k.kind, k.pool, k.stripe, CASE WHEN k.kind IN (1, 5) THEN nextval(pg_get_serial_sequence('account', 'id')) END
FROM (SELECT unnest(@owners::text[]) AS owner, unnest(@currencies::text[]) AS currency, unnest(@kinds::smallint[]) AS kind,
             unnest(@pools::text[]) AS pool, unnest(@stripes::smallint[]) AS stripe) k
ORDER BY k.owner, k.currency, k.kind, k.pool, k.stripe
ON CONFLICT (owner, currency, kind, pool, stripe) DO NOTHING;

-- name: UpdateAccounts :exec
-- Used by the second round trip. Served by account_pkey.
UPDATE account AS a SET balance_minor = v.balance_minor, held_minor = v.held_minor, version = v.version, staked_minor = v.staked_minor, late_to = v.late_to,
    bonus_minor = v.bonus_minor, held_bonus_minor = v.held_bonus_minor, owed_minor = v.owed_minor, usage_slot = v.usage_slot, used_stake = v.used_stake,
    used_net_loss = v.used_net_loss, used_deposit = v.used_deposit, used_net_deposit = v.used_net_deposit, used_withdrawal = v.used_withdrawal
FROM (SELECT unnest(@ids::bigint[]) AS id, unnest(@balances::bigint[]) AS balance_minor, unnest(@helds::bigint[]) AS held_minor,
             unnest(@versions::bigint[]) AS version, unnest(@staked::bigint[]) AS staked_minor, unnest(@late_tos::smallint[]) AS late_to,
             unnest(@bonuses::bigint[]) AS bonus_minor, unnest(@held_bonuses::bigint[]) AS held_bonus_minor, unnest(@owed::bigint[]) AS owed_minor,
             unnest(@usage_slots::bigint[]) AS usage_slot, unnest(@used_stakes::bigint[]) AS used_stake, unnest(@used_net_losses::bigint[]) AS used_net_loss,
             unnest(@used_deposits::bigint[]) AS used_deposit, unnest(@used_net_deposits::bigint[]) AS used_net_deposit,
             unnest(@used_withdrawals::bigint[]) AS used_withdrawal) v
WHERE a.id = v.id;

-- name: InsertOperations :exec
-- Used by the second round trip. Arrays of accounts and details come as text, because an array of arrays would be taken apart.
INSERT INTO operation (number, created_at, id, caller, request_id, kind, player_id, currency, hold_id, source_kind, source_id, round_id,
    provider_tx_id, game_id, trace_id, available_minor, held_minor, balance_version, entry_count, accounts, amount_minor, payout_minor, detail)
SELECT unnest(@numbers::bigint[]), @created_at::timestamptz, unnest(@ids::text[]), unnest(@callers::text[]), unnest(@request_ids::text[]),
    unnest(@kinds::text[]), unnest(@player_ids::text[]), unnest(@currencies::text[]), unnest(@hold_ids::text[]),
    unnest(@source_kinds::smallint[]), unnest(@source_ids::text[]), unnest(@round_ids::text[]), unnest(@provider_tx_ids::text[]),
    unnest(@game_ids::text[]), unnest(@trace_ids::text[]), unnest(@availables::bigint[]), unnest(@helds::bigint[]),
    unnest(@balance_versions::bigint[]), unnest(@entry_counts::smallint[]), unnest(@accounts::text[])::bigint[], unnest(@amounts::bigint[]),
    unnest(@payouts::bigint[]), nullif(unnest(@details::text[]), '')::jsonb;

-- name: InsertEntries :exec
-- Used by the second round trip.
INSERT INTO entry (number, created_at, operation_number, account_id, type, amount_minor, balance_after_minor)
SELECT unnest(@numbers::bigint[]), @created_at::timestamptz, unnest(@operation_numbers::bigint[]), unnest(@account_ids::bigint[]),
    unnest(@types::smallint[]), unnest(@amounts::bigint[]), unnest(@balances_after::bigint[]);

-- name: InsertKeys :exec
-- Used by the second round trip. operation_key_pkey is what stops the same key twice at once from two players or replicas.
INSERT INTO operation_key (key, fingerprint, operation_id, operation_number, created_at, hold_id, currency, available_minor, held_minor, balance_version, detail)
SELECT unnest(@keys::uuid[]), unnest(@fingerprints::bytea[]), unnest(@operation_ids::text[]),
    unnest(@operation_numbers::bigint[]), @created_at::timestamptz, unnest(@hold_ids::text[]), unnest(@currencies::text[]),
    unnest(@availables::bigint[]), unnest(@helds::bigint[]), unnest(@balance_versions::bigint[]), nullif(unnest(@details::bytea[]), '\x'::bytea);

-- name: InsertHolds :exec
-- Used by the second round trip for holds that the batch opened; one that it also closed is written closed.
INSERT INTO hold (id, player_id, currency, amount_minor, purpose, state, source_kind, source_id, round_id, provider_tx_id, game_id, provider_round_id, bonus_minor,
    grant_id, win_to, settled_minor, settled_bonus_minor, released_minor, released_bonus_minor, paid_minor, paid_bonus_minor, created_at, closed_at)
SELECT h.id, h.player_id, h.currency, h.amount_minor, h.purpose, h.state, h.source_kind, h.source_id, h.round_id, h.provider_tx_id, h.game_id, h.provider_round_id, h.bonus_minor,
    h.grant_id, h.win_to, h.settled_minor, h.settled_bonus_minor, h.released_minor, h.released_bonus_minor, h.paid_minor, h.paid_bonus_minor,
    @created_at::timestamptz, CASE WHEN h.state <> 1 THEN @created_at::timestamptz END
FROM (SELECT unnest(@ids::text[]) AS id, unnest(@player_ids::text[]) AS player_id, unnest(@currencies::text[]) AS currency,
    unnest(@amounts::bigint[]) AS amount_minor, unnest(@purposes::smallint[]) AS purpose, unnest(@states::smallint[]) AS state,
    unnest(@source_kinds::smallint[]) AS source_kind, unnest(@source_ids::text[]) AS source_id, unnest(@round_ids::text[]) AS round_id,
    unnest(@provider_tx_ids::text[]) AS provider_tx_id, unnest(@game_ids::text[]) AS game_id, unnest(@provider_round_ids::text[]) AS provider_round_id,
    unnest(@bonuses::bigint[]) AS bonus_minor, unnest(@grant_ids::text[]) AS grant_id, unnest(@win_tos::smallint[]) AS win_to, unnest(@settled::bigint[]) AS settled_minor,
    unnest(@settled_bonuses::bigint[]) AS settled_bonus_minor, unnest(@released::bigint[]) AS released_minor,
    unnest(@released_bonuses::bigint[]) AS released_bonus_minor, unnest(@paid::bigint[]) AS paid_minor,
    unnest(@paid_bonuses::bigint[]) AS paid_bonus_minor) h;

-- name: UpdateHolds :exec
-- Used by the second round trip for older holds of which the batch settled, gave back, paid or corrected something. Served by hold_pkey.
UPDATE hold AS h SET state = v.state, settled_minor = v.settled_minor, settled_bonus_minor = v.settled_bonus_minor, released_minor = v.released_minor,
    released_bonus_minor = v.released_bonus_minor, paid_minor = v.paid_minor, paid_bonus_minor = v.paid_bonus_minor,
    closed_at = CASE WHEN v.state <> 1 THEN coalesce(h.closed_at, @now::timestamptz) END
FROM (SELECT unnest(@ids::text[]) AS id, unnest(@states::smallint[]) AS state, unnest(@settled::bigint[]) AS settled_minor,
    unnest(@settled_bonuses::bigint[]) AS settled_bonus_minor, unnest(@released::bigint[]) AS released_minor,
    unnest(@released_bonuses::bigint[]) AS released_bonus_minor, unnest(@paid::bigint[]) AS paid_minor,
    unnest(@paid_bonuses::bigint[]) AS paid_bonus_minor) v
WHERE h.id = v.id;

-- name: KeepLate :exec
-- Used by the second round trip for holds whose late money the batch changed. Served by hold_late_pkey.
INSERT INTO hold_late (hold_id, late_minor, since)
SELECT unnest(@ids::text[]), unnest(@late::bigint[]), @now::timestamptz
ON CONFLICT (hold_id) DO UPDATE SET late_minor = EXCLUDED.late_minor;

-- name: EnsurePartitions :one
-- Used by the daily task and at start (partitions.go).
SELECT ensure_partitions(@until::timestamptz)::integer AS made;
