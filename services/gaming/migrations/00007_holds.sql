-- The wallet's holds against our bets.

-- +goose Up
ALTER TABLE finding DROP CONSTRAINT finding_kind_check, ADD CONSTRAINT finding_kind_check CHECK (kind BETWEEN 1 AND 13);
ALTER TABLE finding ALTER COLUMN run_id DROP NOT NULL, ADD COLUMN hold_id text NOT NULL DEFAULT '';
CREATE INDEX finding_hold ON finding (hold_id) WHERE hold_id <> '';

-- Up to when changed rounds were compared, and when a replica last began to. One row.
CREATE TABLE hold_check (
    one           boolean     PRIMARY KEY DEFAULT true CHECK (one),
    taken_at      timestamptz NOT NULL,
    checked_until timestamptz NOT NULL
);
INSERT INTO hold_check (taken_at, checked_until) VALUES ('epoch', now());

-- Rounds that changed in a span. A summary of pages, because a tree of a column that changes with every result would cost as much as the row.
CREATE INDEX round_touched ON round USING brin (touched_at) WITH (pages_per_range = 32, autosummarize = on);
