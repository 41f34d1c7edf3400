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
-- Used by ListPlayerBalances with a time: each account's balance after its last entry up to then. Served by account_name_key and entry_pkey, one row an
-- account and partition.
SELECT a.currency, a.kind, e.balance_after_minor, e.operation_number, e.created_at
FROM ledger_account a
CROSS JOIN LATERAL (
    SELECT n.balance_after_minor, n.operation_number, n.created_at FROM entry n
    WHERE n.account_id = a.id AND n.created_at <= @at::timestamptz
    ORDER BY n.number DESC
    LIMIT 1
) e
WHERE a.owner = @player_id AND a.kind IN (1, 2, 5, 6, 7) AND a.stripe = 0
ORDER BY a.currency, a.kind;

-- name: VersionAt :one
-- Used by ListPlayerBalances with a time: the version that a balance had with its last operation up to then, for the numbers that ListBalancesAt found.
SELECT balance_version FROM operation WHERE number = @number AND created_at = @created_at;

-- name: ListPools :many
-- Used by ListBonusPools. Served by account_name_key.
SELECT currency, pool, balance_minor, held_minor, late_to
FROM account
WHERE owner = @player_id AND kind = 5 AND (@include_closed::boolean OR late_to = 0 OR balance_minor <> 0 OR held_minor <> 0)
ORDER BY currency, pool
LIMIT 1000;
