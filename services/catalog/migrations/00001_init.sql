-- What can be played and how it is shown.

-- +goose Up

-- A game as its provider describes it, once per integration. published is the operator's word, offered the provider's; players see a
-- game when both are true.
CREATE TABLE game (
    game_id           text        PRIMARY KEY,
    integration_id    text        NOT NULL,
    code              text        NOT NULL,
    name              text        NOT NULL,
    studio            text        NOT NULL,
    category          text        NOT NULL,
    rtp_bps           integer     NOT NULL,
    thumbnail_url     text        NOT NULL,
    blocked_countries text[]      NOT NULL,
    published         boolean     NOT NULL DEFAULT false,
    offered           boolean     NOT NULL,
    version           bigint      NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    CONSTRAINT game_code_key UNIQUE (integration_id, code)
);

-- The lobby's layout: one row; sections is a JSON array of {key, title, game_ids}.
CREATE TABLE lobby (
    singleton  boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
    revision   bigint      NOT NULL DEFAULT 0,
    sections   jsonb       NOT NULL DEFAULT '[]',
    updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO lobby DEFAULT VALUES;

-- Rises with every change of the tables above, so that a replica learns with one small read whether its memory is still true.
CREATE TABLE catalog_revision (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    revision  bigint  NOT NULL DEFAULT 0
);
INSERT INTO catalog_revision DEFAULT VALUES;
