-- Providers that keep players' money themselves: transfers to and from players' wallets there, and what was played with them.

-- +goose Up

-- Each movement between a player's cash and the player's wallet at a provider, written before anybody is asked. outcome is what is known of the provider, and stands before the
-- wallet follows it, so that whoever goes on after a crash does the same.
CREATE TABLE provider_transfer (
    transfer_id    text        PRIMARY KEY,
    integration_id text        NOT NULL,
    player_id      text        NOT NULL,
    direction      smallint    NOT NULL CHECK (direction BETWEEN 1 AND 2), -- 1 to the provider, 2 from it
    currency       text        NOT NULL,
    amount_minor   bigint      NOT NULL CHECK (amount_minor >= 0),         -- 0 until it is known, of a transfer of everything
    everything     boolean     NOT NULL,
    cause          smallint    NOT NULL CHECK (cause BETWEEN 1 AND 6),
    requested_by   text        NOT NULL,
    request_id     text        NOT NULL,
    fingerprint    bytea       NOT NULL,
    state          smallint    NOT NULL CHECK (state BETWEEN 1 AND 5),     -- 1 requested, 2 sent, 3 confirmed, 4 unknown, 5 failed
    outcome        smallint    NOT NULL DEFAULT 0 CHECK (outcome BETWEEN 0 AND 2), -- at the provider: 0 not known, 1 applied, 2 refused
    failure        text        NOT NULL DEFAULT '',
    refusal        jsonb,                                                  -- what the wallet's refusal says besides its reason
    provider_ref   text        NOT NULL DEFAULT '',
    asks           integer     NOT NULL DEFAULT 0,                         -- how often it was put off
    next_at        timestamptz NOT NULL,                                   -- when it is gone on with; later while somebody works on it
    created_at     timestamptz NOT NULL,
    sent_at        timestamptz,
    finished_at    timestamptz,
    handed_over_at timestamptz,
    resolved_by    text        NOT NULL DEFAULT '',
    resolution     text        NOT NULL DEFAULT '',
    CONSTRAINT provider_transfer_request_key UNIQUE (requested_by, request_id)
);
CREATE INDEX provider_transfer_newest ON provider_transfer (created_at DESC, transfer_id DESC);
CREATE INDEX provider_transfer_player ON provider_transfer (player_id, created_at DESC, transfer_id DESC);
CREATE INDEX provider_transfer_due ON provider_transfer (next_at) WHERE state IN (1, 2, 4);
CREATE INDEX provider_transfer_finished ON provider_transfer (integration_id, finished_at) WHERE state = 3;

-- A player's wallet at a provider.
CREATE TABLE provider_wallet (
    integration_id text        NOT NULL,
    player_id      text        NOT NULL,
    currency       text        NOT NULL,
    holding        boolean     NOT NULL, -- there may be money in it
    active_at      timestamptz NOT NULL, -- last transfer, launch or bet
    return_at      timestamptz,          -- when everything is to be brought back
    return_cause   smallint    NOT NULL DEFAULT 0,
    PRIMARY KEY (integration_id, player_id, currency)
);
CREATE INDEX provider_wallet_player ON provider_wallet (player_id) WHERE holding;
CREATE INDEX provider_wallet_idle ON provider_wallet (active_at) WHERE holding AND return_at IS NULL;
CREATE INDEX provider_wallet_return ON provider_wallet (return_at) WHERE return_at IS NOT NULL;

-- How far a provider's book of bets was read.
CREATE TABLE provider_play (
    integration_id text        PRIMARY KEY,
    read_until     timestamptz, -- absent: from the beginning
    next_at        timestamptz NOT NULL
);

-- Bets and rounds that were read from there. The ledger has nothing of them.
ALTER TABLE round ADD COLUMN provider_wallet boolean NOT NULL DEFAULT false;
ALTER TABLE bet ADD COLUMN provider_wallet boolean NOT NULL DEFAULT false;
