-- What was refused last.

-- +goose Up
ALTER TABLE integration_health ADD COLUMN last_refusal_at timestamptz, ADD COLUMN last_refusal text NOT NULL DEFAULT '';
