-- name: InsertIntegration :one
-- Used by CreateIntegration; no row when the id is taken. Served by integration_pkey.
INSERT INTO integration (integration_id, protocol, kind, name, settings, secrets, secret_names, created_at, updated_at)
VALUES (@integration_id, @protocol, @kind, @name, @settings, @secrets, @secret_names, @now, @now)
ON CONFLICT (integration_id) DO NOTHING
RETURNING *;

-- name: GetIntegration :one
-- Used by GetIntegration, LookupIntegration and GetIntegrationSecrets. Served by integration_pkey.
SELECT * FROM integration WHERE integration_id = @integration_id;

-- name: LockIntegration :one
-- Used by UpdateIntegration and SetIntegrationEnabled before they decide. Served by integration_pkey.
SELECT * FROM integration WHERE integration_id = @integration_id FOR UPDATE;

-- name: ListIntegrations :many
-- Used by ListIntegrations; there are tens of them. Served by integration_pkey.
SELECT * FROM integration
WHERE integration_id > @after_id AND (@kind::smallint = 0 OR kind = @kind::smallint)
ORDER BY integration_id
LIMIT @page_size;

-- name: ListIntegrationsOfProtocol :many
-- Used by GetIntegrationSecrets when a protocol has one integration. Served by integration_protocol.
SELECT * FROM integration WHERE protocol = @protocol ORDER BY integration_id LIMIT 2;

-- name: UpdateIntegration :one
-- Used by UpdateIntegration. Served by integration_pkey.
UPDATE integration
SET name = @name, settings = @settings, secrets = @secrets, secret_names = @secret_names, previous = @previous, revision = revision + 1, updated_at = @now
WHERE integration_id = @integration_id
RETURNING *;

-- name: SetIntegrationEnabled :one
-- Used by SetIntegrationEnabled. Served by integration_pkey.
UPDATE integration SET enabled = @enabled, revision = revision + 1, updated_at = @now
WHERE integration_id = @integration_id
RETURNING *;

-- name: ListDisabledIntegrations :many
-- Used by GetPlaySwitches when something has changed; there are tens of integrations. A scan.
SELECT integration_id FROM integration WHERE NOT enabled ORDER BY integration_id;
