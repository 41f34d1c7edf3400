-- name: GetRefund :one
-- Used by refund, under the lock of the bet. Served by refund_pkey.
SELECT amount_minor FROM refund WHERE integration_id = @integration_id AND bet_id = @bet_id AND refund_id = @refund_id;

-- name: InsertRefund :exec
-- Used by refund, under the lock of the bet. Served by refund_pkey.
INSERT INTO refund (integration_id, bet_id, refund_id, amount_minor, created_at) VALUES (@integration_id, @bet_id, @refund_id, @amount_minor, @now);

-- name: AddRefunded :one
-- Used by refund, under the lock of the bet; answers what of the stake has gone back. Served by bet_pkey.
UPDATE bet SET refunded_minor = refunded_minor + @amount_minor, updated_at = @now WHERE integration_id = @integration_id AND bet_id = @bet_id
RETURNING refunded_minor;
