-- RecordEvent: RecordProviderEvent. A repeated delivery only counts. Primary key.
-- name: RecordEvent :one
INSERT INTO provider_event (integration_id, event_id, type, subject, provider_ref, our_ref, reported, raw_sealed, state, detail, occurred_at, received_at,
    applied_at, next_try_at)
VALUES (@integration_id, @event_id, @type, @subject, @provider_ref, @our_ref, @reported, @raw_sealed, @state, @detail, sqlc.narg('occurred_at'), @received_at,
    sqlc.narg('applied_at'), sqlc.narg('next_try_at'))
ON CONFLICT ON CONSTRAINT provider_event_pkey DO UPDATE SET deliveries = provider_event.deliveries + 1
RETURNING deliveries;

-- ClaimDueEvents: the apply task; the claimed ones are left alone by other replicas until the lease ends. Index provider_event_due.
-- name: ClaimDueEvents :many
UPDATE provider_event SET next_try_at = @lease_until, tries = tries + 1
WHERE (integration_id, event_id) IN (
    SELECT e.integration_id, e.event_id FROM provider_event e WHERE e.next_try_at <= @now ORDER BY e.next_try_at, e.number LIMIT @max_rows FOR UPDATE SKIP LOCKED)
RETURNING *;

-- FinishEvent: what became of an event. Primary key.
-- name: FinishEvent :exec
UPDATE provider_event SET state = @state, detail = @detail, payment_id = @payment_id, applied_at = sqlc.narg('applied_at'), next_try_at = sqlc.narg('next_try_at')
WHERE integration_id = @integration_id AND event_id = @event_id;

-- ListEvents: back office, newest first. Index provider_event_number or provider_event_payment.
-- name: ListEvents :many
SELECT number, integration_id, event_id, type, payment_id, state, detail, deliveries, received_at, applied_at FROM provider_event
WHERE number < @before
  AND (@payment_id::text = '' OR payment_id = @payment_id)
  AND (@integration_id::text = '' OR integration_id = @integration_id)
  AND (@state::text = '' OR state = @state)
ORDER BY number DESC LIMIT @max_rows;
