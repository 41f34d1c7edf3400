-- LockTransaction: everything about one provider's transaction id happens one after the other, also before its row exists.
-- name: LockTransaction :exec
SELECT pg_advisory_xact_lock(@lock_key::bigint);

-- GetTransaction: to answer a repeated transaction. Primary key.
-- name: GetTransaction :one
SELECT * FROM provider_tx WHERE integration_id = @integration_id AND kind = @kind AND provider_tx_id = @provider_tx_id;

-- InsertTransaction: before the wallet is asked.
-- name: InsertTransaction :one
INSERT INTO provider_tx (integration_id, kind, provider_tx_id, fingerprint, state, action, player_id, round_id, bet_id, reference_tx_id,
    reference_kind, currency, amount_minor, winnings_minor, round_closed, balance_minor, created_at, touched_at)
VALUES (@integration_id, @kind, @provider_tx_id, @fingerprint, @state, @action, @player_id, @round_id, @bet_id, @reference_tx_id,
    @reference_kind, @currency, @amount_minor, @winnings_minor, @round_closed, 0, @now::timestamptz, @now::timestamptz)
RETURNING *;

-- RestartTransaction: a cancellation that was refused for lack of funds is tried again, on what the bet is now. Primary key.
-- name: RestartTransaction :one
UPDATE provider_tx SET state = 1, action = @action, reference_kind = @reference_kind, amount_minor = @amount_minor,
    winnings_minor = @winnings_minor, refuse_reason = '', touched_at = @now::timestamptz
WHERE integration_id = @integration_id AND kind = @kind AND provider_tx_id = @provider_tx_id AND state = 3
RETURNING *;

-- TouchTransaction: somebody is at work on it, so the reconciler keeps away. Primary key.
-- name: TouchTransaction :exec
UPDATE provider_tx SET touched_at = @now::timestamptz
WHERE integration_id = @integration_id AND kind = @kind AND provider_tx_id = @provider_tx_id AND state = 1;

-- FinishTransaction: the outcome; a decided transaction stays as it is. Primary key.
-- name: FinishTransaction :execrows
UPDATE provider_tx SET state = @state, refuse_reason = @refuse_reason, balance_minor = @balance_minor, touched_at = @now::timestamptz
WHERE integration_id = @integration_id AND kind = @kind AND provider_tx_id = @provider_tx_id AND state = 1;

-- HasCancellation: whether a transaction was cancelled before it came. Index provider_tx_reference.
-- name: HasCancellation :one
SELECT EXISTS (SELECT 1 FROM provider_tx WHERE kind = 'cancel' AND integration_id = @integration_id AND reference_tx_id = @reference_tx_id AND reference_kind = '');

-- WinCancelled: whether another cancellation has already taken this win back. Index provider_tx_reference.
-- name: WinCancelled :one
SELECT EXISTS (SELECT 1 FROM provider_tx WHERE kind = 'cancel' AND integration_id = @integration_id AND reference_tx_id = @reference_tx_id
    AND reference_kind = 'win' AND state = 2);

-- OpenTransactionsOfBet: wins and cancellations of a bet that are under way, in the order they came. Index provider_tx_bet.
-- name: OpenTransactionsOfBet :many
SELECT * FROM provider_tx WHERE bet_id = @bet_id AND bet_id <> '' AND state = 1 AND kind IN ('win', 'cancel') ORDER BY created_at;

-- TakeStaleTransactions: the reconciler; replicas share the work. Index provider_tx_open.
-- name: TakeStaleTransactions :many
UPDATE provider_tx SET touched_at = @now::timestamptz
WHERE (integration_id, kind, provider_tx_id) IN (
    SELECT x.integration_id, x.kind, x.provider_tx_id FROM provider_tx x
    WHERE x.state = 1 AND x.touched_at < @before::timestamptz
    ORDER BY x.touched_at LIMIT @max_rows FOR UPDATE SKIP LOCKED)
RETURNING *;
