-- What is known to be right: checks of the ledger, checkpoints to go on from, and months that were taken out of the ledger's tables.

-- +goose Up

-- A check that the wallet made of itself. Kinds and violations are those of walletv1.LedgerCheck; the fingerprint names the set of violations.
CREATE TABLE ledger_check (
    id                text        PRIMARY KEY,
    kind              smallint    NOT NULL CHECK (kind IN (1, 2)),
    started_at        timestamptz NOT NULL,
    finished_at       timestamptz NOT NULL,
    ok                boolean     NOT NULL,
    since_number      bigint      NOT NULL,
    checkpoint_number bigint      NOT NULL,
    operations        bigint      NOT NULL,
    entries           bigint      NOT NULL,
    accounts          bigint      NOT NULL,
    holds             bigint      NOT NULL,
    violation_count   bigint      NOT NULL,
    violations        jsonb       NOT NULL,
    fingerprint       text        NOT NULL,
    frozen_players    text[]      NOT NULL,
    CONSTRAINT ledger_check_ok CHECK (ok = (violation_count = 0))
);
CREATE INDEX ledger_check_started_at ON ledger_check (started_at, id);

-- A number up to which the ledger was proven. One that is not complete was left by a check on its way: balances up to it were followed and every
-- operation up to it is whole, but what only all of the ledger can tell was not asked yet.
CREATE TABLE ledger_checkpoint (
    number          bigint      NOT NULL,
    complete        boolean     NOT NULL,
    kind            smallint    NOT NULL CHECK (kind IN (1, 2)),
    since_number    bigint      NOT NULL, -- checkpoint it goes on from; 0 for the beginning
    created_at      timestamptz NOT NULL,
    outbox_position bigint      NOT NULL, -- operations behind number have their events behind this
    operations      bigint      NOT NULL, -- totals from the beginning of the ledger to number
    entries         bigint      NOT NULL,
    currencies      jsonb       NOT NULL, -- by currency: entries, player_funds_minor
    CONSTRAINT ledger_checkpoint_pkey PRIMARY KEY (number, complete, kind)
);

-- Accounts at a checkpoint: only those that changed since the checkpoint before it, so an account at a checkpoint is its newest row up to the
-- checkpoint's number.
CREATE TABLE ledger_checkpoint_account (
    account_id    bigint NOT NULL,
    number        bigint NOT NULL,
    balance_minor bigint NOT NULL,
    version       bigint NOT NULL,
    last_number   bigint NOT NULL,
    entries       bigint NOT NULL,
    CONSTRAINT ledger_checkpoint_account_pkey PRIMARY KEY (account_id, number)
);

-- Months that were taken out of operation and entry, and back: the last row of a month says where it is now.
CREATE TABLE ledger_archive (
    id                bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    month             date        NOT NULL,
    attached          boolean     NOT NULL,
    at                timestamptz NOT NULL DEFAULT now(),
    by                text        NOT NULL DEFAULT session_user,
    last_number       bigint      NOT NULL,
    operations        bigint      NOT NULL,
    entries           bigint      NOT NULL,
    checkpoint_number bigint      NOT NULL, -- first complete checkpoint behind every number of the month
    CONSTRAINT ledger_archive_month CHECK (extract(day FROM month) = 1)
);
CREATE VIEW ledger_archived AS
    SELECT * FROM (SELECT DISTINCT ON (month) * FROM ledger_archive ORDER BY month, id DESC) newest WHERE NOT attached;

-- +goose StatementBegin
DO $$
DECLARE name text; role text := current_setting('pitboss.runtime_role');
BEGIN
    FOREACH name IN ARRAY ARRAY['ledger_check', 'ledger_checkpoint', 'ledger_checkpoint_account', 'ledger_archive'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only()', name);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()', name);
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM %I', name, role);
    END LOOP;
    EXECUTE format('REVOKE INSERT ON ledger_archive FROM %I', role);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON ledger_archived FROM %I', role);
END $$;
-- +goose StatementEnd

-- month_part is the name of a month's partition.
-- +goose StatementBegin
CREATE FUNCTION month_part(parent text, month date) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT parent || to_char(month, '_YYYY_MM') $$;
-- +goose StatementEnd

-- make_partition makes one month's partitions (UTC) that are missing and returns how many it made. A month that already has rows in the default partition is
-- left there. A table is made beside its parent and then attached, because that lets reads and writes go on.
-- +goose StatementBegin
CREATE FUNCTION make_partition(month date) RETURNS integer LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    since timestamptz := date_trunc('month', month);
    until timestamptz := date_trunc('month', month) + interval '1 month';
    parent text; part text; taken boolean; made integer := 0;
BEGIN
    FOREACH parent IN ARRAY ARRAY['operation', 'entry'] LOOP
        part := month_part(parent, month);
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE created_at >= %L AND created_at < %L)', parent || '_default', since, until) INTO taken;
        IF taken THEN
            RAISE WARNING 'rows of % lie in the default partition of %', to_char(month, 'YYYY-MM'), parent;
            CONTINUE;
        END IF;
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, since, until);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()', part);
        PERFORM close_partition(part::regclass);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
-- +goose StatementEnd

-- ensure_partitions makes the partitions from the current month up to the one that holds until, at most 24 months ahead, and returns how many
-- it made. It waits only a moment for its locks, because those who come after it wait too, and a verification holds them for long; the
-- next try is soon enough, months are made two months ahead.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION ensure_partitions(until timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '1s' AS $$
DECLARE
    first date := date_trunc('month', now());
    last  date := date_trunc('month', least(until, now() + interval '24 months'));
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('wallet.ensure_partitions', 0));
    WHILE first <= last LOOP
        made := made + make_partition(first);
        first := first + interval '1 month';
    END LOOP;
    RETURN made;
END $$;
-- +goose StatementEnd

-- is_attached tells whether a month's table is a partition of its parent now.
-- +goose StatementBegin
CREATE FUNCTION is_attached(parent text, month date) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM pg_inherits WHERE inhparent = to_regclass(parent) AND inhrelid = to_regclass(month_part(parent, month)))
$$;
-- +goose StatementEnd

-- detach_partition takes a month out of operation and entry, for archiving, and answers the number of the checkpoint that stands for it. The
-- tables stay, as closed as they were. It refuses a month that is less than three months old, that has anything older beside it (so that what is
-- archived is always everything before one moment), or that no complete checkpoint covers. Rows are counted before the lock is asked for.
-- +goose StatementBegin
CREATE FUNCTION detach_partition(month date) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE
    first date := date_trunc('month', month);
    until timestamptz := date_trunc('month', month) + interval '1 month';
    operations bigint; entries bigint; last_op bigint; last_entry bigint; again bigint; covered bigint; older boolean; parent text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('wallet.ensure_partitions', 0));
    IF first > date_trunc('month', now()) - interval '3 months' THEN
        RAISE EXCEPTION 'the month % is less than three months old', to_char(first, 'YYYY-MM') USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    IF NOT is_attached('operation', first) OR NOT is_attached('entry', first) THEN
        RAISE EXCEPTION 'the month % is not attached', to_char(first, 'YYYY-MM') USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    SELECT EXISTS (SELECT FROM operation WHERE created_at < first) OR EXISTS (SELECT FROM entry WHERE created_at < first)
        OR EXISTS (SELECT FROM operation_default WHERE created_at < until) OR EXISTS (SELECT FROM entry_default WHERE created_at < until) INTO older;
    IF older THEN
        RAISE EXCEPTION 'something older than the month % is not archived', to_char(first, 'YYYY-MM') USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    EXECUTE format('SELECT count(*), coalesce(max(number), 0) FROM %I', month_part('operation', first)) INTO operations, last_op;
    EXECUTE format('SELECT count(*), coalesce(max(number), 0) FROM %I', month_part('entry', first)) INTO entries, last_entry;
    SELECT min(number) FROM ledger_checkpoint WHERE complete AND number >= greatest(last_op, last_entry) INTO covered;
    IF covered IS NULL THEN
        RAISE EXCEPTION 'no complete checkpoint lies behind the month %', to_char(first, 'YYYY-MM') USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    FOREACH parent IN ARRAY ARRAY['operation', 'entry'] LOOP
        EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, month_part(parent, first));
        -- What was cloned from the parent goes with the bond to it.
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only()', month_part(parent, first));
        EXECUTE format('SELECT coalesce(max(number), 0) FROM %I', month_part(parent, first)) INTO again;
        IF again <> (CASE parent WHEN 'operation' THEN last_op ELSE last_entry END) THEN
            RAISE EXCEPTION 'the month % is still being written', to_char(first, 'YYYY-MM') USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
    END LOOP;
    INSERT INTO ledger_archive (month, attached, last_number, operations, entries, checkpoint_number)
    VALUES (first, false, greatest(last_op, last_entry), operations, entries, covered);
    RETURN covered;
END $$;
-- +goose StatementEnd

-- attach_partition brings an archived month back; only the newest of them, so that what stays archived is everything before one moment.
-- +goose StatementBegin
CREATE FUNCTION attach_partition(month date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE
    first date := date_trunc('month', month); was ledger_archived; parent text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('wallet.ensure_partitions', 0));
    SELECT * FROM ledger_archived ORDER BY ledger_archived.month DESC LIMIT 1 INTO was;
    IF was.month IS DISTINCT FROM first THEN
        RAISE EXCEPTION 'the month % is not the newest that is archived', to_char(first, 'YYYY-MM') USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    FOREACH parent IN ARRAY ARRAY['operation', 'entry'] LOOP
        EXECUTE format('DROP TRIGGER append_only ON %I', month_part(parent, first)); -- it comes with the bond to the parent
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, month_part(parent, first),
            first::timestamptz, (first + interval '1 month')::timestamptz);
    END LOOP;
    INSERT INTO ledger_archive (month, attached, last_number, operations, entries, checkpoint_number)
    VALUES (first, true, was.last_number, was.operations, was.entries, was.checkpoint_number);
END $$;
-- +goose StatementEnd

-- ledger_partitions lists the ledger's months with their size on disk. Rows are the server's estimate for attached months, -1 where it has none, and
-- exact for archived ones and for the default partition (month null), where none are expected.
-- +goose StatementBegin
CREATE FUNCTION ledger_partitions() RETURNS TABLE (month date, attached boolean, operations bigint, entries bigint, bytes bigint, checkpoint_number bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
    SELECT to_date(right(o.relname, 7), 'YYYY_MM'), i.inhrelid IS NOT NULL,
           coalesce(a.operations, o.reltuples::bigint), coalesce(a.entries, e.reltuples::bigint),
           pg_total_relation_size(o.oid) + pg_total_relation_size(e.oid), coalesce(a.checkpoint_number, 0)
    FROM pg_class o
    JOIN pg_class e ON e.relname = 'entry' || right(o.relname, 8) AND e.relnamespace = o.relnamespace
    LEFT JOIN pg_inherits i ON i.inhrelid = o.oid
    LEFT JOIN ledger_archived a ON month_part('operation', a.month) = o.relname
    WHERE o.relnamespace = 'public'::regnamespace AND o.relkind = 'r' AND o.relname ~ '^operation_\d{4}_\d{2}$'
    UNION ALL
    SELECT NULL, true, (SELECT count(*) FROM operation_default), (SELECT count(*) FROM entry_default),
           pg_total_relation_size('operation_default') + pg_total_relation_size('entry_default'), 0
    ORDER BY 1
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
DECLARE role text := current_setting('pitboss.runtime_role');
BEGIN
    REVOKE ALL ON FUNCTION make_partition(date), detach_partition(date), attach_partition(date), ledger_partitions() FROM PUBLIC;
    EXECUTE format('GRANT EXECUTE ON FUNCTION detach_partition(date), attach_partition(date), ledger_partitions() TO %I', role);
END $$;
-- +goose StatementEnd
