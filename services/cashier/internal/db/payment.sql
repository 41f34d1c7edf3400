-- InsertKey: CreateDeposit and CreateWithdrawal; its unique violation is a repeated request. Primary key.
-- name: InsertKey :exec
INSERT INTO idempotency (player_id, key, fingerprint, payment_id, created_at) VALUES (@player_id, @key, @fingerprint, @payment_id, @created_at);

-- GetKey: CreateDeposit and CreateWithdrawal. Primary key.
-- name: GetKey :one
SELECT * FROM idempotency WHERE player_id = @player_id AND key = @key;

-- AddStep: each change that a player sees.
-- name: AddStep :exec
INSERT INTO timeline (payment_id, state, reason, next_step, at) VALUES (@payment_id, @state, @reason, @next_step, @at);

-- ListSteps: every look at payments. Primary key.
-- name: ListSteps :many
SELECT * FROM timeline WHERE payment_id = ANY(@payment_ids::text[]) ORDER BY payment_id, number;

-- RecordFinding: where provider and platform disagree; no row when it is known. Primary key.
-- name: RecordFinding :execrows
INSERT INTO reconciliation (payment_id, integration_id, kind, ours, theirs, found_at) VALUES (@payment_id, @integration_id, @kind, @ours, @theirs, @found_at)
ON CONFLICT DO NOTHING;
