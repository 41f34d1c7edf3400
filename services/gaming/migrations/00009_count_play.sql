-- Stakes that were played with money in wallets at providers, for the wallet to count against limits.

-- +goose Up
ALTER TABLE provider_transfer DROP CONSTRAINT provider_transfer_cause_check, ADD CONSTRAINT provider_transfer_cause_check CHECK (cause BETWEEN 1 AND 7);

-- Imported bets that the wallet has not counted yet. A row goes when it has.
CREATE TABLE play_count (
    bet_id  text        PRIMARY KEY REFERENCES bet,
    next_at timestamptz NOT NULL, -- when the wallet is told; later while somebody tells it
    asks    integer     NOT NULL DEFAULT 0
);
CREATE INDEX play_count_due ON play_count (next_at);

-- No window of a limit is longer.
INSERT INTO play_count (bet_id, next_at) SELECT bet_id, now() FROM bet WHERE provider_wallet AND stake_minor > 0 AND placed_at > now() - interval '31 days';
