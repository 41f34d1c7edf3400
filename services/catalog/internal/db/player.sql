-- AddFavourite: AddFavourite. Primary key.
-- name: AddFavourite :exec
INSERT INTO favourite (player_id, game_id, added_at) VALUES (@player_id, @game_id, @now::timestamptz) ON CONFLICT DO NOTHING;

-- RemoveFavourite: RemoveFavourite. Primary key.
-- name: RemoveFavourite :exec
DELETE FROM favourite WHERE player_id = @player_id AND game_id = @game_id;

-- ListFavourites: ListFavourites and AddFavourite; a player's are bounded. Index favourite_pkey.
-- name: ListFavourites :many
SELECT * FROM favourite WHERE player_id = @player_id ORDER BY added_at DESC, game_id;

-- LockPlayer: AddFavourite, so that two at once do not pass the maximum.
-- name: LockPlayer :exec
SELECT pg_advisory_xact_lock(@lock_key::bigint);

-- SetRecentlyPlayed: game_session.started.v1; events may come late, so the newest time stays. Primary key.
-- name: SetRecentlyPlayed :exec
INSERT INTO recently_played (player_id, game_id, played_at) VALUES (@player_id, @game_id, @played_at)
ON CONFLICT (player_id, game_id) DO UPDATE SET played_at = greatest(recently_played.played_at, EXCLUDED.played_at);

-- PruneRecentlyPlayed: game_session.started.v1. Index recently_played_pkey.
-- name: PruneRecentlyPlayed :exec
DELETE FROM recently_played r
WHERE r.player_id = @player_id
  AND (r.played_at, r.game_id) < (SELECT k.played_at, k.game_id FROM recently_played k WHERE k.player_id = @player_id ORDER BY k.played_at DESC, k.game_id DESC OFFSET @skip::int LIMIT 1);

-- ListRecentlyPlayed: ListRecentlyPlayed; at most fifty. Index recently_played_pkey.
-- name: ListRecentlyPlayed :many
SELECT * FROM recently_played WHERE player_id = @player_id ORDER BY played_at DESC, game_id DESC;
