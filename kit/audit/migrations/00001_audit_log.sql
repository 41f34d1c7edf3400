-- +goose Up
-- The audit trail of one service: two rows for each audited call, one before the handler and one after it, and a single row for a
-- call that was refused before it reached the handler. A BEGIN without an END is a call whose outcome is not known: the process died.
CREATE TABLE audit_log (
    audit_id       text        NOT NULL,
    phase          text        NOT NULL CHECK (phase IN ('BEGIN', 'END', 'REFUSED')),
    at             timestamptz NOT NULL,
    method         text        NOT NULL,
    actor_kind     text        NOT NULL,
    actor_id       text        NOT NULL,
    actor_roles    text[]      NOT NULL,
    session_id     text        NOT NULL,
    peer           text        NOT NULL,
    resources      jsonb       NOT NULL, -- fields of the request that name resources, path to value
    request        json        NOT NULL, -- without secret fields; json, because jsonb refuses the escape of a zero byte
    request_sha256 bytea       NOT NULL,
    client_ip      text        NOT NULL,
    request_id     text        NOT NULL,
    trace_id       text        NOT NULL,
    code           text,                 -- gRPC code by name; NULL in a BEGIN row
    reason         text,
    PRIMARY KEY (audit_id, phase),
    CHECK ((phase = 'BEGIN') = (code IS NULL)),
    CHECK ((code IS NULL) = (reason IS NULL))
);
-- Newest first over all, of one actor, and by what was touched.
CREATE INDEX audit_log_at ON audit_log (at DESC, audit_id);
CREATE INDEX audit_log_actor ON audit_log (actor_id, at DESC);
CREATE INDEX audit_log_resources ON audit_log USING gin (resources jsonb_path_ops);

-- Nobody rewrites the past: the service's role has no right to, and the owner is stopped by the trigger.
-- +goose StatementBegin
CREATE FUNCTION audit_log_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_append_only();

-- +goose StatementBegin
DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON audit_log FROM %I', current_setting('pitboss.runtime_role'));
    EXECUTE format('GRANT SELECT, INSERT ON audit_log TO %I', current_setting('pitboss.runtime_role'));
END $$;
-- +goose StatementEnd
