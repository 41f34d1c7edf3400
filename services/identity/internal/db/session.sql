-- name: InsertSession :exec
-- InsertSession begins a session.
INSERT INTO session (session_id, subject_id, subject_kind, device_id, client_sealed, methods, acr, auth_time, created_at,
                     last_seen_at, idle_expires_at, expires_at)
VALUES (@session_id, @subject_id, @subject_kind, @device_id, @client_sealed, @methods, @acr, @now, @now, @now,
        @idle_expires_at, @expires_at);

-- name: GetSession :one
-- GetSession reads a session, ended or not; primary key.
SELECT * FROM session WHERE session_id = @session_id;

-- name: ListLiveSessions :many
-- ListLiveSessions lists a subject's live sessions, newest first; session_live.
SELECT * FROM session
WHERE subject_id = @subject_id AND ended_at IS NULL AND idle_expires_at > @now AND expires_at > @now
ORDER BY session_id DESC;

-- name: TouchSession :exec
-- TouchSession notes a refresh; primary key.
UPDATE session SET last_seen_at = @now, idle_expires_at = @idle_expires_at, client_sealed = @client_sealed WHERE session_id = @session_id;

-- name: RaiseSession :one
-- RaiseSession notes that the second factor was just checked; primary key.
UPDATE session SET acr = 'aal2', auth_time = @now::timestamptz,
    methods = CASE WHEN @method::text = ANY(methods) THEN methods ELSE array_append(methods, @method::text) END
WHERE session_id = @session_id RETURNING *;

-- name: LowerSessions :exec
-- LowerSessions takes the second factor from a subject's live sessions; session_live.
UPDATE session SET acr = 'aal1' WHERE subject_id = @subject_id AND ended_at IS NULL;

-- name: EndSessions :many
-- EndSessions ends the named live sessions of a subject; primary key.
UPDATE session SET ended_at = @now::timestamptz, end_reason = @reason::text
WHERE subject_id = @subject_id AND session_id = ANY(@session_ids::text[]) AND ended_at IS NULL
RETURNING session_id;

-- name: EndAllSessions :many
-- EndAllSessions ends a subject's live sessions but one (or none when except_id is empty); session_live.
UPDATE session SET ended_at = @now::timestamptz, end_reason = @reason::text
WHERE subject_id = @subject_id AND session_id <> @except_id::text AND ended_at IS NULL
RETURNING session_id;

-- name: EndOverSessions :many
-- EndOverSessions ends sessions whose time is over, a batch at a time, skipping what others work on; session_over.
UPDATE session SET ended_at = @now::timestamptz, end_reason = 'EXPIRED'
WHERE session_id IN (
    SELECT s.session_id FROM session s
    WHERE s.ended_at IS NULL AND (s.idle_expires_at <= @now::timestamptz)
    ORDER BY s.idle_expires_at LIMIT @row_limit FOR UPDATE SKIP LOCKED)
RETURNING session_id, subject_id, subject_kind;

-- name: DeleteOldSessions :exec
-- DeleteOldSessions forgets ended sessions with their tokens; no index, runs rarely.
DELETE FROM session WHERE ended_at < @before::timestamptz;

-- name: InsertRefreshToken :exec
-- InsertRefreshToken adds a token to its session's family.
INSERT INTO refresh_token (token_hash, session_id, parent_hash, issued_at, expires_at)
VALUES (@token_hash, @session_id, @parent_hash, @now, @expires_at);

-- name: FindRefreshToken :one
-- FindRefreshToken reads a token and whose it is; primary keys.
SELECT r.token_hash, r.session_id, r.expires_at, r.used_at, r.revoked_at, s.subject_id, s.subject_kind
FROM refresh_token r JOIN session s USING (session_id) WHERE r.token_hash = @token_hash;

-- name: UseRefreshToken :execrows
-- UseRefreshToken spends a token; no row when it is spent, revoked or over. Primary key.
UPDATE refresh_token SET used_at = @now::timestamptz, replaced_by = @replaced_by
WHERE token_hash = @token_hash AND used_at IS NULL AND revoked_at IS NULL AND expires_at > @now::timestamptz;

-- name: RevokeRefreshTokens :exec
-- RevokeRefreshTokens revokes every family of the sessions; refresh_token_session.
UPDATE refresh_token SET revoked_at = @now::timestamptz WHERE session_id = ANY(@session_ids::text[]) AND revoked_at IS NULL;

-- name: RememberDevice :one
-- RememberDevice notes a device of a subject and tells whether it was known, and whether any was; primary key.
WITH before AS (
    SELECT count(*) FILTER (WHERE d.device_id = @device_id) AS same, count(*) AS known FROM known_device d WHERE d.subject_id = @subject_id
), written AS (
    INSERT INTO known_device (subject_id, device_id, seen_at) VALUES (@subject_id, @device_id, @now)
    ON CONFLICT (subject_id, device_id) DO UPDATE SET seen_at = EXCLUDED.seen_at
)
SELECT (same > 0)::boolean AS same_known, (known > 0)::boolean AS any_known FROM before;

-- name: KnowsDevice :one
-- KnowsDevice tells whether a device has logged in to the account since the given time; primary key.
SELECT EXISTS (SELECT FROM known_device WHERE subject_id = @subject_id AND device_id = @device_id AND seen_at > @since);

-- name: DeleteStaleDevices :exec
-- DeleteStaleDevices forgets devices that have not been seen; no index, runs rarely.
DELETE FROM known_device WHERE seen_at < @before;

-- name: InsertLiveTicket :exec
-- InsertLiveTicket adds a ticket.
INSERT INTO live_ticket (token_hash, player_id, session_id, expires_at) VALUES (@token_hash, @player_id, @session_id, @expires_at);

-- name: TakeLiveTicket :one
-- TakeLiveTicket consumes a ticket; primary key.
DELETE FROM live_ticket WHERE token_hash = @token_hash RETURNING player_id, session_id, expires_at;

-- name: DeleteOverTokens :exec
-- DeleteOverTokens forgets challenges, tickets, begun logins and flows, links for a new password and used proofs whose time is over; small tables, runs rarely.
WITH c AS (DELETE FROM challenge WHERE challenge.expires_at < @now::timestamptz),
     t AS (DELETE FROM live_ticket WHERE live_ticket.expires_at < @now::timestamptz),
     l AS (DELETE FROM telegram_login WHERE telegram_login.expires_at < @now::timestamptz),
     f AS (DELETE FROM passkey_flow WHERE passkey_flow.expires_at < @now::timestamptz),
     r AS (DELETE FROM password_reset WHERE password_reset.expires_at < @now::timestamptz)
DELETE FROM telegram_proof WHERE telegram_proof.expires_at < @now::timestamptz;
