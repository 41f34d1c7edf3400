-- What players are told inside the web app, and how they want to be told.

-- +goose Up
CREATE TABLE inbox_message (
  message_id text PRIMARY KEY,
  player_id  text NOT NULL,
  -- What it comes from: an event's or a mail's key. One message each, however often that comes.
  source_key text NOT NULL,
  kind       text NOT NULL,
  -- Values may be personal: encrypted, with the message's id as additional data.
  content    bytea NOT NULL,
  created_at timestamptz NOT NULL,
  read_at    timestamptz,
  CONSTRAINT inbox_source UNIQUE (source_key)
);
CREATE INDEX inbox_player ON inbox_message (player_id, created_at DESC, message_id DESC);
CREATE INDEX inbox_unread ON inbox_message (player_id) WHERE read_at IS NULL;
CREATE INDEX inbox_age ON inbox_message (created_at);

CREATE TABLE preference (
  player_id text NOT NULL,
  category  smallint NOT NULL CHECK (category BETWEEN 1 AND 3),
  mail      boolean NOT NULL,
  inbox     boolean NOT NULL,
  PRIMARY KEY (player_id, category)
);
