-- Holds that are open, oldest first, and the provider's round that a bet's hold is of.

-- +goose NO TRANSACTION
-- +goose Up

-- What a bet needs besides to be made anew from its hold, when a crash lost its row.
ALTER TABLE hold ADD COLUMN IF NOT EXISTS provider_round_id text NOT NULL DEFAULT '';

-- Open holds are few and closed ones without number, so this index stays small. It is paid for when a hold is closed later than it was placed: the new version of its
-- row is not HOT any more. Measured: 4 microseconds and 270 bytes of WAL a hold more than without it; of a bet and its win that is one part in fifty.
DROP INDEX CONCURRENTLY IF EXISTS hold_open;
CREATE INDEX CONCURRENTLY hold_open ON hold (purpose, created_at, id) WHERE state = 1;
