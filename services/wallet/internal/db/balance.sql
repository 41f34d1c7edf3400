-- name: GetBalance :one
-- Used by GetBalance. Served by account_name_key.
SELECT balance_minor, held_minor, version, bonus_minor, held_bonus_minor, owed_minor
FROM account
WHERE owner = @player_id AND currency = @currency AND kind = 1 AND pool = '' AND stripe = 0;

-- name: ListBalances :many
-- Used by ListBalances and ListPlayerBalances. A version of 0 is an account that no operation ever touched. Served by account_name_key.
SELECT currency, balance_minor, held_minor, version, bonus_minor, held_bonus_minor, owed_minor
FROM account
WHERE owner = @player_id AND kind = 1 AND pool = '' AND stripe = 0 AND version > 0
ORDER BY currency;

-- name: ListBalancesAt :many
-- Used by ListPlayerBalances with a time: each account's balance before its first entry after then, or as it is when there was none; so months that were
-- archived before that time are not needed. Served by account_name_key and entry_pkey.
SELECT a.currency, a.kind, coalesce(e.balance_after_minor - e.amount_minor, a.balance_minor)::bigint AS balance_minor,
       coalesce(o.balance_version - 1, 9223372036854775807)::bigint AS version
FROM ledger_account a
LEFT JOIN LATERAL (
    SELECT n.balance_after_minor, n.amount_minor, n.operation_number, n.created_at FROM entry n
    WHERE n.account_id = a.id AND n.created_at > @at::timestamptz
    ORDER BY n.number
    LIMIT 1
) e ON true
LEFT JOIN operation o ON o.number = e.operation_number AND o.created_at = e.created_at
WHERE a.owner = @player_id AND a.kind IN (1, 2, 5, 6, 7) AND a.stripe = 0
ORDER BY a.currency, a.kind;

-- name: ListPools :many
-- Used by ListBonusPools. Served by account_name_key.
SELECT currency, pool, balance_minor, held_minor, late_to
FROM account
WHERE owner = @player_id AND kind = 5 AND (@include_closed::boolean OR late_to = 0 OR balance_minor <> 0 OR held_minor <> 0)
ORDER BY currency, pool
LIMIT 1000;
