-- Partners' bets that were refused: the same request is answered the same.

-- +goose Up
CREATE TABLE partner_refusal (
    partner_id  text        NOT NULL,
    request_id  text        NOT NULL,
    fingerprint bytea       NOT NULL,
    answer      jsonb       NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (partner_id, request_id)
);
