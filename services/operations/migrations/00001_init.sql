-- +goose Up
CREATE TABLE integration (
  integration_id text PRIMARY KEY,
  protocol       text NOT NULL,
  kind           smallint NOT NULL CHECK (kind IN (1, 2, 3)),
  name           text NOT NULL,
  settings       jsonb NOT NULL,
  -- JSON object of name to value, encrypted; the id is the additional data, so a row's secrets open in no other row.
  secrets        bytea NOT NULL,
  secret_names   text[] NOT NULL,
  enabled        boolean NOT NULL DEFAULT true,
  revision       bigint NOT NULL DEFAULT 1,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL
);
CREATE INDEX integration_protocol ON integration (protocol);
