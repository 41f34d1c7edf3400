-- InsertSession: LaunchGame, before the provider is asked, because its first callback may come at once.
-- name: InsertSession :exec
INSERT INTO game_session (game_session_id, integration_id, player_id, game_id, game_code, provider, currency, country, language, started_at, expires_at)
VALUES (@game_session_id, @integration_id, @player_id, @game_id, @game_code, @provider, @currency, @country, @language, @started_at, @expires_at);

-- InsertToken: with InsertSession, and Authenticate when it replaces a token.
-- name: InsertToken :exec
INSERT INTO session_token (integration_id, token_sha256, game_session_id, issued_at)
VALUES (@integration_id, @token_sha256, @game_session_id, @now::timestamptz);

-- ReplaceToken: Authenticate; only one call replaces a token. Primary key.
-- name: ReplaceToken :execrows
UPDATE session_token SET replaced_at = @now::timestamptz
WHERE integration_id = @integration_id AND token_sha256 = @token_sha256 AND replaced_at IS NULL;

-- MarkLaunched: LaunchGame, once the provider has answered. Primary key.
-- name: MarkLaunched :execrows
UPDATE game_session SET launched_at = @now::timestamptz WHERE game_session_id = @game_session_id AND ended_at IS NULL;

-- GetSession: EndGameSession, to learn whose it is. Primary key.
-- name: GetSession :one
SELECT * FROM game_session WHERE game_session_id = @game_session_id;

-- EndSession: EndGameSession and a launch that failed; an ended session keeps its first end. Primary key.
-- name: EndSession :one
UPDATE game_session SET ended_at = @now::timestamptz, end_reason = @reason
WHERE game_session_id = @game_session_id AND ended_at IS NULL
RETURNING *;

-- EndPlayerSessions: a player was locked. Index game_session_player.
-- name: EndPlayerSessions :many
UPDATE game_session SET ended_at = @now::timestamptz, end_reason = @reason
WHERE player_id = @player_id AND ended_at IS NULL AND expires_at > @now::timestamptz AND started_at <= @opened_until::timestamptz
RETURNING *;

-- AdmitPlayer: a player was unlocked; the sessions that the lock ended stay so, and say so as any that is over. Index game_session_player.
-- name: AdmitPlayer :exec
UPDATE game_session SET end_reason = @admitted WHERE player_id = @player_id AND end_reason = @locked;

-- EndExpiredSessions: the background task that tells of sessions whose time is over. Index game_session_live.
-- name: EndExpiredSessions :many
UPDATE game_session SET ended_at = expires_at, end_reason = 'EXPIRED'
WHERE game_session_id IN (
    SELECT x.game_session_id FROM game_session x WHERE x.ended_at IS NULL AND x.expires_at <= @now::timestamptz
    ORDER BY x.expires_at LIMIT @max_rows FOR UPDATE SKIP LOCKED)
RETURNING *;

-- PutPlayerBlock: player.updated.v1; an older version changes nothing. Primary key.
-- name: PutPlayerBlock :execrows
INSERT INTO player_block (player_id, blocked, version, updated_at)
VALUES (@player_id, @blocked, @version, @now::timestamptz)
ON CONFLICT (player_id) DO UPDATE SET blocked = EXCLUDED.blocked, version = EXCLUDED.version, updated_at = EXCLUDED.updated_at
WHERE player_block.version < EXCLUDED.version;

-- IsBlocked: LaunchGame. Primary key.
-- name: IsBlocked :one
SELECT COALESCE((SELECT blocked FROM player_block WHERE player_id = @player_id), false)::boolean;

-- SessionOfToken: the operator's RPCs about a test player's token. Primary key of session_token.
-- name: SessionOfToken :one
SELECT sqlc.embed(g), t.replaced_at FROM session_token t JOIN game_session g USING (game_session_id)
WHERE t.integration_id = @integration_id AND t.token_sha256 = @token_sha256;
