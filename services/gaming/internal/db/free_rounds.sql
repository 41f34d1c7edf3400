-- InsertFreeRounds: GrantFreeRounds, before the provider is asked; nothing when the request came meanwhile. Unique free_rounds_request_key.
-- name: InsertFreeRounds :exec
INSERT INTO free_rounds (free_rounds_id, granted_by, request_id, fingerprint, player_id, country, integration_id, game_ids, game_codes, rounds,
    bet_value_minor, currency, state, starts_at, expires_at, created_at, touched_at, asked_at)
VALUES (@free_rounds_id, @granted_by, @request_id, @fingerprint, @player_id, @country, @integration_id, @game_ids, @game_codes, @rounds,
    @bet_value_minor, @currency, 1, @starts_at, @expires_at, @now, @now, NULL)
ON CONFLICT (granted_by, request_id) DO NOTHING;

-- FreeRoundsByRequest: a repeated GrantFreeRounds. Unique free_rounds_request_key.
-- name: FreeRoundsByRequest :one
SELECT * FROM free_rounds WHERE granted_by = @granted_by AND request_id = @request_id;

-- GetFreeRounds: CancelFreeRounds, and whoever found a grant in another state. Primary key.
-- name: GetFreeRounds :one
SELECT * FROM free_rounds WHERE free_rounds_id = @free_rounds_id;

-- AskForFreeRounds: a provider is about to be asked for a grant; no row when it is not to be asked any more. Primary key.
-- name: AskForFreeRounds :one
UPDATE free_rounds SET asked_at = @now::timestamptz, touched_at = @now::timestamptz
WHERE free_rounds_id = @free_rounds_id AND state = 1 AND expires_at > @now::timestamptz
RETURNING *;

-- AnswerFreeRounds: what the provider said to a grant; the first answer stays. What it has given although it was taken back meanwhile is to be taken back again. Without games those of
-- the grant stay. Primary key.
-- name: AnswerFreeRounds :one
UPDATE free_rounds SET state = CASE WHEN state = 1 THEN @state WHEN state = 4 AND provider_ref = '' AND @state = 2 THEN 7 ELSE state END,
    provider_ref = CASE WHEN provider_ref = '' THEN @provider_ref ELSE provider_ref END,
    refusal = CASE WHEN state = 1 THEN @refusal ELSE refusal END, touched_at = @now,
    game_ids = CASE WHEN provider_ref = '' AND cardinality(@game_ids::text[]) > 0 THEN @game_ids ELSE game_ids END,
    game_codes = CASE WHEN provider_ref = '' AND cardinality(@game_ids::text[]) > 0 THEN @game_codes::text[] ELSE game_codes END
WHERE free_rounds_id = @free_rounds_id
RETURNING *;

-- CancelFreeRounds: a grant is to be taken back; at once where its provider was never asked for it. Primary key.
-- name: CancelFreeRounds :one
UPDATE free_rounds SET state = CASE WHEN state = 1 AND asked_at IS NULL THEN 4 WHEN state IN (1, 2) THEN 7 ELSE state END,
    refusal = CASE WHEN state IN (1, 2) THEN '' ELSE refusal END, touched_at = CASE WHEN state IN (1, 2, 7) THEN @now ELSE touched_at END
WHERE free_rounds_id = @free_rounds_id
RETURNING *;

-- EndCancelling: what the provider said to a cancellation. Where it had not answered the grant when it was told (answered is false), an earlier question may come to it after the
-- cancellation, or its answer may have come meanwhile: it is told again then. What it refuses to take back is the player's. Primary key.
-- name: EndCancelling :one
UPDATE free_rounds SET state = CASE
        WHEN state <> 7 AND (@refused::boolean OR state <> 2) THEN state
        WHEN @answered::boolean THEN CASE WHEN @refused::boolean THEN 2 ELSE 4 END
        WHEN provider_ref <> '' OR asked_at >= @quiet::timestamptz THEN 7
        ELSE 4 END,
    refusal = CASE WHEN state IN (2, 7) THEN @refusal ELSE refusal END, touched_at = @now
WHERE free_rounds_id = @free_rounds_id
RETURNING *;

-- TakeOwedFreeRounds: the background task that asks providers again, and tells them again what is taken back; each row is taken by one replica. Index free_rounds_owed.
-- name: TakeOwedFreeRounds :many
UPDATE free_rounds SET touched_at = @now
WHERE free_rounds_id IN (
    SELECT f.free_rounds_id FROM free_rounds f WHERE f.state IN (1, 7) AND f.touched_at < @before ORDER BY f.touched_at LIMIT @max_rows FOR UPDATE SKIP LOCKED
)
RETURNING *;

-- ExpireFreeRounds: grants whose time is over. Index free_rounds_ending.
-- name: ExpireFreeRounds :execrows
UPDATE free_rounds SET state = 6, touched_at = @now
WHERE free_rounds_id IN (
    SELECT f.free_rounds_id FROM free_rounds f WHERE f.state IN (1, 2, 7) AND f.expires_at <= @now ORDER BY f.expires_at LIMIT @max_rows FOR UPDATE SKIP LOCKED
);

-- ListFreeRounds: the operator's list, newest first. Indexes free_rounds_newest and free_rounds_player.
-- name: ListFreeRounds :many
SELECT * FROM free_rounds
WHERE (@player_id::text = '' OR player_id = @player_id) AND (@state::int = 0 OR state = @state)
    AND (created_at, free_rounds_id) < (@before_at, @before_id::text)
ORDER BY created_at DESC, free_rounds_id DESC
LIMIT @max_rows;

-- FreeRoundsKnown: CreditPrize, before it pays what free rounds have won. Index free_rounds_provider_ref and primary key.
-- name: FreeRoundsKnown :one
SELECT EXISTS (
    SELECT 1 FROM free_rounds f WHERE f.integration_id = @integration_id AND (f.provider_ref = @ref::text AND f.provider_ref <> '' OR f.free_rounds_id = @ref::text)
)::boolean AS known;

-- FinishFreeRounds: CreditPrize, after it has paid; what is cancelled or over stays so. Index free_rounds_provider_ref and primary key.
-- name: FinishFreeRounds :exec
UPDATE free_rounds SET state = 3, touched_at = @now::timestamptz
WHERE integration_id = @integration_id AND (provider_ref = @ref::text AND provider_ref <> '' OR free_rounds_id = @ref::text) AND player_id = @player_id AND state IN (1, 2, 7);
