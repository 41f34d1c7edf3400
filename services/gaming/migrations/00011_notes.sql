-- What providers told of a transaction besides, and prizes by the bet that their provider names with them.

-- +goose Up
ALTER TABLE provider_tx ADD COLUMN note text NOT NULL DEFAULT '';
CREATE INDEX provider_tx_prize_reference ON provider_tx (integration_id, reference_tx_id) WHERE kind = 'prize' AND reference_tx_id <> '';
