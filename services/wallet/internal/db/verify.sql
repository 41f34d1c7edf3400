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
-- Used by Verify to compare every account with its entries, page by page. Served by account_pkey and account_held_key.
SELECT id, owner, currency, kind, stripe, balance_minor, version FROM ledger_account WHERE id > @after::bigint ORDER BY id LIMIT @most::int;

-- name: NameOperations :many
-- Used by Verify to say which operations are wrong. Served by operation_pkey.
SELECT number, id, player_id FROM operation WHERE number = ANY(@numbers::bigint[]);

-- name: CashAccounts :many
-- Used by Verify to find the accounts that carry balances' versions, both sides. Served by account_name_key.
SELECT a.id, a.held_id, a.owner, a.currency
FROM (SELECT unnest(@owners::text[]) AS owner, unnest(@currencies::text[]) AS currency) n
JOIN account a ON a.owner = n.owner AND a.currency = n.currency
WHERE a.kind = 1 AND a.stripe = 0;

-- name: NameAccounts :many
-- Used by Verify to say whose entries are wrong. Served by account_pkey and account_held_key.
SELECT id, owner, currency, kind FROM ledger_account WHERE id = ANY(@ids::bigint[]);

-- name: WrongHeldBalances :many
-- Used by Verify, HELD_MISMATCH: a held side that is not what is left of the open holds, of cash or of one grant's money, or that says wrongly how much of it
-- bets hold; a sum over pools in a cash account that is not that of its pools; holds without an account included.
SELECT coalesce(a.owner, h.player_id)::text AS owner, coalesce(a.currency, h.currency)::text AS currency, coalesce(a.pool, h.pool)::text AS pool,
       coalesce(a.held_minor, 0)::bigint AS balance_minor, coalesce(h.total, 0)::text AS total,
       coalesce(a.staked_minor, 0)::bigint AS staked_minor, coalesce(h.staked, 0)::text AS staked, count(*) OVER () AS found
FROM (
    SELECT c.owner, c.currency, c.pool, c.held_minor, c.staked_minor, c.kind = 1
        AND (c.bonus_minor <> coalesce(p.free, 0) OR c.held_bonus_minor <> coalesce(p.held, 0) OR c.owed_minor <> -coalesce(r.balance_minor, 0)) AS sums_wrong
    FROM account c
    LEFT JOIN (SELECT owner, currency, sum(balance_minor) AS free, sum(held_minor) AS held FROM account WHERE kind = 5 GROUP BY owner, currency) p
        ON c.kind = 1 AND p.owner = c.owner AND p.currency = c.currency
    LEFT JOIN account r ON c.kind = 1 AND r.owner = c.owner AND r.currency = c.currency AND r.kind = 7
    WHERE c.kind IN (1, 5)
) a
FULL JOIN (
    SELECT player_id, currency, '' AS pool, sum(amount_minor - bonus_minor - settled_minor + settled_bonus_minor - released_minor + released_bonus_minor) AS total,
           sum(amount_minor - bonus_minor - settled_minor + settled_bonus_minor - released_minor + released_bonus_minor) FILTER (WHERE purpose = 1) AS staked
    FROM hold WHERE state = 1 GROUP BY player_id, currency
    UNION ALL
    SELECT player_id, currency, grant_id, sum(bonus_minor - settled_bonus_minor - released_bonus_minor), 0
    FROM hold WHERE state = 1 AND grant_id <> '' GROUP BY player_id, currency, grant_id
) h ON h.player_id = a.owner AND h.currency = a.currency AND h.pool = a.pool
WHERE coalesce(a.held_minor, 0) <> coalesce(h.total, 0) OR coalesce(a.staked_minor, 0) <> coalesce(h.staked, 0) OR coalesce(a.sums_wrong, false)
ORDER BY 1, 2, 3
LIMIT @most::int;

-- name: WrongHeldChanges :many
-- Used by Verify since a checkpoint, HELD_MISMATCH: held money of a player, cash and bonus, whose entries behind the number are not what the operations behind it
-- held and let go. Served by operation_pkey, entry_number, hold_pkey.
SELECT coalesce(m.owner, h.player_id)::text AS owner, coalesce(m.currency, h.currency)::text AS currency, coalesce(m.total, 0)::text AS moved,
       coalesce(h.total, 0)::text AS held, count(*) OVER () AS found
FROM (
    SELECT a.owner, a.currency, sum(e.amount_minor) AS total
    FROM entry e JOIN ledger_account a ON a.id = e.account_id
    WHERE e.number > @after::bigint AND a.kind IN (2, 6)
    GROUP BY a.owner, a.currency
) m
FULL JOIN (
    SELECT h.player_id, h.currency, sum(CASE WHEN o.kind IN ('PLACE_HOLD', 'RESERVE_WITHDRAWAL') THEN coalesce(o.amount_minor, h.amount_minor)
        WHEN o.kind IN ('SETTLE_HOLD', 'RELEASE_HOLD', 'COMPLETE_WITHDRAWAL', 'CANCEL_WITHDRAWAL') THEN -coalesce(o.amount_minor, h.amount_minor) ELSE 0 END) AS total
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
-- Used by Verify, HOLD_HISTORY: a hold that was not opened once, of which its operations let go another amount than it says, that is closed without an
-- operation, and one of nothing that was closed twice. What was done before @archived_until was done by operations that are no longer there.
SELECT coalesce(h.id, o.hold_id)::text AS hold_id, coalesce(h.player_id, '')::text AS player_id, coalesce(h.state, 0)::smallint AS state,
       coalesce(o.opened, 0)::bigint AS opened, coalesce(o.closed, 0)::bigint AS closed, count(*) OVER () AS found
FROM hold h
FULL JOIN (
    SELECT hold_id, count(*) FILTER (WHERE kind IN ('PLACE_HOLD', 'RESERVE_WITHDRAWAL', 'PLACE_AND_SETTLE')) AS opened,
           sum(amount_minor) FILTER (WHERE kind IN ('PLACE_HOLD', 'RESERVE_WITHDRAWAL', 'PLACE_AND_SETTLE')) AS taken,
           count(*) FILTER (WHERE kind IN ('SETTLE_HOLD', 'RELEASE_HOLD', 'COMPLETE_WITHDRAWAL', 'CANCEL_WITHDRAWAL', 'PLACE_AND_SETTLE')) AS closed,
           coalesce(sum(amount_minor) FILTER (WHERE kind IN ('SETTLE_HOLD', 'RELEASE_HOLD', 'COMPLETE_WITHDRAWAL', 'CANCEL_WITHDRAWAL', 'PLACE_AND_SETTLE')), 0) AS let_go,
           count(*) FILTER (WHERE kind IN ('SETTLE_HOLD', 'RELEASE_HOLD', 'COMPLETE_WITHDRAWAL', 'CANCEL_WITHDRAWAL', 'PLACE_AND_SETTLE') AND amount_minor IS NULL) AS wholes
    FROM operation WHERE hold_id <> '' GROUP BY hold_id
) o ON o.hold_id = h.id
WHERE h.id IS NULL
   OR coalesce(o.opened, 0) <> CASE WHEN h.created_at < @archived_until::timestamptz THEN 0 ELSE 1 END
   OR h.created_at >= @archived_until::timestamptz AND coalesce(o.let_go + o.wholes * h.amount_minor, 0) <> h.settled_minor + h.released_minor
   OR h.state <> 1 AND h.closed_at >= @archived_until::timestamptz AND coalesce(o.closed, 0) = 0
   OR o.taken <> h.amount_minor
   OR h.state = 1 AND h.amount_minor > 0 AND h.settled_minor + h.released_minor = h.amount_minor
   OR h.amount_minor = 0 AND coalesce(o.closed, 0) > CASE WHEN h.state = 1 THEN 0 ELSE 1 END
ORDER BY 1
LIMIT @most::int;

-- name: WrongNewHolds :many
-- Used by Verify since a checkpoint, HOLD_HISTORY: what WrongHolds asks, of the holds that operations behind the number opened, settled or let go. When that was is
-- told by the times, which a hold shares with its operations. Served by operation_pkey, hold_pkey.
SELECT o.hold_id, coalesce(h.player_id, '')::text AS player_id, coalesce(h.state, 0)::smallint AS state, o.opened, o.closed, count(*) OVER () AS found
FROM (
    SELECT hold_id, count(*) FILTER (WHERE kind IN ('PLACE_HOLD', 'RESERVE_WITHDRAWAL', 'PLACE_AND_SETTLE')) AS opened,
           sum(amount_minor) FILTER (WHERE kind IN ('PLACE_HOLD', 'RESERVE_WITHDRAWAL', 'PLACE_AND_SETTLE')) AS taken,
           count(*) FILTER (WHERE kind IN ('SETTLE_HOLD', 'RELEASE_HOLD', 'COMPLETE_WITHDRAWAL', 'CANCEL_WITHDRAWAL', 'PLACE_AND_SETTLE')) AS closed,
           coalesce(sum(amount_minor) FILTER (WHERE kind IN ('SETTLE_HOLD', 'RELEASE_HOLD', 'COMPLETE_WITHDRAWAL', 'CANCEL_WITHDRAWAL', 'PLACE_AND_SETTLE')), 0) AS let_go,
           count(*) FILTER (WHERE kind IN ('SETTLE_HOLD', 'RELEASE_HOLD', 'COMPLETE_WITHDRAWAL', 'CANCEL_WITHDRAWAL', 'PLACE_AND_SETTLE') AND amount_minor IS NULL) AS wholes,
           max(created_at) FILTER (WHERE kind IN ('PLACE_HOLD', 'RESERVE_WITHDRAWAL', 'PLACE_AND_SETTLE')) AS opened_at,
           max(created_at) FILTER (WHERE kind IN ('SETTLE_HOLD', 'RELEASE_HOLD', 'COMPLETE_WITHDRAWAL', 'CANCEL_WITHDRAWAL', 'PLACE_AND_SETTLE')) AS closed_at
    FROM operation WHERE number > @after::bigint AND hold_id <> '' GROUP BY hold_id
) o
LEFT JOIN hold h ON h.id = o.hold_id
WHERE h.id IS NULL OR o.opened > 1 OR o.opened_at <> h.created_at
   OR o.let_go + o.wholes * h.amount_minor > h.settled_minor + h.released_minor
   OR o.opened = 1 AND o.let_go + o.wholes * h.amount_minor <> h.settled_minor + h.released_minor
   OR o.taken <> h.amount_minor
   OR h.state = 1 AND h.amount_minor > 0 AND h.settled_minor + h.released_minor = h.amount_minor
   OR h.amount_minor = 0 AND o.closed > CASE WHEN h.state = 1 THEN 0 ELSE 1 END
   OR h.state <> 1 AND o.closed > 0 AND h.closed_at IS DISTINCT FROM o.closed_at
ORDER BY 1
LIMIT @most::int;

-- name: WrongKeys :many
-- Used by Verify, KEY_MISMATCH: an operation without its idempotency key, a key that leads elsewhere or has another answer, and a key without an operation, unless
-- its operation was made before @archived_until and is no longer there.
SELECT coalesce(o.id, '')::text AS operation_id, coalesce(o.player_id, '')::text AS player_id, coalesce(o.caller, '')::text AS caller,
       coalesce(o.request_id, k.key::text)::text AS request_id, coalesce(k.operation_id, '')::text AS key_operation_id, count(*) OVER () AS found
FROM operation o
FULL JOIN operation_key k ON k.key = request_key(o.caller, o.request_id)
WHERE k.operation_id IS DISTINCT FROM o.id AND (o.id IS NOT NULL OR k.created_at >= @archived_until::timestamptz)
   OR o.id IS NOT NULL AND (k.operation_number, k.available_minor, k.held_minor, k.balance_version, k.hold_id)
      IS DISTINCT FROM (o.number, o.available_minor, o.held_minor, o.balance_version, o.hold_id)
ORDER BY coalesce(o.number, k.operation_number)
LIMIT @most::int;

-- name: WrongNewKeys :many
-- Used by Verify since a checkpoint, KEY_MISMATCH: an operation behind the number without its key, or whose key leads elsewhere or has another answer. Served by operation_pkey,
-- operation_key_pkey.
SELECT o.id AS operation_id, o.player_id, o.caller, o.request_id, coalesce(k.operation_id, '')::text AS key_operation_id, count(*) OVER () AS found
FROM operation o
LEFT JOIN operation_key k ON k.key = request_key(o.caller, o.request_id)
WHERE o.number > @after::bigint AND (k.operation_id, k.operation_number, k.available_minor, k.held_minor, k.balance_version, k.hold_id)
    IS DISTINCT FROM (o.id, o.number, o.available_minor, o.held_minor, o.balance_version, o.hold_id)
ORDER BY o.number
LIMIT @most::int;

-- name: WrongSides :many
-- Used by Verify, FUNDING_MISMATCH: of pairs of accounts between which money was put on hold, those that are not the two sides of one account. Served by
-- account_pkey.
SELECT p.free_id::bigint AS free_id, p.held_id::bigint AS held_id
FROM (SELECT unnest(@free_ids::bigint[]) AS free_id, unnest(@held_ids::bigint[]) AS held_id) p
LEFT JOIN account a ON a.id = p.free_id
WHERE a.held_id IS DISTINCT FROM p.held_id;

-- name: WrongFunding :many
-- Used by Verify, FUNDING_MISMATCH: a hold whose bonus part did not come from the pool of its grant, and all of it from there: the entries that put bonus money on
-- hold, against what the hold says. What was done before @archived_until was done by entries that are no longer there.
SELECT coalesce(h.id, b.hold_id)::text AS hold_id, coalesce(h.player_id, b.owner)::text AS player_id, coalesce(h.grant_id, '')::text AS grant_id,
       coalesce(h.bonus_minor, 0)::bigint AS bonus_minor, coalesce(b.first_pool, '')::text AS first_pool, coalesce(b.last_pool, '')::text AS last_pool,
       coalesce(b.total, 0)::text AS total, count(*) OVER () AS found
FROM (SELECT id, player_id, grant_id, bonus_minor, created_at FROM hold WHERE bonus_minor > 0 AND created_at >= @archived_until::timestamptz) h
FULL JOIN (
    SELECT o.hold_id, min(a.owner) AS owner, min(a.pool) AS first_pool, max(a.pool) AS last_pool, sum(e.amount_minor) AS total
    FROM account a
    JOIN entry e ON e.account_id = a.held_id AND e.type = 5
    JOIN operation o ON o.number = e.operation_number AND o.created_at = e.created_at
    WHERE a.kind = 5
    GROUP BY o.hold_id
) b ON b.hold_id = h.id
WHERE b.total IS DISTINCT FROM h.bonus_minor OR b.first_pool IS DISTINCT FROM h.grant_id OR b.last_pool IS DISTINCT FROM h.grant_id
ORDER BY 1
LIMIT @most::int;

-- name: WrongNewFunding :many
-- Used by Verify since a checkpoint, FUNDING_MISMATCH: what WrongFunding asks, of the holds that operations behind the number opened. Served by operation_pkey,
-- entry_pkey, hold_pkey.
SELECT o.hold_id, o.player_id, coalesce(h.grant_id, '')::text AS grant_id, coalesce(h.bonus_minor, 0)::bigint AS bonus_minor,
       coalesce(b.first_pool, '')::text AS first_pool, coalesce(b.last_pool, '')::text AS last_pool, coalesce(b.total, 0)::text AS total, count(*) OVER () AS found
FROM operation o
LEFT JOIN hold h ON h.id = o.hold_id
LEFT JOIN LATERAL (
    SELECT min(a.pool) AS first_pool, max(a.pool) AS last_pool, sum(e.amount_minor) AS total
    FROM account a
    JOIN entry e ON e.account_id = a.held_id AND e.number >= o.number AND e.number < o.number + o.entry_count AND e.created_at = o.created_at AND e.type = 5
    WHERE a.held_id = ANY(o.accounts) AND a.kind = 5
) b ON true
WHERE o.number > @after::bigint AND o.kind IN ('PLACE_HOLD', 'PLACE_AND_SETTLE')
  AND (coalesce(b.total, 0) <> coalesce(h.bonus_minor, 0) OR b.total > 0 AND (b.first_pool IS DISTINCT FROM h.grant_id OR b.last_pool IS DISTINCT FROM h.grant_id))
ORDER BY o.number
LIMIT @most::int;

-- name: WrongLate :many
-- Used by Verify, LATE_MISMATCH: a hold whose late money is not what the entries of its operations on bonus_cost say: what was discarded less what could not be taken
-- back, or the latter alone where late money goes to cash. Late money that no closed pool explains, or more than ever came, is wrong too. What was done before
-- @archived_until was done by entries that are no longer there.
SELECT l.hold_id, coalesce(h.player_id, '')::text AS player_id, l.late_minor, coalesce(b.total, 0)::text AS total, count(*) OVER () AS found
FROM hold_late l
LEFT JOIN hold h ON h.id = l.hold_id
LEFT JOIN account p ON p.owner = h.player_id AND p.currency = h.currency AND p.kind = 5 AND p.pool = h.grant_id AND p.stripe = 0
LEFT JOIN (
    SELECT x.hold_id, sum(e.amount_minor) AS total
    FROM account a
    JOIN entry e ON e.account_id = a.id AND e.type NOT IN (10, 12)
    JOIN operation o ON o.number = e.operation_number AND o.created_at = e.created_at
    JOIN hold_late x ON x.hold_id = o.hold_id AND x.since <= o.created_at
    WHERE a.kind = 8
    GROUP BY x.hold_id
) b ON b.hold_id = l.hold_id
WHERE p.id IS NULL
   OR l.late_minor > CASE WHEN p.late_to = 0 THEN 0 ELSE h.paid_bonus_minor + h.released_bonus_minor END
   OR l.since >= @archived_until::timestamptz AND coalesce(b.total, 0) <> CASE WHEN p.late_to = 2 THEN l.late_minor ELSE least(l.late_minor, 0) END
ORDER BY 1
LIMIT @most::int;
