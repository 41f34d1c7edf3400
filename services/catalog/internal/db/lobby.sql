-- GetLobby: the snapshot.
-- name: GetLobby :one
SELECT * FROM lobby;

-- LockLobby: PutLobby, to compare the revision.
-- name: LockLobby :one
SELECT * FROM lobby FOR UPDATE;

-- PutLobby: a whole new main layout.
-- name: PutLobby :one
UPDATE lobby SET revision = revision + 1, sections = @sections, weight = @weight, laid_out = true, updated_at = @now::timestamptz RETURNING revision;

-- BumpLobby: PutLobby and DeleteLobbyVariant of another layout; the revision is of all of them.
-- name: BumpLobby :one
UPDATE lobby SET revision = revision + 1 RETURNING revision;

-- ListVariants: the snapshot.
-- name: ListVariants :many
SELECT * FROM lobby_variant ORDER BY variant;

-- PutVariant: PutLobby, under the lobby's lock. Primary key.
-- name: PutVariant :exec
INSERT INTO lobby_variant (variant, weight, sections, updated_at) VALUES (@variant, @weight, @sections, @now::timestamptz)
ON CONFLICT (variant) DO UPDATE SET weight = @weight, sections = @sections, updated_at = @now::timestamptz;

-- DeleteVariant: DeleteLobbyVariant, under the lobby's lock. Primary key.
-- name: DeleteVariant :execrows
DELETE FROM lobby_variant WHERE variant = @variant;

-- GetRevision: every replica, once a second.
-- name: GetRevision :one
SELECT revision FROM catalog_revision;

-- BumpRevision: in the transaction of every change.
-- name: BumpRevision :exec
UPDATE catalog_revision SET revision = revision + 1;

-- LockIntegration: SyncGames, so that two of the same integration come one after the other.
-- name: LockIntegration :exec
SELECT pg_advisory_xact_lock(@lock_key::bigint);
