-- name: GetRefund :one
-- Used by refund, under the lock of the bet. Served by refund_pkey.
SELECT amount_minor FROM refund WHERE integration_id = @integration_id AND bet_id = @bet_id AND refund_id = @refund_id;

-- name: InsertRefund :exec
-- Used by refund, under the lock of the bet. Served by refund_pkey.
INSERT INTO refund (integration_id, bet_id, refund_id, amount_minor, created_at) VALUES (@integration_id, @bet_id, @refund_id, @amount_minor, @now);

-- name: RemoveRefund :exec
-- Used by refund when gaming has refused a part: it has not gone back. Served by refund_pkey and bet_pkey.
WITH gone AS (
  DELETE FROM refund r WHERE r.integration_id = @integration_id AND r.bet_id = @bet_id AND r.refund_id = @refund_id RETURNING r.integration_id, r.bet_id, r.amount_minor)
UPDATE bet b SET refunded_minor = b.refunded_minor - g.amount_minor, updated_at = @now FROM gone g WHERE b.integration_id = g.integration_id AND b.bet_id = g.bet_id;

-- name: AddRefunded :one
-- Used by refund, under the lock of the bet; answers what of the stake has gone back. Served by bet_pkey.
UPDATE bet SET refunded_minor = refunded_minor + @amount_minor, updated_at = @now WHERE integration_id = @integration_id AND bet_id = @bet_id
RETURNING refunded_minor;
