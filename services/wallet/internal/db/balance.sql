-- name: GetBalance :one
-- Used by GetBalance; always one row. Served by account_name_key.
SELECT coalesce(max(balance_minor) FILTER (WHERE kind = 1), 0)::bigint AS available_minor,
       coalesce(max(balance_minor) FILTER (WHERE kind = 2), 0)::bigint AS held_minor,
       coalesce(max(version), 0)::bigint AS version
FROM account
WHERE owner = @player_id AND currency = @currency AND kind IN (1, 2) AND stripe = 0;

-- name: ListBalances :many
-- Used by ListBalances and ListPlayerBalances. A version of 0 is an account that no operation ever touched. Served by account_name_key.
SELECT currency,
       coalesce(max(balance_minor) FILTER (WHERE kind = 1), 0)::bigint AS available_minor,
       coalesce(max(balance_minor) FILTER (WHERE kind = 2), 0)::bigint AS held_minor,
       coalesce(max(version), 0)::bigint AS version
FROM account
WHERE owner = @player_id AND kind IN (1, 2) AND stripe = 0
GROUP BY currency
HAVING max(version) > 0
ORDER BY currency;
