-- Adjustments by two people. The money moves by an operation like any other; these rows say who asked and who decided.

-- name: InsertAdjustment :execrows
-- Used by RequestAdjustment. The same request again inserts nothing. Served by adjustment_request_key.
INSERT INTO adjustment (id, player_id, currency, amount_minor, target, source, reason, request_key, state, requested_by, requested_at)
VALUES (@id, @player_id, @currency, @amount_minor, @target, @source, @reason, @request_key, 1, @requested_by, @requested_at)
ON CONFLICT (request_key) DO NOTHING;

-- name: AdjustmentOfRequest :one
-- Used by RequestAdjustment. Served by adjustment_request_key.
SELECT * FROM adjustment WHERE request_key = @request_key;

-- name: LockAdjustment :one
-- Used by ApproveAdjustment and RejectAdjustment. Served by adjustment_pkey.
SELECT * FROM adjustment WHERE id = @id FOR UPDATE;

-- name: GetAdjustment :one
-- Used after an adjustment was posted. Served by adjustment_pkey.
SELECT * FROM adjustment WHERE id = @id;

-- name: DecideAdjustment :exec
-- Used by ApproveAdjustment and RejectAdjustment, under LockAdjustment.
UPDATE adjustment SET state = @state, decided_by = @decided_by, decided_at = @decided_at, note = @note WHERE id = @id;

-- name: FinishAdjustment :exec
-- Used when the ledger has posted or refused an approved adjustment; whoever comes second changes nothing.
UPDATE adjustment SET state = @state, operation_id = @operation_id, refusal = @refusal WHERE id = @id AND state = 2;

-- name: ApprovedAdjustments :many
-- Used by the task that posts what was approved before the process ended. Served by adjustment_state.
SELECT * FROM adjustment WHERE state = 2 ORDER BY id LIMIT 100;

-- name: ListAdjustments :many
-- Used by ListAdjustments, the newest first; ids rise with time. Served by adjustment_player or adjustment_pkey.
SELECT * FROM adjustment
WHERE (@player_id::text = '' OR player_id = @player_id::text) AND (@state::smallint = 0 OR state = @state::smallint)
  AND (@before::text = '' OR id < @before::text)
ORDER BY id DESC
LIMIT @page_size::int;
