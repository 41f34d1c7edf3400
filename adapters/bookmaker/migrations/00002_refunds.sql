-- Refunds of a part of a stake.

-- +goose Up
ALTER TABLE bet ADD COLUMN refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND stake_minor);

-- Each part once. It is written down first, then gaming pays it under the same name.
CREATE TABLE refund (
  integration_id text NOT NULL,
  bet_id         text NOT NULL,
  refund_id      text NOT NULL, -- the partner's, else made from the amount
  amount_minor   bigint NOT NULL CHECK (amount_minor > 0),
  created_at     timestamptz NOT NULL,
  PRIMARY KEY (integration_id, bet_id, refund_id)
);
