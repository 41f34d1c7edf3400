-- The proof of the ledger (verify.go). Everything runs in one repeatable read, read only transaction; each query reads whole tables once and
-- answers only what is wrong, at most @most rows, so nothing but the server's sort and hash space grows with the ledger.

-- name: CountLedger :one
-- Used by Verify.
SELECT (SELECT count(*) FROM operation)::bigint AS operations, (SELECT count(*) FROM entry)::bigint AS entries,
       (SELECT count(*) FROM account)::bigint AS accounts, (SELECT count(*) FROM hold)::bigint AS holds;

-- name: SumCurrencies :many
-- Used by Verify: the totals of each currency. A sum that does not fit is cut to the largest number, which is a violation all the same.
SELECT a.currency,
       least(greatest(coalesce(sum(s.total), 0), -9223372036854775807), 9223372036854775807)::bigint AS sum_minor,
       coalesce(sum(s.entries), 0)::bigint AS entries,
       least(coalesce(sum(a.balance_minor) FILTER (WHERE a.kind IN (1, 2)), 0), 9223372036854775807)::bigint AS player_funds_minor
FROM ledger_account a
LEFT JOIN (SELECT account_id, sum(amount_minor) AS total, count(*) AS entries FROM entry GROUP BY account_id) s ON s.account_id = a.id
GROUP BY a.currency
ORDER BY a.currency;

-- name: WrongBalances :many
-- Used by Verify, BALANCE_MISMATCH: a balance that is not the sum of its entries.
SELECT a.id, a.owner, a.currency, a.kind, a.stripe, a.balance_minor, coalesce(s.total, 0)::text AS total
FROM ledger_account a
LEFT JOIN (SELECT account_id, sum(amount_minor) AS total FROM entry GROUP BY account_id) s ON s.account_id = a.id
WHERE a.balance_minor <> coalesce(s.total, 0)
ORDER BY a.id
LIMIT @most::int;

-- name: WrongRunningBalances :many
-- Used by Verify, RUNNING_BALANCE: an entry whose balance is not the one before it plus its amount. Read along entry_account.
SELECT r.number, r.account_id, r.balance_after_minor, r.running::text AS running
FROM (
    SELECT number, account_id, balance_after_minor,
           coalesce(lag(balance_after_minor) OVER (PARTITION BY account_id ORDER BY number), 0)::numeric + amount_minor AS running
    FROM entry
) r
WHERE r.balance_after_minor <> r.running
ORDER BY r.number
LIMIT @most::int;

-- name: NegativeBalances :many
-- Used by Verify, NEGATIVE_BALANCE: a player account below zero, now or after any entry.
SELECT a.id, a.owner, a.currency, a.kind, least(a.balance_minor, s.lowest)::bigint AS lowest
FROM ledger_account a
LEFT JOIN (SELECT account_id, min(balance_after_minor) AS lowest FROM entry GROUP BY account_id) s ON s.account_id = a.id
WHERE a.kind IN (1, 2, 5, 6) AND least(a.balance_minor, s.lowest) < 0
ORDER BY a.id
LIMIT @most::int;

-- name: WrongHeldBalances :many
-- Used by Verify, HELD_MISMATCH: a held account that is not the sum of the player's open holds, or says wrongly how much of it bets hold; holds without an
-- account included.
SELECT coalesce(a.owner, h.player_id)::text AS owner, coalesce(a.currency, h.currency)::text AS currency,
       coalesce(a.balance_minor, 0)::bigint AS balance_minor, coalesce(h.total, 0)::text AS total,
       coalesce(a.staked_minor, 0)::bigint AS staked_minor, coalesce(h.staked, 0)::text AS staked
FROM (SELECT owner, currency, held_minor AS balance_minor, staked_minor FROM account WHERE kind = 1) a
FULL JOIN (
    SELECT player_id, currency, sum(amount_minor - settled_minor - released_minor - (bonus_minor - settled_bonus_minor - released_bonus_minor)) AS total,
           sum(amount_minor - settled_minor - released_minor - (bonus_minor - settled_bonus_minor - released_bonus_minor)) FILTER (WHERE purpose = 1) AS staked
    FROM hold WHERE state = 1 GROUP BY player_id, currency
) h ON h.player_id = a.owner AND h.currency = a.currency
WHERE coalesce(a.balance_minor, 0) <> coalesce(h.total, 0) OR coalesce(a.staked_minor, 0) <> coalesce(h.staked, 0)
ORDER BY 1, 2
LIMIT @most::int;

-- name: WrongGuards :many
-- Used by Verify, GUARD_MISMATCH: a limit whose counter is not the sum of the usage from the slot on from which it counts. Counters that are older
-- than usage is kept are counted anew when they are used next, and expired ones count no more; both are no fault.
SELECT g.id, g.player_id, g.used_minor, coalesce(x.total, 0)::text AS total
FROM guard g
JOIN account a ON a.owner = g.player_id AND a.currency = g.currency AND a.kind = 1 AND a.stripe = 0
LEFT JOIN LATERAL (SELECT sum(usage_of(g.kind, u)) AS total FROM guard_usage u WHERE u.account_id = a.id AND u.slot >= g.from_slot) x ON true
WHERE g.kind <= 5 AND g.used_minor <> coalesce(x.total, 0) AND g.from_slot >= @kept_from::bigint
  AND (g.expires_at IS NULL OR g.expires_at > coalesce((SELECT max(created_at) FROM operation), '-infinity'))
ORDER BY g.id
LIMIT @most::int;

-- name: WrongHolds :many
-- Used by Verify, HOLD_HISTORY: a hold that was not opened once, is closed without an operation or open with one, or was closed twice.
SELECT coalesce(h.id, o.hold_id)::text AS hold_id, coalesce(h.state, 0)::smallint AS state, coalesce(o.opened, 0)::bigint AS opened,
       coalesce(o.closed, 0)::bigint AS closed
FROM hold h
FULL JOIN (
    SELECT hold_id, count(*) FILTER (WHERE kind IN ('PLACE_HOLD', 'RESERVE_WITHDRAWAL', 'PLACE_AND_SETTLE')) AS opened,
           count(*) FILTER (WHERE kind IN ('SETTLE_HOLD', 'RELEASE_HOLD', 'COMPLETE_WITHDRAWAL', 'CANCEL_WITHDRAWAL', 'PLACE_AND_SETTLE')) AS closed
    FROM operation WHERE hold_id <> '' GROUP BY hold_id
) o ON o.hold_id = h.id
WHERE h.id IS NULL OR coalesce(o.opened, 0) <> 1 OR (h.state = 1) <> (coalesce(o.closed, 0) = 0 OR h.settled_minor + h.released_minor < h.amount_minor)
ORDER BY 1
LIMIT @most::int;

-- name: WrongOperations :many
-- Used by Verify, OPERATION_SUM: an operation whose entries do not sum to zero, are not as many as it says, lie on unknown accounts or in
-- another currency, and entries without an operation.
SELECT coalesce(o.id, '')::text AS operation_id, coalesce(o.number, s.operation_number)::bigint AS number,
       coalesce(o.entry_count, 0)::bigint AS said, coalesce(s.entries, 0)::bigint AS found, coalesce(s.total, 0)::text AS total,
       coalesce(s.currencies, '{}')::text[] AS currencies
FROM operation o
FULL JOIN (
    SELECT e.operation_number, e.created_at, count(*) AS entries, sum(e.amount_minor) AS total,
           array_agg(DISTINCT coalesce(a.currency, '?')) AS currencies
    FROM entry e LEFT JOIN ledger_account a ON a.id = e.account_id
    GROUP BY e.operation_number, e.created_at
) s ON s.operation_number = o.number AND s.created_at = o.created_at
WHERE o.number IS NULL OR coalesce(s.total, 0) <> 0 OR coalesce(s.entries, 0) <> o.entry_count
   OR s.entries > 0 AND s.currencies <> ARRAY[o.currency]
ORDER BY 2
LIMIT @most::int;

-- name: WrongVersions :many
-- Used by Verify, VERSION_MISMATCH: a balance whose version is not the number of its operations, or whose operations do not have the versions 1..n.
SELECT coalesce(a.owner, o.player_id)::text AS owner, coalesce(a.currency, o.currency)::text AS currency, coalesce(a.version, 0)::bigint AS version,
       coalesce(o.operations, 0)::bigint AS operations, coalesce(o.versions, 0)::bigint AS versions, coalesce(o.highest, 0)::bigint AS highest
FROM (SELECT owner, currency, version FROM account WHERE kind = 1) a
FULL JOIN (
    SELECT player_id, currency, count(*) AS operations, count(DISTINCT balance_version) AS versions, max(balance_version) AS highest
    FROM operation GROUP BY player_id, currency
) o ON o.player_id = a.owner AND o.currency = a.currency
WHERE coalesce(a.version, 0) <> coalesce(o.operations, 0) OR coalesce(o.operations, 0) <> coalesce(o.versions, 0)
   OR coalesce(o.operations, 0) <> coalesce(o.highest, 0)
ORDER BY 1, 2
LIMIT @most::int;

-- name: WrongKeys :many
-- Used by Verify, KEY_MISMATCH: an operation without its idempotency key, or whose key leads elsewhere. Keys of archived operations are no fault.
SELECT o.id AS operation_id, o.caller, o.request_id, coalesce(k.operation_id, '')::text AS key_operation_id
FROM operation o
LEFT JOIN operation_key k ON k.key = request_key(o.caller, o.request_id)
WHERE k.operation_id IS DISTINCT FROM o.id OR k.operation_number IS DISTINCT FROM o.number
ORDER BY o.number
LIMIT @most::int;
