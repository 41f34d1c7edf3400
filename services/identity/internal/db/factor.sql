-- name: GetTotp :one
-- GetTotp reads a second factor; primary key.
SELECT * FROM totp WHERE subject_id = @subject_id;

-- name: PutPendingTotp :exec
-- PutPendingTotp keeps a secret that no code has been seen of yet, beside the one that counts; primary key.
INSERT INTO totp (subject_id, pending_sealed, updated_at) VALUES (@subject_id, @pending_sealed, @now)
ON CONFLICT (subject_id) DO UPDATE SET pending_sealed = EXCLUDED.pending_sealed, updated_at = EXCLUDED.updated_at;

-- name: ActivateTotp :exec
-- ActivateTotp makes the pending secret the one that counts, the confirming code's step already used; primary key.
UPDATE totp SET secret_sealed = pending_sealed, pending_sealed = NULL, last_used_step = @step, confirmed_at = @now::timestamptz,
    updated_at = @now::timestamptz
WHERE subject_id = @subject_id;

-- name: PutTotp :exec
-- PutTotp stores a second factor that counts at once, for the first administrator; primary key.
INSERT INTO totp (subject_id, secret_sealed, confirmed_at, updated_at)
VALUES (@subject_id, @secret_sealed, @now::timestamptz, @now::timestamptz);

-- name: UseTotpStep :execrows
-- UseTotpStep spends the step of a code; no row when that step or a later one was spent already. Primary key.
UPDATE totp SET last_used_step = @step, updated_at = @now WHERE subject_id = @subject_id AND last_used_step < @step;

-- name: DeleteTotp :exec
-- DeleteTotp removes a second factor; primary key.
DELETE FROM totp WHERE subject_id = @subject_id;

-- name: DeleteRecoveryCodes :exec
-- DeleteRecoveryCodes removes all codes of a subject; primary key's first column.
DELETE FROM recovery_code WHERE subject_id = @subject_id;

-- name: InsertRecoveryCodes :exec
-- InsertRecoveryCodes writes new codes by set.
INSERT INTO recovery_code (subject_id, code_hash) SELECT @subject_id, unnest(@code_hashes::bytea[]);

-- name: UseRecoveryCode :execrows
-- UseRecoveryCode spends a code; no row when it is unknown or spent. Primary key.
UPDATE recovery_code SET used_at = @now::timestamptz WHERE subject_id = @subject_id AND code_hash = @code_hash AND used_at IS NULL;

-- name: CountRecoveryCodes :one
-- CountRecoveryCodes counts codes that are left; primary key's first column.
SELECT count(*)::integer FROM recovery_code WHERE subject_id = @subject_id AND used_at IS NULL;

-- name: InsertChallenge :exec
-- InsertChallenge remembers that the first factor was right.
INSERT INTO challenge (token_hash, player_id, methods, expires_at) VALUES (@token_hash, @player_id, @methods, @expires_at);

-- name: GetChallenge :one
-- GetChallenge reads a live challenge; primary key.
SELECT * FROM challenge WHERE token_hash = @token_hash AND expires_at > @now AND attempts < @max_attempts::integer;

-- name: CountChallengeAttempt :exec
-- CountChallengeAttempt notes a wrong code; primary key.
UPDATE challenge SET attempts = attempts + 1 WHERE token_hash = @token_hash;

-- name: TakeChallenge :execrows
-- TakeChallenge consumes a challenge; no row when somebody else did. Primary key.
DELETE FROM challenge WHERE token_hash = @token_hash;

-- name: DeletePlayerChallenges :exec
-- DeletePlayerChallenges ends half-done logins when credentials or status change; challenge_player.
DELETE FROM challenge WHERE player_id = @player_id;

-- name: Throttle :one
-- Throttle counts one attempt in one statement, so that attempts in parallel are all counted, and tells whether it is refused. A row
-- that is blocked does not rise. The attempt that reaches max_count, and each one after a block, may still be made and blocks the
-- next ones for one more wait_s, at most max_wait_s. A row that was quiet since fresh_after, or whose window began before
-- window_after, begins anew. A row that is not blocked has the epoch in blocked_until, because calls in parallel are not in the order
-- of their times. Primary key.
INSERT INTO throttle AS t (scope, key, count, started_at, last_at, blocked_until, refused)
VALUES (@scope, @key, 1, @now::timestamptz, @now::timestamptz, to_timestamp(0), false)
ON CONFLICT (scope, key) DO UPDATE SET
    refused = t.blocked_until > @now::timestamptz,
    count = CASE
        WHEN t.blocked_until > @now::timestamptz THEN t.count
        WHEN t.last_at < @fresh_after::timestamptz OR t.started_at < @window_after::timestamptz THEN 1
        ELSE t.count + 1 END,
    started_at = CASE
        WHEN t.blocked_until <= @now::timestamptz AND (t.last_at < @fresh_after::timestamptz OR t.started_at < @window_after::timestamptz)
        THEN @now::timestamptz ELSE t.started_at END,
    last_at = CASE WHEN t.blocked_until > @now::timestamptz THEN t.last_at ELSE @now::timestamptz END,
    blocked_until = CASE
        WHEN t.blocked_until > @now::timestamptz THEN t.blocked_until
        WHEN t.last_at < @fresh_after::timestamptz OR t.started_at < @window_after::timestamptz
            OR t.count + 1 < sqlc.arg(max_count)::integer THEN to_timestamp(0)
        ELSE sqlc.arg(now)::timestamptz
            + make_interval(secs => least(sqlc.arg(wait_s)::float8 * (2 + t.count - sqlc.arg(max_count)::integer), sqlc.arg(max_wait_s)::float8)) END
RETURNING t.refused, t.blocked_until;

-- name: ForgetThrottle :exec
-- ForgetThrottle clears counters after a success; primary key.
DELETE FROM throttle WHERE scope = @scope AND key = @key;

-- name: DeleteStaleThrottles :exec
-- DeleteStaleThrottles forgets counters that have been quiet; throttle_last_at.
DELETE FROM throttle WHERE last_at < @before AND blocked_until < @now;
