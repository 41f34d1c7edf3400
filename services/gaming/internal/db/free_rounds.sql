-- InsertFreeRounds: GrantFreeRounds, before the provider is asked; no row when the request came before. Unique free_rounds_request_key.
-- name: InsertFreeRounds :execrows
INSERT INTO free_rounds (free_rounds_id, granted_by, request_id, fingerprint, player_id, country, integration_id, game_ids, game_codes, rounds,
    bet_value_minor, currency, state, starts_at, expires_at, created_at, touched_at)
VALUES (@free_rounds_id, @granted_by, @request_id, @fingerprint, @player_id, @country, @integration_id, @game_ids, @game_codes, @rounds,
    @bet_value_minor, @currency, 1, @starts_at, @expires_at, @now, @now)
ON CONFLICT (granted_by, request_id) DO NOTHING;

-- FreeRoundsByRequest: a repeated GrantFreeRounds. Unique free_rounds_request_key.
-- name: FreeRoundsByRequest :one
SELECT * FROM free_rounds WHERE granted_by = @granted_by AND request_id = @request_id;

-- GetFreeRounds: CancelFreeRounds. Primary key.
-- name: GetFreeRounds :one
SELECT * FROM free_rounds WHERE free_rounds_id = @free_rounds_id;

-- AnswerFreeRounds: what the provider said to a pending grant; the first answer stays. Without games those of the grant stay. Primary key.
-- name: AnswerFreeRounds :one
UPDATE free_rounds SET state = CASE WHEN state = 1 THEN @state ELSE state END, provider_ref = CASE WHEN state = 1 THEN @provider_ref ELSE provider_ref END,
    refusal = CASE WHEN state = 1 THEN @refusal ELSE refusal END, touched_at = @now,
    game_ids = CASE WHEN state = 1 AND cardinality(@game_ids::text[]) > 0 THEN @game_ids ELSE game_ids END,
    game_codes = CASE WHEN state = 1 AND cardinality(@game_ids::text[]) > 0 THEN @game_codes::text[] ELSE game_codes END
WHERE free_rounds_id = @free_rounds_id
RETURNING *;

-- CloseFreeRounds: a grant is cancelled while it is pending or active. Primary key.
-- name: CloseFreeRounds :one
UPDATE free_rounds SET state = CASE WHEN state IN (1, 2) THEN 4 ELSE state END, touched_at = @now
WHERE free_rounds_id = @free_rounds_id
RETURNING *;

-- TakePendingFreeRounds: the background task that asks providers again; each row is taken by one replica. Index free_rounds_pending.
-- name: TakePendingFreeRounds :many
UPDATE free_rounds SET touched_at = @now
WHERE free_rounds_id IN (
    SELECT f.free_rounds_id FROM free_rounds f WHERE f.state = 1 AND f.touched_at < @before ORDER BY f.touched_at LIMIT @max_rows FOR UPDATE SKIP LOCKED
)
RETURNING *;

-- ExpireFreeRounds: grants whose time is over. Index free_rounds_ending.
-- name: ExpireFreeRounds :execrows
UPDATE free_rounds SET state = 6, touched_at = @now
WHERE free_rounds_id IN (
    SELECT f.free_rounds_id FROM free_rounds f WHERE f.state IN (1, 2) AND f.expires_at <= @now ORDER BY f.expires_at LIMIT @max_rows FOR UPDATE SKIP LOCKED
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
WHERE integration_id = @integration_id AND (provider_ref = @ref::text AND provider_ref <> '' OR free_rounds_id = @ref::text) AND player_id = @player_id AND state IN (1, 2);
