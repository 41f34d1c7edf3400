-- InsertTransfer: the start of each transfer, before anybody is asked; no row when the request came before. Unique provider_transfer_request_key.
-- name: InsertTransfer :execrows
INSERT INTO provider_transfer (transfer_id, integration_id, player_id, direction, currency, amount_minor, everything, cause, requested_by, request_id, fingerprint, state,
    next_at, created_at)
VALUES (@transfer_id, @integration_id, @player_id, @direction, @currency, @amount_minor, @everything, @cause, @requested_by, @request_id, @fingerprint, 1,
    @next_at, @now::timestamptz)
ON CONFLICT (requested_by, request_id) DO NOTHING;

-- TransferByRequest: a repeated request. Unique provider_transfer_request_key.
-- name: TransferByRequest :one
SELECT * FROM provider_transfer WHERE requested_by = @requested_by AND request_id = @request_id;

-- GetTransfer: whoever lost a race. Primary key.
-- name: GetTransfer :one
SELECT * FROM provider_transfer WHERE transfer_id = @transfer_id;

-- ClaimTransfer: a repeated request goes on with a transfer that nobody works on. Primary key.
-- name: ClaimTransfer :one
UPDATE provider_transfer SET next_at = @until WHERE transfer_id = @transfer_id AND state IN (1, 2, 4) AND next_at <= @now::timestamptz
RETURNING *;

-- TakeDueTransfers: the background task; each row is taken by one replica. Index provider_transfer_due.
-- name: TakeDueTransfers :many
UPDATE provider_transfer SET next_at = @until
WHERE transfer_id IN (
    SELECT t.transfer_id FROM provider_transfer t WHERE t.state IN (1, 2, 4) AND t.next_at <= @now::timestamptz ORDER BY t.next_at LIMIT @max_rows FOR UPDATE SKIP LOCKED
)
RETURNING *;

-- SendTransfer: before the provider is asked; money on its way there has left cash. Primary key.
-- name: SendTransfer :one
UPDATE provider_transfer SET state = 2, sent_at = @now::timestamptz, amount_minor = @amount_minor
WHERE transfer_id = @transfer_id AND state = 1
RETURNING *;

-- AnswerTransfer: what the provider said, before the wallet follows it; the first answer stays. Primary key.
-- name: AnswerTransfer :one
UPDATE provider_transfer SET outcome = @outcome, provider_ref = @provider_ref, failure = @failure
WHERE transfer_id = @transfer_id AND state IN (2, 4) AND outcome = 0
RETURNING *;

-- FinishTransfer: the end of a transfer, as what is known of the provider demands. Primary key.
-- name: FinishTransfer :one
UPDATE provider_transfer SET state = @state, failure = @failure, refusal = @refusal, finished_at = @now::timestamptz
WHERE transfer_id = @transfer_id AND state IN (1, 2, 4) AND outcome = @outcome
RETURNING *;

-- PostponeTransfer: somebody did not answer. Primary key.
-- name: PostponeTransfer :one
UPDATE provider_transfer SET state = CASE WHEN state = 2 AND outcome = 0 THEN 4 ELSE state END, asks = asks + 1, next_at = @next_at
WHERE transfer_id = @transfer_id AND state IN (1, 2, 4)
RETURNING *;

-- HandOverTransfer: for too long nobody told; an operator decides. Primary key.
-- name: HandOverTransfer :one
UPDATE provider_transfer SET handed_over_at = @now::timestamptz WHERE transfer_id = @transfer_id AND state IN (1, 2, 4) AND handed_over_at IS NULL
RETURNING *;

-- ResolveTransfer: an operator says what the provider said by another way; the first answer stays. Primary key.
-- name: ResolveTransfer :one
UPDATE provider_transfer SET outcome = @outcome, failure = @failure, resolved_by = @resolved_by, resolution = @resolution, next_at = @until
WHERE transfer_id = @transfer_id AND state IN (2, 4) AND outcome = 0
RETURNING *;

-- RetryTransfer: an operator has it gone on with now. Primary key.
-- name: RetryTransfer :one
UPDATE provider_transfer SET resolved_by = @resolved_by, resolution = @resolution, next_at = @until WHERE transfer_id = @transfer_id AND state IN (1, 2, 4)
RETURNING *;

-- ListTransfers: the player's own and the back office's list, newest first. Indexes provider_transfer_player and provider_transfer_newest.
-- name: ListTransfers :many
SELECT * FROM provider_transfer
WHERE (sqlc.narg('player_id')::text IS NULL OR player_id = sqlc.narg('player_id'))
  AND (sqlc.narg('integration_id')::text IS NULL OR integration_id = sqlc.narg('integration_id'))
  AND (sqlc.narg('state')::smallint IS NULL OR state = sqlc.narg('state'))
  AND (NOT @handed_over::boolean OR handed_over_at IS NOT NULL AND state IN (1, 2, 4))
  AND (sqlc.narg('after_at')::timestamptz IS NULL OR (created_at, transfer_id) < (sqlc.narg('after_at'), sqlc.narg('after_id')::text))
ORDER BY created_at DESC, transfer_id DESC
LIMIT @max_rows;

-- OpenTransfers: what of a wallet is under way: the sum to the provider, and whether anything comes from it. Index provider_transfer_player.
-- name: OpenTransfers :one
SELECT COALESCE(sum(amount_minor) FILTER (WHERE direction = 1 AND state IN (2, 4)), 0)::bigint AS to_minor,
    count(*) FILTER (WHERE direction = 1)::bigint AS to_count, count(*) FILTER (WHERE direction = 2)::bigint AS from_count
FROM provider_transfer
WHERE player_id = @player_id AND integration_id = @integration_id AND currency = @currency AND state IN (1, 2, 4);

-- TransfersNamed: reconciliation, those that the provider has listed. Primary key.
-- name: TransfersNamed :many
SELECT * FROM provider_transfer WHERE transfer_id = ANY(@transfer_ids::text[]);

-- FirstSent: reconciliation, when the first of ours that moved money in a span was sent, at most the beginning of the span. Index provider_transfer_finished.
-- name: FirstSent :one
SELECT least(min(sent_at), @from_at::timestamptz)::timestamptz AS sent_at FROM provider_transfer
WHERE integration_id = @integration_id AND state = 3 AND amount_minor > 0 AND finished_at >= @from_at::timestamptz AND finished_at < @until_at::timestamptz;

-- TransfersFinishedIn: reconciliation, ours that moved money in a span. Index provider_transfer_finished.
-- name: TransfersFinishedIn :many
SELECT * FROM provider_transfer
WHERE integration_id = @integration_id AND state = 3 AND amount_minor > 0 AND finished_at >= @from_at::timestamptz AND finished_at < @until_at::timestamptz
    AND transfer_id > @after_id::text
ORDER BY transfer_id LIMIT @max_rows;
