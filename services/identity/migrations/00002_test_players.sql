-- Internal test players: players without credentials, whom no report counts, and a status for those who may not play because they are excluded.

-- +goose Up

ALTER TABLE player ADD COLUMN test boolean NOT NULL DEFAULT false;
ALTER TABLE player DROP CONSTRAINT player_status_check;
ALTER TABLE player ADD CONSTRAINT player_status_check CHECK (status IN ('UNVERIFIED', 'ACTIVE', 'LOCKED', 'EXCLUDED')) NOT VALID;
ALTER TABLE player VALIDATE CONSTRAINT player_status_check;
-- A test player has nothing that anybody could log in with.
ALTER TABLE player ADD CONSTRAINT player_test_has_no_credentials CHECK (NOT test OR email_index IS NULL AND password_hash IS NULL) NOT VALID;
ALTER TABLE player VALIDATE CONSTRAINT player_test_has_no_credentials;

-- What only test players have. created_by and request_id are the key of the request that made it.
CREATE TABLE test_player (
    player_id    text        PRIMARY KEY REFERENCES player,
    currency     text        NOT NULL,
    display_name text        NOT NULL,
    created_by   text        NOT NULL,
    request_id   text        NOT NULL,
    created_at   timestamptz NOT NULL,
    CONSTRAINT test_player_request_key UNIQUE (created_by, request_id)
);
