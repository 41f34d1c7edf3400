-- InsertDeposit: CreateDeposit, before the provider is called.
-- name: InsertDeposit :one
INSERT INTO deposit (deposit_id, player_id, integration_id, psp, currency, amount_minor, state, return_url, created_at, updated_at, expires_at, next_sync_at)
VALUES (@deposit_id, @player_id, @integration_id, @psp, @currency, @amount_minor, 1, @return_url, @now, @now, @expires_at, @next_sync_at)
RETURNING *;

-- GetDeposit: every read of one deposit. Primary key.
-- name: GetDeposit :one
SELECT * FROM deposit WHERE deposit_id = @deposit_id;

-- LockDeposit: before each change. Primary key.
-- name: LockDeposit :one
SELECT * FROM deposit WHERE deposit_id = @deposit_id FOR UPDATE;

-- FindDepositByRef: events whose object names no reference of ours. Index deposit_provider_ref.
-- name: FindDepositByRef :one
SELECT * FROM deposit WHERE integration_id = @integration_id AND provider_ref = @provider_ref LIMIT 1;

-- SaveDeposit: after a decision, under the deposit's lock. Primary key.
-- name: SaveDeposit :one
UPDATE deposit SET state = @state, redirect_url = @redirect_url, provider_ref = @provider_ref, instrument = @instrument,
    failure_code = @failure_code, operation_id = @operation_id, version = version + 1, updated_at = @updated_at, paid_at = @paid_at,
    next_sync_at = @next_sync_at
WHERE deposit_id = @deposit_id
RETURNING *;

-- ListDeposits: a player's deposits, newest first. Index deposit_player.
-- name: ListDeposits :many
SELECT * FROM deposit WHERE player_id = @player_id AND deposit_id < @before::text ORDER BY deposit_id DESC LIMIT @max_rows;

-- SearchDeposits: back office, newest first. Primary key, deposit_player or deposit_provider_ref.
-- name: SearchDeposits :many
SELECT * FROM deposit
WHERE deposit_id < @before::text
  AND (@player_id::text = '' OR player_id = @player_id)
  AND (@state::smallint = 0 OR state = @state)
  AND (@provider_ref::text = '' OR provider_ref = @provider_ref)
ORDER BY deposit_id DESC LIMIT @max_rows;

-- ClaimDueDeposits: the sync task; the claimed ones are left alone by other replicas until the lease ends. Index deposit_due.
-- name: ClaimDueDeposits :many
UPDATE deposit SET next_sync_at = @lease_until, sync_count = sync_count + 1
WHERE deposit_id IN (
    SELECT d.deposit_id FROM deposit d WHERE d.next_sync_at <= @now ORDER BY d.next_sync_at LIMIT @max_rows FOR UPDATE SKIP LOCKED)
RETURNING *;

-- LockRefundable: allocation of a withdrawal to the source, oldest deposit first. Index deposit_refundable.
-- name: LockRefundable :many
SELECT * FROM deposit
WHERE player_id = @player_id AND currency = @currency AND state = 3 AND refund_claimed_minor < amount_minor
ORDER BY deposit_id FOR UPDATE;

-- ClaimRefund: a part was allocated, or taken back (negative). Primary key.
-- name: ClaimRefund :exec
UPDATE deposit SET refund_claimed_minor = refund_claimed_minor + @delta, version = version + 1 WHERE deposit_id = @deposit_id;

-- AddRefunded: a part was paid. Primary key.
-- name: AddRefunded :exec
UPDATE deposit SET refunded_minor = refunded_minor + @delta, version = version + 1 WHERE deposit_id = @deposit_id;

-- ScheduleDeposit: when the background looks next, unless the deposit was changed meanwhile: then that change has said when. Primary key.
-- name: ScheduleDeposit :exec
UPDATE deposit SET next_sync_at = @next_sync_at WHERE deposit_id = @deposit_id AND version = @version;
