-- QueuePlayCount: the importer, with a new bet. Primary key.
-- name: QueuePlayCount :exec
INSERT INTO play_count (bet_id, next_at) VALUES (@bet_id, @now::timestamptz) ON CONFLICT (bet_id) DO NOTHING;

-- TakePlayCounts: the background task; each bet is taken by one replica. Index play_count_due, primary key of bet.
-- name: TakePlayCounts :many
UPDATE play_count c SET next_at = @until::timestamptz
FROM bet b
WHERE b.bet_id = c.bet_id AND c.bet_id IN (SELECT p.bet_id FROM play_count p WHERE p.next_at <= @now::timestamptz ORDER BY p.next_at LIMIT @max_rows FOR UPDATE SKIP LOCKED)
RETURNING c.bet_id, c.asks, b.integration_id, b.player_id, b.round_id, b.game_id, b.provider_tx_id, b.currency, b.stake_minor, b.placed_at;

-- DropPlayCount: the wallet has counted it. Primary key.
-- name: DropPlayCount :exec
DELETE FROM play_count WHERE bet_id = @bet_id;

-- PostponePlayCount: the wallet did not answer. Primary key.
-- name: PostponePlayCount :exec
UPDATE play_count SET next_at = @next_at::timestamptz, asks = asks + 1 WHERE bet_id = @bet_id;
