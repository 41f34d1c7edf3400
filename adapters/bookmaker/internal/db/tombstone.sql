-- name: LockBetID :exec
-- Used by block_funds and by the refund of a bet that is not known, until the end of the transaction: there is no row to lock yet.
SELECT pg_advisory_xact_lock(hashtextextended(@integration_id::text || '/' || @bet_id::text, 0));

-- name: InsertTombstone :exec
-- Used by refund, under LockBetID. Served by tombstone_pkey.
INSERT INTO tombstone (integration_id, bet_id, player_id, created_at) VALUES (@integration_id, @bet_id, @player_id, @now) ON CONFLICT DO NOTHING;

-- name: HasTombstone :one
-- Used by block_funds, under LockBetID, and by check_bet. Served by tombstone_pkey.
SELECT EXISTS (SELECT FROM tombstone WHERE integration_id = @integration_id AND bet_id = @bet_id AND player_id = @player_id);
