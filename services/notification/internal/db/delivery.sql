-- name: InsertDelivery :one
-- Used by SendMail and the consumers; no row when the key was used before. Served by delivery_request.
INSERT INTO delivery (delivery_id, caller, request_id, fingerprint, template, language, subject_id, address, address_masked, variables, state, next_attempt_at, expires_at, created_at)
VALUES (@delivery_id, @caller, @request_id, @fingerprint, @template, @language, @subject_id, @address, @address_masked, @variables, 1, @now, @expires_at, @now)
ON CONFLICT ON CONSTRAINT delivery_request DO NOTHING
RETURNING delivery_id;

-- name: GetDeliveryByRequest :one
-- Used by SendMail for a repetition. Served by delivery_request.
SELECT delivery_id, fingerprint FROM delivery WHERE caller = @caller AND request_id = @request_id;

-- name: LockDelivery :one
-- Used by RetryDelivery. Served by delivery_pkey.
SELECT * FROM delivery WHERE delivery_id = @delivery_id FOR UPDATE;

-- name: RequeueDelivery :one
-- Used by RetryDelivery. Served by delivery_pkey.
UPDATE delivery SET state = 1, attempts = 0, next_attempt_at = @now, expires_at = @expires_at
WHERE delivery_id = @delivery_id
RETURNING *;

-- name: ClaimDue :many
-- Used by the sender: takes due deliveries for as long as an attempt may take, so that replicas do not send the same one. Served by delivery_due.
UPDATE delivery SET attempts = attempts + 1, next_attempt_at = @lease_until
WHERE delivery_id IN (
  SELECT d.delivery_id FROM delivery d WHERE d.state = 1 AND d.next_attempt_at <= @now ORDER BY d.next_attempt_at LIMIT @batch FOR UPDATE SKIP LOCKED)
RETURNING *;

-- name: MarkSent :one
-- Used by the sender. Served by delivery_pkey.
UPDATE delivery SET state = 2, sent_at = @now, last_error = '' WHERE delivery_id = @delivery_id AND state = 1
RETURNING delivery_id;

-- name: MarkAttemptFailed :exec
-- Used by the sender when another attempt will follow. Served by delivery_pkey.
UPDATE delivery SET next_attempt_at = @next_attempt_at, last_error = @last_error WHERE delivery_id = @delivery_id AND state = 1;

-- name: MarkFailed :one
-- Used by the sender when it gives up. Served by delivery_pkey.
UPDATE delivery SET state = 3, last_error = @last_error WHERE delivery_id = @delivery_id AND state = 1
RETURNING delivery_id;

-- name: ListDeliveries :many
-- Used by ListDeliveries. Served by delivery_newest.
SELECT * FROM delivery
WHERE (created_at < @before_at OR (created_at = @before_at AND delivery_id < @before_id))
  AND (@state::smallint = 0 OR state = @state::smallint) AND (@subject_id::text = '' OR subject_id = @subject_id::text)
ORDER BY created_at DESC, delivery_id DESC
LIMIT @page_size;
