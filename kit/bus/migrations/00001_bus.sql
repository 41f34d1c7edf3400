-- The tables by which every service takes part in events. See package bus for how they are used.

-- +goose Up

-- Positions in the outbox. A position is handed out only after the transaction has its id: so whoever reads the last position, and then waits until
-- every transaction that has an id at that moment is over, knows that nothing will appear at or below that position any more.
CREATE SEQUENCE outbox_position;
-- +goose StatementBegin
CREATE FUNCTION outbox_next_position() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_current_xact_id();
    RETURN nextval('outbox_position');
END $$;
-- +goose StatementEnd

-- What this service has to tell. A row is written in the transaction whose effect it tells of, and sent in the order of id.
CREATE TABLE outbox (
    id           bigint      PRIMARY KEY DEFAULT outbox_next_position(),
    event_id     text        NOT NULL,
    subject      text        NOT NULL,
    schema       text        NOT NULL,
    payload      bytea       NOT NULL,
    player_id    text        NOT NULL DEFAULT '',
    aggregate_id text        NOT NULL DEFAULT '',
    version      bigint      NOT NULL DEFAULT 0,
    traceparent  text        NOT NULL DEFAULT '',
    occurred_at  timestamptz NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outbox_event_id_key UNIQUE (event_id)
);

-- How far the relay has come: everything at or below id is acknowledged by JetStream. One row.
CREATE TABLE outbox_cursor (
    singleton  boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
    id         bigint      NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO outbox_cursor DEFAULT VALUES;

-- Which events each consumer has already had an effect from; written in the transaction of that effect.
CREATE TABLE inbox (
    consumer    text        NOT NULL,
    event_id    text        NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_received_at ON inbox (received_at);

-- Events that a consumer could not handle, whole, so that they can be looked at and replayed after the stream has forgotten them.
CREATE TABLE dead_letter (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer     text        NOT NULL,
    event_id     text        NOT NULL,
    subject      text        NOT NULL,
    schema       text        NOT NULL,
    payload      bytea       NOT NULL,
    player_id    text        NOT NULL DEFAULT '',
    aggregate_id text        NOT NULL DEFAULT '',
    version      bigint      NOT NULL DEFAULT 0,
    traceparent  text        NOT NULL DEFAULT '',
    source       text        NOT NULL DEFAULT '',
    occurred_at  timestamptz NOT NULL,
    deliveries   bigint      NOT NULL,
    reason       text        NOT NULL,
    failed_at    timestamptz NOT NULL DEFAULT now(),
    replays      integer     NOT NULL DEFAULT 0,
    resolved_at  timestamptz,
    CONSTRAINT dead_letter_event_key UNIQUE (consumer, event_id)
);
CREATE INDEX dead_letter_open ON dead_letter (id) WHERE resolved_at IS NULL;
