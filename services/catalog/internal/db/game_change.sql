-- LastChanges: SyncGames: the last change of each game of an integration. Index game_change_game.
-- name: LastChanges :many
SELECT DISTINCT ON (game_id) * FROM game_change WHERE integration_id = @integration_id ORDER BY game_id, change_id DESC;

-- InsertChange: SyncGames.
-- name: InsertChange :exec
INSERT INTO game_change (change_id, integration_id, game_id, kind, status, proposal, created_at)
VALUES (@change_id, @integration_id, @game_id, @kind, 1, @proposal, @now::timestamptz);

-- LockChange: DecideGameChange. Primary key.
-- name: LockChange :one
SELECT * FROM game_change WHERE change_id = @change_id FOR UPDATE;

-- GetChange: DecideGameChange, to find the game that is locked first. Primary key.
-- name: GetChange :one
SELECT * FROM game_change WHERE change_id = @change_id;

-- DecideChange: DecideGameChange. Primary key.
-- name: DecideChange :one
UPDATE game_change SET status = @status, decided_at = @now::timestamptz, decided_by = @decided_by WHERE change_id = @change_id RETURNING *;

-- EndPending: SyncGames, when the provider says something else, and SetGamePublished, which decides what waits. Index game_change_pending.
-- name: EndPending :exec
UPDATE game_change SET status = @status, decided_at = @now::timestamptz, decided_by = @decided_by WHERE game_id = @game_id AND status = 1;

-- ListChanges: ListGameChanges. Index game_change_status.
-- name: ListChanges :many
SELECT * FROM game_change
WHERE status = @status AND change_id > @after_id AND (@integration_id::text = '' OR integration_id = @integration_id) AND (@kind::smallint = 0 OR kind = @kind)
ORDER BY change_id
LIMIT @page_size;
