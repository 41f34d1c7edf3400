-- Parts of a stake that went back while the bet was open (the bet's stake is what is left of it), and adjustments of a round that are of none of its bets.

-- +goose Up
ALTER TABLE bet ADD COLUMN returned_minor bigint NOT NULL DEFAULT 0 CHECK (returned_minor >= 0);

-- What operators' corrections of a result that its provider gave came to. A provider that takes the bet back and leaves its own winnings does not leave these.
ALTER TABLE bet ADD COLUMN operator_minor bigint NOT NULL DEFAULT 0;

ALTER TABLE round ADD COLUMN adjusted_minor bigint NOT NULL DEFAULT 0;
-- How many there were, and up to which of them an operator took them back.
ALTER TABLE round ADD COLUMN adjustments integer NOT NULL DEFAULT 0;
ALTER TABLE round ADD COLUMN adjustments_back integer NOT NULL DEFAULT 0;
