-- name: FindExternalIdentity :one
-- FindExternalIdentity finds who a person at another provider is here; primary key.
SELECT * FROM external_identity WHERE issuer = @issuer AND subject_index = @subject_index;

-- name: ListExternalIdentities :many
-- ListExternalIdentities lists a player's identities elsewhere; external_identity_player_key.
SELECT * FROM external_identity WHERE player_id = @player_id ORDER BY issuer;

-- name: InsertExternalIdentity :exec
-- InsertExternalIdentity ties a person at another provider to a player; both keys refuse a second tie.
INSERT INTO external_identity (issuer, subject_index, subject_sealed, player_id, chat_sealed, created_at)
VALUES (@issuer, @subject_index, @subject_sealed, @player_id, @chat_sealed, @now);

-- name: SetExternalChat :exec
-- SetExternalChat notes where the bot may write to, or that it may not; primary key.
UPDATE external_identity SET chat_sealed = @chat_sealed WHERE issuer = @issuer AND subject_index = @subject_index;

-- name: InsertTelegramLogin :exec
-- InsertTelegramLogin begins an OpenID Connect login.
INSERT INTO telegram_login (state_hash, integration_id, nonce, verifier, redirect_uri, expires_at)
VALUES (@state_hash, @integration_id, @nonce, @verifier, @redirect_uri, @expires_at);

-- name: TakeTelegramLogin :one
-- TakeTelegramLogin consumes a begun login; primary key.
DELETE FROM telegram_login WHERE state_hash = @state_hash RETURNING *;

-- name: InsertTelegramProof :execrows
-- InsertTelegramProof remembers signed data; no row when it was used before. Primary key.
INSERT INTO telegram_proof (proof_hash, expires_at) VALUES (@proof_hash, @expires_at) ON CONFLICT DO NOTHING;

-- name: InsertTelegramLink :exec
-- InsertTelegramLink begins a link.
INSERT INTO telegram_link (token_hash, integration_id, player_id, session_id, state, created_at, expires_at)
VALUES (@token_hash, @integration_id, @player_id, @session_id, 'WAITING', @now, @expires_at);

-- name: DropOpenTelegramLinks :exec
-- DropOpenTelegramLinks ends the links that a player began before and did not finish; telegram_link_player.
DELETE FROM telegram_link WHERE player_id = @player_id AND state IN ('WAITING', 'STARTED');

-- name: LatestTelegramLink :one
-- LatestTelegramLink reads the link a player began last; telegram_link_player.
SELECT * FROM telegram_link WHERE player_id = @player_id ORDER BY created_at DESC LIMIT 1;

-- name: LockTelegramLink :one
-- LockTelegramLink takes a link by its token; primary key.
SELECT * FROM telegram_link WHERE token_hash = @token_hash FOR UPDATE;

-- name: SetTelegramLinkState :exec
-- SetTelegramLinkState moves a link on; primary key.
UPDATE telegram_link SET state = @state, subject_index = @subject_index WHERE token_hash = @token_hash;

-- name: InsertTelegramUpdate :execrows
-- InsertTelegramUpdate remembers an update of the bot; no row when it had its effect before. Primary key.
INSERT INTO telegram_update (integration_id, update_id, received_at) VALUES (@integration_id, @update_id, @now) ON CONFLICT DO NOTHING;

-- name: DeleteOldTelegramUpdates :exec
-- DeleteOldTelegramUpdates forgets updates that Telegram no longer repeats; telegram_update_received_at.
DELETE FROM telegram_update WHERE received_at < @before;
