-- name: InsertTestPlayer :exec
-- InsertTestPlayer opens the account of a test player. Used by CreateTestPlayer.
INSERT INTO player (player_id, status, country, language, test, created_at, updated_at)
VALUES (@player_id, 'ACTIVE', @country, @language, true, @now, @now);

-- name: InsertTestPlayerDetail :exec
-- InsertTestPlayerDetail keeps what only test players have. Used by CreateTestPlayer; test_player_request_key refuses a second one of the same request.
INSERT INTO test_player (player_id, currency, display_name, created_by, request_id, created_at)
VALUES (@player_id, @currency, @display_name, @created_by, @request_id, @now);

-- name: FindTestPlayer :one
-- FindTestPlayer finds what a request made before; test_player_request_key.
SELECT sqlc.embed(p), sqlc.embed(t) FROM test_player t JOIN player p USING (player_id)
WHERE t.created_by = @created_by AND t.request_id = @request_id;

-- name: GetTestPlayer :one
-- GetTestPlayer reads what only a test player has. Used by SetTestPlayerStatus; primary key.
SELECT * FROM test_player WHERE player_id = @player_id;

-- name: GetPlayerStatus :one
-- GetPlayerStatus reads whether a player may act, with what only test players have. Used by GetPlayerStatus and FundTestPlayer; primary keys.
SELECT p.status, p.country, p.language, p.test, coalesce(t.currency, '')::text AS currency, coalesce(t.display_name, '')::text AS display_name
FROM player p LEFT JOIN test_player t USING (player_id) WHERE p.player_id = @player_id;

-- name: ListTestPlayers :many
-- ListTestPlayers lists test players, newest first, one page; primary keys, backwards.
SELECT sqlc.embed(p), sqlc.embed(t) FROM test_player t JOIN player p USING (player_id)
WHERE (@before_id::text = '' OR t.player_id < @before_id)
ORDER BY t.player_id DESC LIMIT @row_limit;
