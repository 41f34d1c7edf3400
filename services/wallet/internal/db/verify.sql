-- The proof of the ledger (verify.go). Everything runs in repeatable read, read only transactions on one snapshot. A query about a range of numbers reads
-- the operations or entries with numbers in (after, upto] along their primary key; the others read whole tables once. Each answers only what is
-- wrong, at most @most rows, and says in found how many there are. Sums of damaged rows may not fit a bigint, so they are numeric and cut or shown as text.

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

-- name: FollowEntries :many
-- Used by Verify for everything about balances: each account's entries in a range of numbers, in one pass. The first entry says what the balance was
-- before the range, the last one what it is after it, and broken counts the entries in between that do not follow from the one before them.
SELECT account_id, count(*)::bigint AS entries, fit_bigint(sum(amount_minor))::bigint AS total, min(balance_after_minor)::bigint AS lowest,
       min(number)::bigint AS first_number, max(number)::bigint AS last_number,
       coalesce(max(balance_after_minor) FILTER (WHERE before IS NULL), 0)::bigint AS first_balance,
       coalesce(max(amount_minor) FILTER (WHERE before IS NULL), 0)::bigint AS first_amount,
       coalesce(max(balance_after_minor) FILTER (WHERE next IS NULL), 0)::bigint AS last_balance,
       count(*) FILTER (WHERE CASE WHEN before BETWEEN -4000000000000000000 AND 4000000000000000000
                                    AND amount_minor BETWEEN -4000000000000000000 AND 4000000000000000000
                              THEN balance_after_minor <> before + amount_minor
                              ELSE balance_after_minor <> before::numeric + amount_minor END)::bigint AS broken
FROM (
    SELECT account_id, number, amount_minor, balance_after_minor,
           lag(balance_after_minor) OVER w AS before, lead(balance_after_minor) OVER w AS next
    FROM entry
    WHERE number > @after::bigint AND number <= @upto::bigint
    WINDOW w AS (PARTITION BY account_id ORDER BY number)
) e
GROUP BY account_id
ORDER BY account_id;

-- name: WrongRunningBalances :many
-- Used by Verify, RUNNING_BALANCE, for accounts of which FollowEntries said that something is broken. Served by entry_account.
SELECT r.number, r.account_id, r.balance_after_minor, r.running::text AS running, count(*) OVER () AS found
FROM (
    SELECT number, account_id, balance_after_minor,
           lag(balance_after_minor) OVER (PARTITION BY account_id ORDER BY number) + amount_minor::numeric AS running
    FROM entry
    WHERE account_id = ANY(@account_ids::bigint[]) AND number > @after::bigint AND number <= @upto::bigint
) r
WHERE r.balance_after_minor <> r.running
ORDER BY r.number
LIMIT @most::int;

-- name: FollowVersions :many
-- Used by Verify, VERSION_MISMATCH: the versions that each balance took in a range of numbers; account_id is 0 where the player has no such account.
SELECT coalesce(a.id, 0)::bigint AS account_id, o.player_id, o.currency, o.operations::bigint AS operations, o.versions::bigint AS versions,
       o.lowest::bigint AS lowest, o.highest::bigint AS highest, o.last_number::bigint AS last_number
FROM (
    SELECT player_id, currency, count(*) AS operations, count(DISTINCT balance_version) AS versions, min(balance_version) AS lowest,
           max(balance_version) AS highest, max(number) AS last_number
    FROM operation
    WHERE number > @after::bigint AND number <= @upto::bigint
    GROUP BY player_id, currency
) o
LEFT JOIN account a ON a.owner = o.player_id AND a.currency = o.currency AND a.kind = 1 AND a.stripe = 0;

-- name: ListAccounts :many
-- Used by Verify to compare every account with its entries, page by page. Served by account_pkey.
SELECT id, owner, currency, kind, stripe, balance_minor, version FROM account WHERE id > @after::bigint ORDER BY id LIMIT @most::int;

-- name: NameAccounts :many
-- Used by Verify to say whose entries are wrong. Served by account_pkey.
SELECT id, owner, currency, kind FROM account WHERE id = ANY(@ids::bigint[]);

-- name: WrongOperations :many
-- Used by Verify, OPERATION_SUM, over a range of numbers: an operation whose entries do not sum to zero, are not as many as it says or not the numbers
-- that it says, lie on unknown accounts or in another currency, and entries without an operation. No operation crosses the end of a range,
-- because ranges end with a block of numbers.
SELECT coalesce(o.id, '')::text AS operation_id, coalesce(o.number, s.operation_number)::bigint AS number, coalesce(o.player_id, '')::text AS player_id,
       coalesce(o.entry_count, 0)::bigint AS said, coalesce(s.entries, 0)::bigint AS found_entries, coalesce(s.total, 0)::text AS total,
       coalesce(s.lowest, '')::text AS lowest_currency, coalesce(s.highest, '')::text AS highest_currency, count(*) OVER () AS found
FROM (SELECT id, number, created_at, player_id, currency, entry_count FROM operation WHERE number > @after::bigint AND number <= @upto::bigint) o
FULL JOIN (
    SELECT e.operation_number, e.created_at, count(*) AS entries, sum(e.amount_minor) AS total, min(e.number) AS first_number,
           max(e.number) AS last_number, min(coalesce(a.currency, '?') COLLATE "C") AS lowest, max(coalesce(a.currency, '?') COLLATE "C") AS highest
    FROM entry e LEFT JOIN account a ON a.id = e.account_id
    WHERE e.number > @after::bigint AND e.number <= @upto::bigint
    GROUP BY e.operation_number, e.created_at
) s ON s.operation_number = o.number AND s.created_at = o.created_at
WHERE o.number IS NULL OR coalesce(s.total, 0) <> 0 OR coalesce(s.entries, 0) <> o.entry_count
   OR s.entries > 0 AND (s.lowest <> o.currency OR s.highest <> o.currency OR s.first_number <> o.number OR s.last_number <> o.number + o.entry_count - 1)
ORDER BY 2
LIMIT @most::int;

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
