-- Providers' books against ours.

-- +goose Up
CREATE TABLE reconciliation (
    run_id         text        PRIMARY KEY,
    integration_id text        NOT NULL,
    from_at        timestamptz NOT NULL,
    until_at       timestamptz NOT NULL,
    state          smallint    NOT NULL CHECK (state BETWEEN 1 AND 4),
    their_rounds   bigint      NOT NULL DEFAULT 0,
    our_rounds     bigint      NOT NULL DEFAULT 0,
    matched        bigint      NOT NULL DEFAULT 0,
    findings       bigint      NOT NULL DEFAULT 0,
    started_by     text        NOT NULL,
    started_at     timestamptz NOT NULL,
    touched_at     timestamptz NOT NULL,
    finished_at    timestamptz,
    problem        text        NOT NULL DEFAULT ''
);
-- A span is compared once at a time.
CREATE UNIQUE INDEX reconciliation_running ON reconciliation (integration_id, from_at, until_at) WHERE state = 1;
CREATE INDEX reconciliation_newest ON reconciliation (started_at DESC, run_id DESC);

CREATE TABLE finding (
    finding_id        text        PRIMARY KEY,
    integration_id    text        NOT NULL,
    kind              smallint    NOT NULL CHECK (kind BETWEEN 1 AND 9),
    priority          smallint    NOT NULL CHECK (priority BETWEEN 1 AND 4),
    provider_round_id text        NOT NULL,
    provider_tx_id    text        NOT NULL,
    round_id          text        NOT NULL,
    player_id         text        NOT NULL,
    ours              text        NOT NULL,
    theirs            text        NOT NULL,
    delta_minor       bigint,
    currency          text        NOT NULL,
    run_id            text        NOT NULL REFERENCES reconciliation,
    first_seen_at     timestamptz NOT NULL,
    last_seen_at      timestamptz NOT NULL,
    resolved_by       text        NOT NULL DEFAULT '',
    resolution        text        NOT NULL DEFAULT '',
    resolved_at       timestamptz
);
-- The same difference is one open finding, however often it is seen.
CREATE UNIQUE INDEX finding_open ON finding (integration_id, kind, provider_round_id, player_id, provider_tx_id) WHERE resolved_at IS NULL;
CREATE INDEX finding_newest ON finding (first_seen_at DESC, finding_id DESC);
