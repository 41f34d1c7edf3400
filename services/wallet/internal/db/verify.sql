-- The proof of the ledger (verify.go). Everything runs in repeatable read, read only transactions on one snapshot. What is wrong is answered, at most
-- @most rows, with how many there are in found. Sums of damaged rows may not fit a bigint, so they are numeric and shown as text. Operations and entries
-- themselves are read by internal/db/read_ledger.go.

-- name: OperationBounds :many
-- Used by Verify to cut the ledger into ranges: the number of every @every-th operation. Served by operation_pkey.
SELECT number::bigint AS number
FROM (SELECT number, row_number() OVER (ORDER BY number) AS position FROM operation WHERE number > @after::bigint) o
WHERE position % @every::bigint = 0
ORDER BY number;

-- name: CountRange :one
-- Used by Verify for its totals.
SELECT (SELECT count(*) FROM operation o WHERE o.number > @after::bigint AND o.number <= @upto::bigint)::bigint AS operations,
       (SELECT count(*) FROM entry e WHERE e.number > @after::bigint AND e.number <= @upto::bigint)::bigint AS entries;

-- name: CountHolds :one
-- Used by Verify for its totals.
SELECT count(*) FROM hold;

-- name: ListAccounts :many
-- Used by Verify to compare every account with its entries, page by page. Served by account_pkey.
SELECT id, owner, currency, kind, stripe, balance_minor, version FROM account WHERE id > @after::bigint ORDER BY id LIMIT @most::int;

-- name: NameOperations :many
-- Used by Verify to say which operations are wrong. Served by operation_pkey.
SELECT number, id, player_id FROM operation WHERE number = ANY(@numbers::bigint[]);

-- name: CashAccounts :many
-- Used by Verify to find the accounts that carry balances' versions. Served by account_name_key.
SELECT a.id, a.owner, a.currency
FROM (SELECT unnest(@owners::text[]) AS owner, unnest(@currencies::text[]) AS currency) n
JOIN account a ON a.owner = n.owner AND a.currency = n.currency
WHERE a.kind = 1 AND a.stripe = 0;

-- name: NameAccounts :many
-- Used by Verify to say whose entries are wrong. Served by account_pkey.
SELECT id, owner, currency, kind FROM account WHERE id = ANY(@ids::bigint[]);

-- name: WrongHeldBalances :many
-- Used by Verify, HELD_MISMATCH: a held account that is not the sum of the player's open holds, or says wrongly how much of it bets hold; holds without an
-- account included.
SELECT coalesce(a.owner, h.player_id)::text AS owner, coalesce(a.currency, h.currency)::text AS currency,
       coalesce(a.balance_minor, 0)::bigint AS balance_minor, coalesce(h.total, 0)::text AS total,
       coalesce(a.staked_minor, 0)::bigint AS staked_minor, coalesce(h.staked, 0)::text AS staked, count(*) OVER () AS found
FROM (SELECT owner, currency, balance_minor, staked_minor FROM account WHERE kind = 2) a
FULL JOIN (
    SELECT player_id, currency, sum(amount_minor) AS total, sum(amount_minor) FILTER (WHERE purpose = 1) AS staked
    FROM hold WHERE state = 1 GROUP BY player_id, currency
) h ON h.player_id = a.owner AND h.currency = a.currency
WHERE coalesce(a.balance_minor, 0) <> coalesce(h.total, 0) OR coalesce(a.staked_minor, 0) <> coalesce(h.staked, 0)
ORDER BY 1, 2
LIMIT @most::int;

-- name: WrongHeldChanges :many
-- Used by Verify since a checkpoint, HELD_MISMATCH: a held account whose entries behind the number are not what the holds make that operations behind it
-- opened and closed. Served by operation_pkey, entry_pkey, hold_pkey.
SELECT coalesce(m.owner, h.player_id)::text AS owner, coalesce(m.currency, h.currency)::text AS currency, coalesce(m.total, 0)::text AS moved,
       coalesce(h.total, 0)::text AS held, count(*) OVER () AS found
FROM (
    SELECT a.owner, a.currency, sum(e.amount_minor) AS total
    FROM entry e JOIN account a ON a.id = e.account_id
    WHERE e.number > @after::bigint AND a.kind = 2
    GROUP BY a.owner, a.currency
) m
FULL JOIN (
    SELECT h.player_id, h.currency, sum(CASE WHEN o.kind IN ('PLACE_HOLD', 'RESERVE_WITHDRAWAL') THEN h.amount_minor
        WHEN o.kind IN ('SETTLE_HOLD', 'RELEASE_HOLD', 'COMPLETE_WITHDRAWAL', 'CANCEL_WITHDRAWAL') THEN -h.amount_minor ELSE 0 END) AS total
    FROM operation o JOIN hold h ON h.id = o.hold_id
    WHERE o.number > @after::bigint AND o.hold_id <> ''
    GROUP BY h.player_id, h.currency
) h ON h.player_id = m.owner AND h.currency = m.currency
WHERE coalesce(m.total, 0) <> coalesce(h.total, 0)
ORDER BY 1, 2
LIMIT @most::int;

-- name: WrongGuards :many
-- Used by Verify, GUARD_MISMATCH: a limit whose counter is not the sum of the usage from the slot on from which it counts. Counters that are older
-- than usage is kept are counted anew when they are used next, and expired ones count no more; both are no fault. Behind a checkpoint only players with
-- entries behind it are looked at.
SELECT g.id, g.player_id, g.used_minor, coalesce(x.total, 0)::text AS total, count(*) OVER () AS found
FROM guard g
JOIN account a ON a.owner = g.player_id AND a.currency = g.currency AND a.kind = 1 AND a.stripe = 0
LEFT JOIN LATERAL (SELECT sum(usage_of(g.kind, u)) AS total FROM guard_usage u WHERE u.account_id = a.id AND u.slot >= g.from_slot) x ON true
WHERE g.kind <= 5 AND g.used_minor <> coalesce(x.total, 0) AND g.from_slot >= @kept_from::bigint
  AND (g.expires_at IS NULL OR g.expires_at > coalesce((SELECT max(created_at) FROM operation), '-infinity'))
  AND (@after::bigint = 0 OR EXISTS (SELECT FROM entry e WHERE e.account_id = a.id AND e.number > @after::bigint))
ORDER BY g.id
LIMIT @most::int;

-- name: WrongHolds :many
-- Used by Verify, HOLD_HISTORY: a hold that was not opened once, is closed without an operation or open with one, or was closed twice. What was done
-- before @archived_until was done by operations that are no longer there.
SELECT coalesce(h.id, o.hold_id)::text AS hold_id, coalesce(h.player_id, '')::text AS player_id, coalesce(h.state, 0)::smallint AS state,
       coalesce(o.opened, 0)::bigint AS opened, coalesce(o.closed, 0)::bigint AS closed, count(*) OVER () AS found
FROM hold h
FULL JOIN (
    SELECT hold_id, count(*) FILTER (WHERE kind IN ('PLACE_HOLD', 'RESERVE_WITHDRAWAL', 'PLACE_AND_SETTLE')) AS opened,
           count(*) FILTER (WHERE kind IN ('SETTLE_HOLD', 'RELEASE_HOLD', 'COMPLETE_WITHDRAWAL', 'CANCEL_WITHDRAWAL', 'PLACE_AND_SETTLE')) AS closed
    FROM operation WHERE hold_id <> '' GROUP BY hold_id
) o ON o.hold_id = h.id
WHERE h.id IS NULL
   OR coalesce(o.opened, 0) <> CASE WHEN h.created_at < @archived_until::timestamptz THEN 0 ELSE 1 END
   OR coalesce(o.closed, 0) <> CASE WHEN h.state = 1 OR h.closed_at < @archived_until::timestamptz THEN 0 ELSE 1 END
ORDER BY 1
LIMIT @most::int;

-- name: WrongNewHolds :many
-- Used by Verify since a checkpoint, HOLD_HISTORY: what WrongHolds asks, of the holds that operations behind the number opened or closed. When that was is
-- told by the times, which a hold shares with its operations. Served by operation_pkey, hold_pkey.
SELECT o.hold_id, coalesce(h.player_id, '')::text AS player_id, coalesce(h.state, 0)::smallint AS state, o.opened, o.closed, count(*) OVER () AS found
FROM (
    SELECT hold_id, count(*) FILTER (WHERE kind IN ('PLACE_HOLD', 'RESERVE_WITHDRAWAL', 'PLACE_AND_SETTLE')) AS opened,
           count(*) FILTER (WHERE kind IN ('SETTLE_HOLD', 'RELEASE_HOLD', 'COMPLETE_WITHDRAWAL', 'CANCEL_WITHDRAWAL', 'PLACE_AND_SETTLE')) AS closed,
           max(created_at) FILTER (WHERE kind IN ('PLACE_HOLD', 'RESERVE_WITHDRAWAL', 'PLACE_AND_SETTLE')) AS opened_at,
           max(created_at) FILTER (WHERE kind IN ('SETTLE_HOLD', 'RELEASE_HOLD', 'COMPLETE_WITHDRAWAL', 'CANCEL_WITHDRAWAL', 'PLACE_AND_SETTLE')) AS closed_at
    FROM operation WHERE number > @after::bigint AND hold_id <> '' GROUP BY hold_id
) o
LEFT JOIN hold h ON h.id = o.hold_id
WHERE h.id IS NULL OR o.opened > 1 OR o.closed > 1 OR o.opened_at <> h.created_at OR h.closed_at IS DISTINCT FROM coalesce(o.closed_at, CASE WHEN o.opened = 0 THEN h.closed_at END)
ORDER BY 1
LIMIT @most::int;

-- name: WrongKeys :many
-- Used by Verify, KEY_MISMATCH: an operation without its idempotency key, a key that leads elsewhere, and a key without an operation, unless its operation
-- was made before @archived_until and is no longer there.
SELECT coalesce(o.id, '')::text AS operation_id, coalesce(o.player_id, '')::text AS player_id, coalesce(o.caller, k.caller)::text AS caller,
       coalesce(o.request_id, k.request_id)::text AS request_id, coalesce(k.operation_id, '')::text AS key_operation_id, count(*) OVER () AS found
FROM operation o
FULL JOIN operation_key k ON k.caller = o.caller AND k.request_id = o.request_id
WHERE k.operation_id IS DISTINCT FROM o.id AND (o.id IS NOT NULL OR k.created_at >= @archived_until::timestamptz)
   OR o.id IS NOT NULL AND k.operation_number IS DISTINCT FROM o.number
ORDER BY coalesce(o.number, k.operation_number)
LIMIT @most::int;

-- name: WrongNewKeys :many
-- Used by Verify since a checkpoint, KEY_MISMATCH: an operation behind the number without its key, or whose key leads elsewhere. Served by operation_pkey,
-- operation_key_pkey.
SELECT o.id AS operation_id, o.player_id, o.caller, o.request_id, coalesce(k.operation_id, '')::text AS key_operation_id, count(*) OVER () AS found
FROM operation o
LEFT JOIN operation_key k ON k.caller = o.caller AND k.request_id = o.request_id
WHERE o.number > @after::bigint AND (k.operation_id IS DISTINCT FROM o.id OR k.operation_number IS DISTINCT FROM o.number)
ORDER BY o.number
LIMIT @most::int;
