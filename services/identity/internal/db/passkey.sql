-- name: PutPasskeyUser :one
-- PutPasskeyUser answers a player's handle, making it when there is none; primary key.
INSERT INTO passkey_user (player_id, handle, created_at) VALUES (@player_id, @handle, @now)
ON CONFLICT (player_id) DO UPDATE SET handle = passkey_user.handle RETURNING handle;

-- name: FindPasskeyUser :one
-- FindPasskeyUser finds whose a passkey says it is; passkey_user_handle_key.
SELECT player_id FROM passkey_user WHERE handle = @handle;

-- name: InsertPasskey :one
-- InsertPasskey keeps a passkey; passkey_credential_key refuses one that somebody has.
INSERT INTO passkey (passkey_id, player_id, credential_id, credential, name_sealed, created_at)
VALUES (@passkey_id, @player_id, @credential_id, @credential, @name_sealed, @now) RETURNING *;

-- name: ListPasskeys :many
-- ListPasskeys lists a player's passkeys, newest first; passkey_player.
SELECT * FROM passkey WHERE player_id = @player_id ORDER BY passkey_id DESC;

-- name: CountPasskeys :one
-- CountPasskeys counts those that work; passkey_player.
SELECT count(*)::integer FROM passkey WHERE player_id = @player_id AND suspended_at IS NULL;

-- name: RenamePasskey :one
-- RenamePasskey is one player's own only; primary key.
UPDATE passkey SET name_sealed = @name_sealed WHERE passkey_id = @passkey_id AND player_id = @player_id RETURNING *;

-- name: UsePasskey :exec
-- UsePasskey keeps counter and flags of an accepted signature; primary key.
UPDATE passkey SET credential = @credential, last_used_at = @now::timestamptz WHERE passkey_id = @passkey_id;

-- name: SuspendPasskey :exec
-- SuspendPasskey refuses a passkey from now on; primary key.
UPDATE passkey SET suspended_at = @now::timestamptz WHERE passkey_id = @passkey_id;

-- name: DeletePasskey :one
-- DeletePasskey is one player's own only; primary key.
DELETE FROM passkey WHERE passkey_id = @passkey_id AND player_id = @player_id RETURNING *;

-- name: InsertPasskeyFlow :exec
-- InsertPasskeyFlow remembers what a device was asked.
INSERT INTO passkey_flow (token_hash, purpose, session_id, data, expires_at)
VALUES (@token_hash, @purpose, @session_id, @data, @expires_at);

-- name: TakePasskeyFlow :one
-- TakePasskeyFlow spends a flow; no row when it is unknown, spent, over, or somebody else's. Primary key.
DELETE FROM passkey_flow WHERE token_hash = @token_hash AND purpose = @purpose AND expires_at > @now
    AND coalesce(session_id, '') = @session_id::text RETURNING data;

-- name: DeletePasskeyFlows :exec
-- DeletePasskeyFlows ends what a session had begun before it begins anew; passkey_flow_session.
DELETE FROM passkey_flow WHERE session_id = @session_id::text AND purpose = @purpose;

-- name: PutPasswordReset :exec
-- PutPasswordReset replaces a player's link; primary key.
INSERT INTO password_reset (player_id, token_hash, expires_at) VALUES (@player_id, @token_hash, @expires_at)
ON CONFLICT (player_id) DO UPDATE SET token_hash = EXCLUDED.token_hash, expires_at = EXCLUDED.expires_at;

-- name: GetPasswordReset :one
-- GetPasswordReset reads whose link it is; password_reset_token_key.
SELECT player_id FROM password_reset WHERE token_hash = @token_hash AND expires_at > @now;

-- name: TakePasswordReset :execrows
-- TakePasswordReset spends a link; no row when somebody else did, or it was replaced. password_reset_token_key.
DELETE FROM password_reset WHERE token_hash = @token_hash AND expires_at > @now;

-- name: DeletePasswordReset :exec
-- DeletePasswordReset forgets a link when the password has changed otherwise; primary key.
DELETE FROM password_reset WHERE player_id = @player_id;
