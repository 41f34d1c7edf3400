-- name: InsertDispatch :exec
-- InsertDispatch owes somebody a message, in the transaction that caused it.
INSERT INTO dispatch (dispatch_id, kind, payload_sealed, due_at, expires_at, created_at)
VALUES (@dispatch_id, @kind, @payload_sealed, @now, @expires_at, @now);

-- name: ClaimDispatches :many
-- ClaimDispatches takes what is due and hides it from others until leased_until, after which a crashed claim is taken again; dispatch_due.
UPDATE dispatch SET due_at = @leased_until, attempts = attempts + 1
WHERE dispatch_id IN (
    SELECT d.dispatch_id FROM dispatch d WHERE d.due_at <= @now ORDER BY d.due_at LIMIT @row_limit FOR UPDATE SKIP LOCKED)
RETURNING *;

-- name: DeleteDispatch :exec
-- DeleteDispatch is for what was handed over or given up; primary key.
DELETE FROM dispatch WHERE dispatch_id = @dispatch_id;

-- name: DeferDispatch :exec
-- DeferDispatch tries again later; primary key.
UPDATE dispatch SET due_at = @due_at, last_error = @last_error WHERE dispatch_id = @dispatch_id;
