-- ListGames: the snapshot that everything is answered from. A sequential scan of a few thousand rows.
-- name: ListGames :many
SELECT * FROM game;

-- IntegrationGames: SyncGames, under the integration's lock. Index game_code_key.
-- name: IntegrationGames :many
SELECT * FROM game WHERE integration_id = @integration_id;

-- LockGame: SetGamePublished, UpdateGame, PutGameBuilds, PutCertificate, DecideGameChange. Primary key.
-- name: LockGame :one
SELECT * FROM game WHERE game_id = @game_id FOR UPDATE;

-- InsertGame: SyncGames.
-- name: InsertGame :one
INSERT INTO game (game_id, integration_id, code, name, studio, provider_id, category, rtp_bps, thumbnail_url, blocked_countries, offered, created_at, updated_at)
VALUES (@game_id, @integration_id, @code, @name, @studio, @provider_id, @category, @rtp_bps, @thumbnail_url, @blocked_countries, @offered, @now::timestamptz, @now::timestamptz)
RETURNING *;

-- SaveGame: SyncGames, SetGamePublished and DecideGameChange: the provider's part and whether it is published. Primary key.
-- name: SaveGame :one
UPDATE game SET name = @name, studio = @studio, provider_id = @provider_id, category = @category, rtp_bps = @rtp_bps, thumbnail_url = @thumbnail_url,
    blocked_countries = @blocked_countries, offered = @offered, published = @published, version = version + 1, updated_at = @now::timestamptz
WHERE game_id = @game_id
RETURNING *;

-- DescribeGame: UpdateGame, the operator's part. Primary key.
-- name: DescribeGame :one
UPDATE game SET category_override = @category_override, volatility = @volatility, tags = @tags, translations = @translations,
    excluded_countries = @excluded_countries, version = version + 1, updated_at = @now::timestamptz
WHERE game_id = @game_id
RETURNING *;

-- TouchGame: PutGameBuilds, whose rows are elsewhere. Primary key.
-- name: TouchGame :one
UPDATE game SET version = version + 1, updated_at = @now::timestamptz WHERE game_id = @game_id RETURNING *;

-- ListBuilds: the snapshot.
-- name: ListBuilds :many
SELECT * FROM game_build ORDER BY game_id, build;

-- GameBuilds: whatever changes a game, for its answer and event. Index game_build_pkey.
-- name: GameBuilds :many
SELECT * FROM game_build WHERE game_id = @game_id ORDER BY build;

-- DeleteBuilds: PutGameBuilds. Index game_build_pkey.
-- name: DeleteBuilds :exec
DELETE FROM game_build WHERE game_id = @game_id;

-- InsertBuild: PutGameBuilds.
-- name: InsertBuild :exec
INSERT INTO game_build (game_id, build, rtp_bps, active) VALUES (@game_id, @build, @rtp_bps, @active);

-- ListProviders: the snapshot.
-- name: ListProviders :many
SELECT * FROM provider;

-- GetProviderName: whatever changes a game, for its answer and event. Primary key.
-- name: GetProviderName :one
SELECT name FROM provider WHERE provider_id = @provider_id;

-- EnsureProvider: SyncGames; the id of a studio, which is made when it is new. Index provider_key_key.
-- name: EnsureProvider :one
INSERT INTO provider (provider_id, key, name, updated_at) VALUES (@provider_id, @key, @name, @now::timestamptz)
ON CONFLICT (key) DO UPDATE SET key = EXCLUDED.key
RETURNING provider_id;

-- UpdateProvider: UpdateProvider. Primary key.
-- name: UpdateProvider :one
UPDATE provider SET name = @name, translations = @translations, updated_at = @now::timestamptz WHERE provider_id = @provider_id RETURNING *;

-- ListCategories: the snapshot.
-- name: ListCategories :many
SELECT * FROM category;

-- PutCategory: PutCategory. Primary key.
-- name: PutCategory :exec
INSERT INTO category (category, titles, position, hidden, updated_at) VALUES (@category, @titles, @position, @hidden, @now::timestamptz)
ON CONFLICT (category) DO UPDATE SET titles = @titles, position = @position, hidden = @hidden, updated_at = @now::timestamptz;

-- ListJackpots: the snapshot.
-- name: ListJackpots :many
SELECT * FROM jackpot ORDER BY integration_id, jackpot;

-- GameJackpots: whatever changes a game, for its answer and event. A sequential scan of a few hundred rows at most.
-- name: GameJackpots :many
SELECT * FROM jackpot WHERE game_ids @> ARRAY[@game_id::text] ORDER BY integration_id, jackpot;

-- PutJackpot: PutJackpot and ReportJackpots; a later report wins, whichever comes first. Primary key.
-- name: PutJackpot :execrows
INSERT INTO jackpot (integration_id, jackpot, name, amount_minor, currency, game_ids, updated_at)
VALUES (@integration_id, @jackpot, @name, @amount_minor, @currency, @game_ids, @at::timestamptz)
ON CONFLICT (integration_id, jackpot) DO UPDATE SET name = @name, amount_minor = @amount_minor, currency = @currency, game_ids = @game_ids, updated_at = @at::timestamptz
WHERE jackpot.updated_at < @at::timestamptz;

-- DeleteJackpot: PutJackpot without games. Primary key.
-- name: DeleteJackpot :execrows
DELETE FROM jackpot WHERE integration_id = @integration_id AND jackpot = @jackpot;
