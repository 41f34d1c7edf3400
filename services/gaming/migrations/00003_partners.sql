-- Bets of partners and platform-native games, and free rounds at providers.

-- +goose Up

-- What a partner's bet is on and where its player sat. The bet itself is a row of bet like any other.
CREATE TABLE partner_bet (
    bet_id     text        PRIMARY KEY,
    partner_id text        NOT NULL,
    request_id text        NOT NULL,
    selection  jsonb       NOT NULL,
    ip         text        NOT NULL,
    user_agent text        NOT NULL,
    created_at timestamptz NOT NULL
);

-- A grant of free rounds. It is written before its provider is asked, and asked for again until the provider has said yes or no.
CREATE TABLE free_rounds (
    free_rounds_id  text        PRIMARY KEY,
    granted_by      text        NOT NULL,
    request_id      text        NOT NULL,
    fingerprint     bytea       NOT NULL,
    player_id       text        NOT NULL,
    country         text        NOT NULL,
    integration_id  text        NOT NULL,
    game_ids        text[]      NOT NULL,
    game_codes      text[]      NOT NULL,
    rounds          integer     NOT NULL CHECK (rounds > 0),
    bet_value_minor bigint      NOT NULL CHECK (bet_value_minor > 0),
    currency        text        NOT NULL,
    state           smallint    NOT NULL CHECK (state BETWEEN 1 AND 6),
    provider_ref    text        NOT NULL DEFAULT '',
    refusal         text        NOT NULL DEFAULT '',
    starts_at       timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    touched_at      timestamptz NOT NULL,
    CONSTRAINT free_rounds_request_key UNIQUE (granted_by, request_id)
);
CREATE INDEX free_rounds_newest ON free_rounds (created_at DESC, free_rounds_id DESC);
CREATE INDEX free_rounds_player ON free_rounds (player_id, created_at DESC, free_rounds_id DESC);
CREATE INDEX free_rounds_pending ON free_rounds (touched_at) WHERE state = 1;
CREATE INDEX free_rounds_ending ON free_rounds (expires_at) WHERE state IN (1, 2);
CREATE UNIQUE INDEX free_rounds_provider_ref ON free_rounds (integration_id, provider_ref) WHERE provider_ref <> '';
