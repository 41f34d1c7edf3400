-- Studios, builds, categories, certificates, variants of the lobby, favourites, and the review of what providers say.

-- +goose Up

-- A studio, through whichever integration its games come. key is the studio's name in its simplest form, by which games find it.
CREATE TABLE provider (
    provider_id  text        PRIMARY KEY,
    key          text        NOT NULL,
    name         text        NOT NULL,
    translations jsonb       NOT NULL DEFAULT '{}',
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT provider_key_key UNIQUE (key)
);
INSERT INTO provider (provider_id, key, name)
SELECT DISTINCT ON (k) 'prv_' || md5(k), k, CASE WHEN studio = '' THEN 'Other' ELSE studio END
FROM (SELECT studio, coalesce(nullif(trim(BOTH '-' FROM regexp_replace(lower(studio), '[^a-z0-9]+', '-', 'g')), ''), 'other') AS k FROM game) g
ORDER BY k, studio DESC;

-- What the operator says about a game stands beside what the provider says. translations is an object of language to {name, description}.
ALTER TABLE game
    ADD COLUMN provider_id        text     NOT NULL DEFAULT '',
    ADD COLUMN category_override  text     NOT NULL DEFAULT '',
    ADD COLUMN volatility         smallint NOT NULL DEFAULT 0,
    ADD COLUMN tags               text[]   NOT NULL DEFAULT '{}',
    ADD COLUMN translations       jsonb    NOT NULL DEFAULT '{}',
    ADD COLUMN excluded_countries text[]   NOT NULL DEFAULT '{}';
UPDATE game SET provider_id = 'prv_' || md5(coalesce(nullif(trim(BOTH '-' FROM regexp_replace(lower(studio), '[^a-z0-9]+', '-', 'g')), ''), 'other'));

CREATE TABLE game_build (
    game_id text    NOT NULL REFERENCES game (game_id),
    build   text    NOT NULL,
    rtp_bps integer NOT NULL,
    active  boolean NOT NULL,
    PRIMARY KEY (game_id, build)
);
CREATE UNIQUE INDEX game_build_active ON game_build (game_id) WHERE active;

CREATE TABLE category (
    category   text        PRIMARY KEY,
    titles     jsonb       NOT NULL,
    position   integer     NOT NULL,
    hidden     boolean     NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE jurisdiction (
    jurisdiction          text        PRIMARY KEY,
    name                  text        NOT NULL,
    countries             text[]      NOT NULL,
    certificates_required boolean     NOT NULL,
    updated_at            timestamptz NOT NULL
);

CREATE TABLE certificate (
    certificate_id text        PRIMARY KEY,
    game_id        text        NOT NULL REFERENCES game (game_id),
    jurisdiction   text        NOT NULL REFERENCES jurisdiction (jurisdiction),
    build          text        NOT NULL,
    number         text        NOT NULL,
    laboratory     text        NOT NULL,
    valid_from     timestamptz NOT NULL,
    valid_to       timestamptz,
    revoked_at     timestamptz,
    CONSTRAINT certificate_number_key UNIQUE (game_id, jurisdiction, build, number)
);

-- The layout "main" is the row of lobby; these share its visitors. laid_out: somebody has made the main layout.
ALTER TABLE lobby ADD COLUMN weight integer NOT NULL DEFAULT 100, ADD COLUMN laid_out boolean NOT NULL DEFAULT false;
UPDATE lobby SET laid_out = revision > 0;
CREATE TABLE lobby_variant (
    variant    text        PRIMARY KEY,
    weight     integer     NOT NULL,
    sections   jsonb       NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE jackpot (
    integration_id text        NOT NULL,
    jackpot        text        NOT NULL,
    name           text        NOT NULL,
    amount_minor   bigint      NOT NULL,
    currency       text        NOT NULL,
    game_ids       text[]      NOT NULL,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (integration_id, jackpot)
);

CREATE TABLE favourite (
    player_id text        NOT NULL,
    game_id   text        NOT NULL REFERENCES game (game_id),
    added_at  timestamptz NOT NULL,
    PRIMARY KEY (player_id, game_id)
);

CREATE TABLE recently_played (
    player_id text        NOT NULL,
    game_id   text        NOT NULL,
    played_at timestamptz NOT NULL,
    PRIMARY KEY (player_id, game_id)
);

-- What a provider's list said that an operator reviews. proposal is the provider's part of a game as JSON.
CREATE TABLE game_change (
    change_id      text        PRIMARY KEY,
    integration_id text        NOT NULL,
    game_id        text        NOT NULL REFERENCES game (game_id),
    kind           smallint    NOT NULL CHECK (kind BETWEEN 1 AND 3),
    status         smallint    NOT NULL CHECK (status BETWEEN 1 AND 4),
    proposal       jsonb       NOT NULL,
    created_at     timestamptz NOT NULL,
    decided_at     timestamptz,
    decided_by     text        NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX game_change_pending ON game_change (game_id) WHERE status = 1;
CREATE INDEX game_change_status ON game_change (status, change_id);
CREATE INDEX game_change_game ON game_change (game_id, change_id);
