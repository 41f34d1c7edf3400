-- name: PutDataKey :exec
-- PutDataKey stores a key unless there is one; primary key.
INSERT INTO data_key (purpose, sealed, created_at) VALUES (@purpose, @sealed, @now) ON CONFLICT DO NOTHING;

-- name: GetDataKey :one
-- GetDataKey reads a key; primary key.
SELECT sealed FROM data_key WHERE purpose = @purpose;

-- name: ListSigningKeys :many
-- ListSigningKeys reads the keys that are not disabled, newest first; a handful of rows.
SELECT * FROM signing_key WHERE disabled_at IS NULL ORDER BY signs_from DESC, kid DESC;

-- name: InsertSigningKey :exec
-- InsertSigningKey adds a key.
INSERT INTO signing_key (kid, public_key, private_sealed, created_at, signs_from, reason)
VALUES (@kid, @public_key, @private_sealed, @now, @signs_from, @reason);

-- name: DisableSigningKeys :exec
-- DisableSigningKeys makes keys verify nothing any more; primary key.
UPDATE signing_key SET disabled_at = @now::timestamptz WHERE kid = ANY(@kids::text[]) AND disabled_at IS NULL;

-- name: TakeLock :exec
-- TakeLock lets one replica at a time do something; held until the transaction ends.
SELECT pg_advisory_xact_lock(@lock_key);

-- name: InsertPartnerClient :exec
-- InsertPartnerClient adds a client.
INSERT INTO partner_client (client_id, name, secret_hash, scopes, session_id, created_by, created_at, updated_at)
VALUES (@client_id, @name, @secret_hash, @scopes, @session_id, @created_by, @now, @now);

-- name: GetPartnerClient :one
-- GetPartnerClient reads a client; primary key.
SELECT * FROM partner_client WHERE client_id = @client_id;

-- name: LockPartnerClient :one
-- LockPartnerClient reads a client and keeps others from switching it until the transaction ends; primary key.
SELECT * FROM partner_client WHERE client_id = @client_id FOR UPDATE;

-- name: ListPartnerClients :many
-- ListPartnerClients lists clients by id, one page; primary key.
SELECT * FROM partner_client WHERE client_id > @after_id ORDER BY client_id LIMIT @row_limit;

-- name: SetPartnerClientEnabled :one
-- SetPartnerClientEnabled switches a client; primary key.
UPDATE partner_client SET enabled = @enabled, session_id = @session_id, updated_at = @now WHERE client_id = @client_id RETURNING *;
