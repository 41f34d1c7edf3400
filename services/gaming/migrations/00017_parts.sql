-- Parts of a stake that went back while the bet was open. The bet's stake is what is left of it.

-- +goose Up
ALTER TABLE bet ADD COLUMN returned_minor bigint NOT NULL DEFAULT 0 CHECK (returned_minor >= 0);
