-- What studios report: game sessions, rounds, bets, and each of their transactions once.

-- +goose Up

-- A launched game. The token itself is never stored, only its SHA-256: who reads this table cannot play.
CREATE TABLE game_session (
    game_session_id text        PRIMARY KEY,
    integration_id  text        NOT NULL,
    player_id       text        NOT NULL,
    game_id         text        NOT NULL,
    token_sha256    bytea       NOT NULL,
    currency        text        NOT NULL,
    country         text        NOT NULL,
    language        text        NOT NULL,
    started_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    launched_at     timestamptz,
    ended_at        timestamptz,
    end_reason      text        NOT NULL DEFAULT '',
    CONSTRAINT game_session_token_key UNIQUE (integration_id, token_sha256)
);
CREATE INDEX game_session_player ON game_session (player_id, started_at DESC);
CREATE INDEX game_session_live ON game_session (expires_at) WHERE ended_at IS NULL;

-- What identity last said about a player by event; version lets a late event lose.
CREATE TABLE player_block (
    player_id  text        PRIMARY KEY,
    blocked    boolean     NOT NULL,
    version    bigint      NOT NULL,
    updated_at timestamptz NOT NULL
);

-- A round as its provider counts it. The player is part of the key because a live table's round is shared by its players.
CREATE TABLE round (
    round_id          text        PRIMARY KEY,
    integration_id    text        NOT NULL,
    player_id         text        NOT NULL,
    provider_round_id text        NOT NULL,
    game_id           text        NOT NULL,
    currency          text        NOT NULL,
    state             smallint    NOT NULL CHECK (state BETWEEN 1 AND 3),
    closing           boolean     NOT NULL DEFAULT false, -- the provider said that it is over; bets without a result are lost
    version           bigint      NOT NULL DEFAULT 0,     -- rises with each event about the round
    opened_at         timestamptz NOT NULL,
    closed_at         timestamptz,
    touched_at        timestamptz NOT NULL,
    CONSTRAINT round_provider_key UNIQUE (integration_id, player_id, provider_round_id)
);
CREATE INDEX round_newest ON round (opened_at DESC, round_id DESC);
CREATE INDEX round_player ON round (player_id, opened_at DESC, round_id DESC);
CREATE INDEX round_provider_round ON round (provider_round_id);
CREATE INDEX round_closing ON round (touched_at) WHERE closing AND state = 1;

CREATE TABLE bet (
    bet_id          text        PRIMARY KEY,
    round_id        text        NOT NULL REFERENCES round,
    integration_id  text        NOT NULL,
    player_id       text        NOT NULL,
    game_id         text        NOT NULL,
    game_code       text        NOT NULL,
    game_session_id text        NOT NULL,
    provider_tx_id  text        NOT NULL,
    currency        text        NOT NULL,
    stake_minor     bigint      NOT NULL CHECK (stake_minor >= 0),
    payout_minor    bigint      NOT NULL DEFAULT 0 CHECK (payout_minor >= 0),
    free_round      boolean     NOT NULL,
    state           smallint    NOT NULL CHECK (state BETWEEN 1 AND 5),
    hold_id         text        NOT NULL DEFAULT '',
    settle_claim    text        NOT NULL DEFAULT '', -- who settles or releases the hold: '', 'win', 'close', 'cancel'; set before the wallet is asked
    cancelled       boolean     NOT NULL DEFAULT false, -- a cancellation came while the stake was on its way
    reject_reason   text        NOT NULL DEFAULT '',
    placed_at       timestamptz NOT NULL,
    settled_at      timestamptz,
    CONSTRAINT bet_provider_tx_key UNIQUE (integration_id, provider_tx_id)
);
CREATE INDEX bet_round ON bet (round_id);
CREATE INDEX bet_player ON bet (player_id, placed_at DESC, bet_id DESC);

-- Each transaction of a provider, once: what was asked, what is being done about it, and what was answered. It is written before the
-- wallet is asked (state 1) and completed after it; everything needed to ask the wallet again in the same words is in it.
CREATE TABLE provider_tx (
    integration_id  text        NOT NULL,
    kind            text        NOT NULL CHECK (kind IN ('bet', 'win', 'cancel')),
    provider_tx_id  text        NOT NULL,
    fingerprint     bytea       NOT NULL,
    state           smallint    NOT NULL CHECK (state BETWEEN 1 AND 3), -- 1 under way, 2 done, 3 refused
    action          text        NOT NULL, -- what the wallet is asked for: 'hold', 'settle', 'credit', 'debit', 'release', 'none'
    player_id       text        NOT NULL,
    round_id        text        NOT NULL DEFAULT '',
    bet_id          text        NOT NULL DEFAULT '',
    reference_tx_id text        NOT NULL DEFAULT '',
    reference_kind  text        NOT NULL DEFAULT '', -- of a cancellation: 'bet', 'win', or '' for a tombstone
    currency        text        NOT NULL DEFAULT '',
    amount_minor    bigint      NOT NULL DEFAULT 0, -- what the wallet moves
    winnings_minor  bigint      NOT NULL DEFAULT 0, -- of a cancellation: winnings it takes from the bet
    round_closed    boolean     NOT NULL DEFAULT false,
    refuse_reason   text        NOT NULL DEFAULT '',
    balance_minor   bigint      NOT NULL DEFAULT 0, -- what was answered
    created_at      timestamptz NOT NULL,
    touched_at      timestamptz NOT NULL,
    PRIMARY KEY (integration_id, kind, provider_tx_id)
);
CREATE INDEX provider_tx_open ON provider_tx (touched_at) WHERE state = 1;
CREATE INDEX provider_tx_reference ON provider_tx (integration_id, reference_tx_id) WHERE kind = 'cancel';
CREATE INDEX provider_tx_bet ON provider_tx (bet_id) WHERE bet_id <> '';
CREATE INDEX provider_tx_round ON provider_tx (round_id) WHERE state = 1;
CREATE INDEX provider_tx_id ON provider_tx (provider_tx_id);
