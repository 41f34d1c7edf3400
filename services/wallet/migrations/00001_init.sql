-- The ledger. Amounts and balances are whole minor units of the account's currency. See README.md for the invariants.

-- +goose Up

-- Where money is. A player has one account per currency and kind; system accounts (house:<provider>, psp:<name>) are split into stripes, so
-- that players who play at once do not wait for one row, and are summed on read. The version on a cash account counts the operations on
-- this player and currency. The row is updated by every operation and no index covers what changes, so a half-empty page keeps
-- updates inside it.
CREATE TABLE account (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner         text        NOT NULL,
    currency      text        NOT NULL,
    kind          smallint    NOT NULL,
    stripe        smallint    NOT NULL DEFAULT 0,
    balance_minor bigint      NOT NULL DEFAULT 0,
    version       bigint      NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT account_name_key UNIQUE (owner, currency, kind, stripe),
    CONSTRAINT account_kind CHECK (kind BETWEEN 1 AND 4),
    CONSTRAINT account_player_not_negative CHECK (kind > 2 OR balance_minor >= 0),
    CONSTRAINT account_player_not_striped CHECK (kind > 2 OR stripe = 0)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- Money of a player reserved for a bet (purpose 1) or a withdrawal (purpose 2). State: 1 open, 2 settled, 3 released.
CREATE TABLE hold (
    id             text        PRIMARY KEY,
    player_id      text        NOT NULL,
    currency       text        NOT NULL,
    amount_minor   bigint      NOT NULL CHECK (amount_minor >= 0),
    purpose        smallint    NOT NULL CHECK (purpose IN (1, 2)),
    state          smallint    NOT NULL CHECK (state IN (1, 2, 3)),
    source_kind    smallint    NOT NULL,
    source_id      text        NOT NULL,
    round_id       text        NOT NULL,
    provider_tx_id text        NOT NULL,
    game_id        text        NOT NULL,
    created_at     timestamptz NOT NULL,
    closed_at      timestamptz,
    CONSTRAINT hold_closed_at CHECK ((state = 1) = (closed_at IS NULL))
) WITH (fillfactor = 80);

-- Numbers for operations and entries. One value is a block of 4096 consecutive numbers for one batch, taken while the batch holds its
-- account locks: so the numbers of one account rise in the order of commits, and an operation's entries are found without an index.
CREATE SEQUENCE ledger_block AS bigint INCREMENT BY 4096 START WITH 4096;

-- One row per committed operation, with the balance after it. Its entries have the numbers number .. number + entry_count - 1.
CREATE TABLE operation (
    number          bigint      NOT NULL,
    created_at      timestamptz NOT NULL,
    id              text        NOT NULL,
    caller          text        NOT NULL,
    request_id      text        NOT NULL,
    kind            text        NOT NULL,
    player_id       text        NOT NULL,
    currency        text        NOT NULL,
    hold_id         text        NOT NULL,
    source_kind     smallint    NOT NULL,
    source_id       text        NOT NULL,
    round_id        text        NOT NULL,
    provider_tx_id  text        NOT NULL,
    game_id         text        NOT NULL,
    trace_id        text        NOT NULL,
    available_minor bigint      NOT NULL,
    held_minor      bigint      NOT NULL,
    balance_version bigint      NOT NULL,
    entry_count     smallint    NOT NULL,
    PRIMARY KEY (number, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX operation_id ON operation (id);
CREATE INDEX operation_round ON operation (round_id) WHERE round_id <> '';

-- The lines of the ledger.
CREATE TABLE entry (
    number              bigint      NOT NULL,
    created_at          timestamptz NOT NULL,
    operation_number    bigint      NOT NULL,
    account_id          bigint      NOT NULL,
    type                smallint    NOT NULL,
    amount_minor        bigint      NOT NULL CHECK (amount_minor <> 0),
    balance_after_minor bigint      NOT NULL,
    PRIMARY KEY (number, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX entry_account ON entry (account_id, number);

-- Safety nets for a time that has no partition; nothing is expected here.
CREATE TABLE operation_default PARTITION OF operation DEFAULT;
CREATE TABLE entry_default PARTITION OF entry DEFAULT;

-- What a request of a caller did. It is not partitioned by time and never expires: the key protects money for ever. The result is here
-- and not only in operation, so that a repetition is answered even when the operation's partition has been archived.
CREATE TABLE operation_key (
    caller           text        NOT NULL,
    request_id       text        NOT NULL,
    fingerprint      bytea       NOT NULL,
    operation_id     text        NOT NULL,
    operation_number bigint      NOT NULL,
    created_at       timestamptz NOT NULL,
    hold_id          text        NOT NULL,
    currency         text        NOT NULL,
    available_minor  bigint      NOT NULL,
    held_minor       bigint      NOT NULL,
    balance_version  bigint      NOT NULL,
    CONSTRAINT operation_key_pkey PRIMARY KEY (caller, request_id)
);

-- +goose StatementBegin
CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % of % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON operation FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON entry FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON operation_key FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON operation FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON operation_key FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON operation_default FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON entry_default FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

-- close_partition takes away every right on one partition that somebody other than the owner has: rows are reached through the parent
-- table, whose rights are checked there. Without it the default privileges would allow UPDATE on the partition itself.
-- +goose StatementBegin
CREATE FUNCTION close_partition(part regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE grantee text;
BEGIN
    FOR grantee IN
        SELECT DISTINCT r.rolname FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
        WHERE c.oid = part AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %I', part, grantee);
    END LOOP;
END $$;
-- +goose StatementEnd

-- ensure_partitions makes the monthly partitions (UTC) from the current month up to the one that holds until, at most 24 months ahead, and
-- returns how many it made. A month that already has rows in the default partition is left there. The table is made beside its parent and then attached, because
-- that lets reads and writes go on. The service calls it; it runs as the owner.
-- +goose StatementBegin
CREATE FUNCTION ensure_partitions(until timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    first date := date_trunc('month', now());
    last  date := date_trunc('month', least(until, now() + interval '24 months'));
    parent text; part text; taken boolean; made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('wallet.ensure_partitions', 0));
    WHILE first <= last LOOP
        FOREACH parent IN ARRAY ARRAY['operation', 'entry'] LOOP
            part := parent || to_char(first, '_YYYY_MM');
            CONTINUE WHEN to_regclass(part) IS NOT NULL;
            EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE created_at >= %L AND created_at < %L)',
                parent || '_default', first::timestamptz, (first + interval '1 month')::timestamptz) INTO taken;
            IF taken THEN
                RAISE WARNING 'rows of % lie in the default partition of %', to_char(first, 'YYYY-MM'), parent;
                CONTINUE;
            END IF;
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part,
                first::timestamptz, (first + interval '1 month')::timestamptz);
            EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()', part);
            PERFORM close_partition(part::regclass);
            made := made + 1;
        END LOOP;
        first := first + interval '1 month';
    END LOOP;
    RETURN made;
END $$;
-- +goose StatementEnd

-- The runtime role can add to the ledger and read it, and can change only what an operation changes.
-- +goose StatementBegin
DO $$
DECLARE role text := current_setting('pitboss.runtime_role');
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON operation, entry, operation_key FROM %I', role);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON account, hold FROM %I', role);
    EXECUTE format('GRANT UPDATE (balance_minor, version) ON account TO %I', role);
    EXECUTE format('GRANT UPDATE (state, closed_at) ON hold TO %I', role);
    REVOKE ALL ON FUNCTION ensure_partitions(timestamptz), close_partition(regclass) FROM PUBLIC;
    EXECUTE format('GRANT EXECUTE ON FUNCTION ensure_partitions(timestamptz) TO %I', role);
    PERFORM close_partition('operation_default');
    PERFORM close_partition('entry_default');
    PERFORM ensure_partitions(now() + interval '2 months');
END $$;
-- +goose StatementEnd
