-- Rounds that stay without a result: when their provider is asked next.

-- +goose Up
ALTER TABLE round ADD COLUMN sweep_at timestamptz;
CREATE INDEX round_sweep ON round (touched_at) WHERE state = 1 AND NOT closing;
