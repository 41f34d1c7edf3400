-- What became of bonus money of a hold that did not stay in its pool, so that it is taken back from where it went and not paid a second time.

-- +goose Up

-- Holds that have such money; the others, nearly all, have no row, and holds that no bonus money was staked on are never looked up here. late_minor is the bonus money
-- that came when the pool was closed and went to cash, or was discarded. Below zero it is what could not be taken back, and bonus_cost bears: what comes to the hold makes
-- that good first. It counts what happened from since on.
CREATE TABLE hold_late (
    hold_id    text        PRIMARY KEY,
    late_minor bigint      NOT NULL,
    since      timestamptz NOT NULL
) WITH (fillfactor = 50);

-- +goose StatementBegin
DO $$
DECLARE role text := current_setting('pitboss.runtime_role');
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON hold_late FROM %I', role);
    EXECUTE format('GRANT UPDATE (late_minor) ON hold_late TO %I', role);
END $$;
-- +goose StatementEnd
