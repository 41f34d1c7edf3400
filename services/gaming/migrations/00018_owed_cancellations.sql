-- Free rounds that are to be taken back, as long as their provider has not confirmed it (state 7), and when a provider was last asked to give them. NULL: it was not asked yet, so there is
-- nothing to take back. What a release without the column writes counts as asked.

-- +goose Up
ALTER TABLE free_rounds ADD COLUMN asked_at timestamptz DEFAULT now();
ALTER TABLE free_rounds DROP CONSTRAINT free_rounds_state_check;
ALTER TABLE free_rounds ADD CONSTRAINT free_rounds_state_check CHECK (state BETWEEN 1 AND 7);
CREATE INDEX free_rounds_owed ON free_rounds (touched_at) WHERE state IN (1, 7);
DROP INDEX free_rounds_pending;
DROP INDEX free_rounds_ending;
CREATE INDEX free_rounds_ending ON free_rounds (expires_at) WHERE state IN (1, 2, 7);
