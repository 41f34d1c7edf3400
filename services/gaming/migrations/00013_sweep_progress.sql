-- A round's changes stay on its page: no index has a column that its bets and its end change. The sweeper reads rounds once, in the order in which they were opened, when
-- they are old enough to be quiet, and marks those that are still open (sweep_at); only those are in its index.

-- +goose Up
DROP INDEX round_sweep;
CREATE INDEX round_sweep ON round (sweep_at) WHERE sweep_at IS NOT NULL;
CREATE TABLE sweep_progress (
    one          boolean     PRIMARY KEY DEFAULT true CHECK (one),
    opened_until timestamptz NOT NULL -- rounds opened until then are marked if they were open
);
INSERT INTO sweep_progress (opened_until) SELECT COALESCE(max(opened_at) - interval '1 hour', 'epoch') FROM round;
UPDATE round SET sweep_at = COALESCE(sweep_at, touched_at) WHERE state = 1 AND NOT closing;

-- One index finds transactions by their provider's ids, and keeps them unique.
ALTER TABLE provider_tx DROP CONSTRAINT provider_tx_pkey, ADD PRIMARY KEY (provider_tx_id, integration_id, kind);
DROP INDEX provider_tx_id;
