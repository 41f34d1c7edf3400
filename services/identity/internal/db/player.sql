-- name: InsertPlayer :exec
-- InsertPlayer opens an account or begins a registration attempt. Used by Register and by the logins through Telegram.
INSERT INTO player (player_id, email_index, email_sealed, status, password_hash, password_set_at, country, language,
                    time_zone, adult_confirmed_at, created_at, updated_at)
VALUES (@player_id, @email_index, @email_sealed, @status, @password_hash, @password_set_at, @country, @language,
        @time_zone, @adult_confirmed_at, @now, @now);

-- name: GetPlayer :one
-- GetPlayer reads one player; primary key.
SELECT * FROM player WHERE player_id = @player_id;

-- name: LockPlayer :one
-- LockPlayer reads one player and keeps others from changing anything of it until the transaction ends; primary key.
SELECT * FROM player WHERE player_id = @player_id FOR UPDATE;

-- name: FindVerifiedPlayer :one
-- FindVerifiedPlayer finds the account that owns an address; player_email_verified_key.
SELECT * FROM player WHERE email_index = @email_index AND email_verified_at IS NOT NULL;

-- name: LockUnverifiedPlayers :many
-- LockUnverifiedPlayers takes the registration attempts of an address, the newest first; player_email_index.
SELECT * FROM player WHERE email_index = @email_index AND status = 'UNVERIFIED' ORDER BY player_id DESC FOR UPDATE;

-- name: ActivatePlayer :one
-- ActivatePlayer confirms the address of a registration attempt; primary key.
UPDATE player SET status = 'ACTIVE', email_verified_at = @now::timestamptz, updated_at = @now::timestamptz, version = version + 1
WHERE player_id = @player_id RETURNING *;

-- name: DeletePlayers :exec
-- DeletePlayers removes registration attempts that came to nothing; primary key.
DELETE FROM player WHERE player_id = ANY(@player_ids::text[]) AND status = 'UNVERIFIED';

-- name: DeleteStaleRegistrations :exec
-- DeleteStaleRegistrations forgets registration attempts that were never confirmed; player_unverified.
DELETE FROM player WHERE status = 'UNVERIFIED' AND created_at < @before;

-- name: UpdatePlayerPreferences :one
-- UpdatePlayerPreferences is UpdateMe's write; primary key.
UPDATE player SET language = @language, time_zone = @time_zone, country = @country, updated_at = @now, version = version + 1
WHERE player_id = @player_id RETURNING *;

-- name: SetPlayerStatus :one
-- SetPlayerStatus locks or unlocks; primary key.
UPDATE player SET status = @status, updated_at = @now, version = version + 1 WHERE player_id = @player_id RETURNING *;

-- name: SetPlayerPassword :exec
-- SetPlayerPassword stores a new hash; primary key.
UPDATE player SET password_hash = @password_hash, password_set_at = @now::timestamptz, updated_at = @now::timestamptz, version = version + 1 WHERE player_id = @player_id;

-- name: RehashPlayerPassword :exec
-- RehashPlayerPassword replaces a hash of old parameters, unless the password was changed meanwhile; primary key.
UPDATE player SET password_hash = @new_hash WHERE player_id = @player_id AND password_hash = @old_hash;

-- name: ListStoppedPlayers :many
-- ListStoppedPlayers lists who may not play, by the last change; player_stopped.
SELECT player_id, status, version, updated_at FROM player
WHERE status IN ('LOCKED', 'EXCLUDED') AND (updated_at, player_id) > (@since::timestamptz, @after_player_id::text)
ORDER BY updated_at, player_id LIMIT @max_rows;

-- name: SearchPlayers :many
-- SearchPlayers lists players, newest first, one page; primary key backwards, player_email_index or player_status.
SELECT * FROM player
WHERE (@player_id::text = '' OR player_id = @player_id)
  AND (sqlc.narg('email_index')::bytea IS NULL OR email_index = sqlc.narg('email_index')::bytea)
  AND (@status::text = '' OR status = @status)
  AND (@before_id::text = '' OR player_id < @before_id)
ORDER BY player_id DESC LIMIT @row_limit;

-- name: PutEmailCode :exec
-- PutEmailCode replaces the code of a registration attempt; primary key.
INSERT INTO email_code (player_id, code_hash, expires_at) VALUES (@player_id, @code_hash, @expires_at)
ON CONFLICT (player_id) DO UPDATE SET code_hash = EXCLUDED.code_hash, expires_at = EXCLUDED.expires_at, attempts = 0;

-- name: ListEmailCodes :many
-- ListEmailCodes reads the codes of registration attempts; primary key.
SELECT * FROM email_code WHERE player_id = ANY(@player_ids::text[]);

-- name: CountEmailCodeAttempt :exec
-- CountEmailCodeAttempt notes a wrong code against every attempt it could have been for; primary key.
UPDATE email_code SET attempts = attempts + 1 WHERE player_id = ANY(@player_ids::text[]);

-- name: DeleteEmailCode :exec
-- DeleteEmailCode consumes a code; primary key.
DELETE FROM email_code WHERE player_id = @player_id;
