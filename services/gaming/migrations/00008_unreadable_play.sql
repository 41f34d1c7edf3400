-- Entries of providers' books of bets that cannot be read are findings, and do not keep the others from being read.

-- +goose Up
ALTER TABLE finding DROP CONSTRAINT finding_kind_check, ADD CONSTRAINT finding_kind_check CHECK (kind BETWEEN 1 AND 14);
-- From where the book was read when an entry was set aside; absent: from its beginning.
ALTER TABLE finding ADD COLUMN read_from timestamptz;
CREATE INDEX finding_play ON finding (integration_id, provider_tx_id) WHERE kind = 14;
