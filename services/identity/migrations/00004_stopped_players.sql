-- Who may not play, by when it was so decided, for services that ask for it.

-- +goose NO TRANSACTION
-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS player_stopped;
CREATE INDEX CONCURRENTLY player_stopped ON player (updated_at, player_id) WHERE status IN ('LOCKED', 'EXCLUDED');
