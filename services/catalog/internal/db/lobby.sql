-- GetLobby: the snapshot.
-- name: GetLobby :one
SELECT * FROM lobby;

-- LockLobby: PutLobby, to compare the revision.
-- name: LockLobby :one
SELECT * FROM lobby FOR UPDATE;

-- PutLobby: a whole new layout.
-- name: PutLobby :one
UPDATE lobby SET revision = revision + 1, sections = @sections, updated_at = @now::timestamptz RETURNING revision;

-- GetRevision: every replica, once a second.
-- name: GetRevision :one
SELECT revision FROM catalog_revision;

-- BumpRevision: in the transaction of every change.
-- name: BumpRevision :exec
UPDATE catalog_revision SET revision = revision + 1;

-- LockIntegration: SyncGames, so that two of the same integration come one after the other.
-- name: LockIntegration :exec
SELECT pg_advisory_xact_lock(@lock_key::bigint);
