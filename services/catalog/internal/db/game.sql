-- ListGames: the snapshot that everything is answered from. A sequential scan of a few thousand rows.
-- name: ListGames :many
SELECT * FROM game;

-- IntegrationGames: SyncGames, under the integration's lock. Index game_code_key.
-- name: IntegrationGames :many
SELECT * FROM game WHERE integration_id = @integration_id;

-- LockGame: SetGamePublished. Primary key.
-- name: LockGame :one
SELECT * FROM game WHERE game_id = @game_id FOR UPDATE;

-- InsertGame: SyncGames.
-- name: InsertGame :one
INSERT INTO game (game_id, integration_id, code, name, studio, category, rtp_bps, thumbnail_url, blocked_countries, offered, created_at, updated_at)
VALUES (@game_id, @integration_id, @code, @name, @studio, @category, @rtp_bps, @thumbnail_url, @blocked_countries, @offered, @now::timestamptz, @now::timestamptz)
RETURNING *;

-- UpdateGame: SyncGames and SetGamePublished. Primary key.
-- name: UpdateGame :one
UPDATE game SET name = @name, studio = @studio, category = @category, rtp_bps = @rtp_bps, thumbnail_url = @thumbnail_url,
    blocked_countries = @blocked_countries, offered = @offered, published = @published, version = version + 1, updated_at = @now::timestamptz
WHERE game_id = @game_id
RETURNING *;
