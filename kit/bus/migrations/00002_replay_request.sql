-- +goose Up
-- An operator asks for a replay from outside; the service, which alone has the handler, sees the request and does it.
ALTER TABLE dead_letter ADD COLUMN replay_requested_at timestamptz;
CREATE INDEX dead_letter_requested ON dead_letter (replay_requested_at) WHERE replay_requested_at IS NOT NULL;
