-- +goose Up
ALTER TABLE integration DROP CONSTRAINT integration_kind_check;
ALTER TABLE integration ADD CONSTRAINT integration_kind_check CHECK (kind BETWEEN 1 AND 4);
-- Former values that are still accepted: a JSON object of name to {value, until}, encrypted like secrets; empty when there are none.
ALTER TABLE integration ADD COLUMN previous bytea NOT NULL DEFAULT '';

-- What stops play, and what did.
CREATE TABLE kill_switch (
  scope      smallint NOT NULL CHECK (scope BETWEEN 1 AND 6),
  value      text NOT NULL,
  off        boolean NOT NULL,
  reason     text NOT NULL,
  changed_by text NOT NULL,
  changed_at timestamptz NOT NULL,
  revision   bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (scope, value)
);

-- Rises with every change of a kill switch and every integration that goes on or off, so that others learn with one small read whether what they
-- know is still true.
CREATE TABLE play_revision (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  revision  bigint NOT NULL DEFAULT 1
);
INSERT INTO play_revision DEFAULT VALUES;

-- What gateways measured of an integration's callbacks. Rows are only added and, but for an integration's last one, soon deleted.
CREATE TABLE integration_health (
  health_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  integration_id   text NOT NULL REFERENCES integration (integration_id),
  reported_at      timestamptz NOT NULL,
  callbacks        bigint NOT NULL,
  failures         bigint NOT NULL,
  refusals         bigint NOT NULL,
  latency_buckets  bigint[] NOT NULL,
  last_callback_at timestamptz NOT NULL,
  last_error_at    timestamptz,
  last_error       text NOT NULL
);
CREATE INDEX integration_health_time ON integration_health (integration_id, reported_at);
