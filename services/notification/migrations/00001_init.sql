-- +goose Up
CREATE TABLE delivery (
  delivery_id     text PRIMARY KEY,
  caller          text NOT NULL,
  request_id      text NOT NULL,
  fingerprint     bytea NOT NULL,
  template        text NOT NULL,
  language        text NOT NULL,
  subject_id      text NOT NULL,
  -- Address and variables are personal: encrypted, with the delivery's id as additional data. A NULL address is asked for when it is needed.
  address         bytea,
  address_masked  text NOT NULL,
  variables       bytea NOT NULL,
  state           smallint NOT NULL CHECK (state IN (1, 2, 3)),
  attempts        integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  expires_at      timestamptz NOT NULL,
  last_error      text NOT NULL DEFAULT '',
  created_at      timestamptz NOT NULL,
  sent_at         timestamptz,
  CONSTRAINT delivery_request UNIQUE (caller, request_id)
);
CREATE INDEX delivery_due ON delivery (next_attempt_at) WHERE state = 1;
CREATE INDEX delivery_newest ON delivery (created_at DESC, delivery_id DESC);
