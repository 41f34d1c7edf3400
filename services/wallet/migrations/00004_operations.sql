-- Bonus money, debts and every other operation; one row for both sides of a player's account, so that an operation locks and changes one row of
-- its player and not two or more; usage of the running quarter of an hour in that row too.

-- +goose Up

-- A player's account has a free side (id, balance_minor) and a held side (held_id, held_minor): cash with held cash, a bonus pool with what is held
-- of it. Both ids are accounts to the ledger's entries; ledger_account lists them one by one.
ALTER TABLE account DROP CONSTRAINT account_kind, DROP CONSTRAINT account_player_not_negative, DROP CONSTRAINT account_player_not_striped,
    DROP CONSTRAINT account_staked;
ALTER TABLE account
    ADD COLUMN pool             text     NOT NULL DEFAULT '', -- grant whose money it is; bonus accounts only
    ADD COLUMN held_id          bigint,
    ADD COLUMN held_minor       bigint   NOT NULL DEFAULT 0,
    -- Bonus accounts: 0 while the pool is open; afterwards where money goes that comes back late: 1 to cash, 2 it is discarded.
    ADD COLUMN late_to          smallint NOT NULL DEFAULT 0,
    -- Cash accounts: what the player's bonus pools in this currency hold together, and what the player owes (the receivable account's balance negated).
    ADD COLUMN bonus_minor      bigint   NOT NULL DEFAULT 0,
    ADD COLUMN held_bonus_minor bigint   NOT NULL DEFAULT 0,
    ADD COLUMN owed_minor       bigint   NOT NULL DEFAULT 0,
    -- Cash accounts: usage of the slot usage_slot, which is not in guard_usage yet. A guard's counter does not contain it either.
    ADD COLUMN usage_slot       bigint   NOT NULL DEFAULT 0,
    ADD COLUMN used_stake       bigint   NOT NULL DEFAULT 0,
    ADD COLUMN used_net_loss    bigint   NOT NULL DEFAULT 0,
    ADD COLUMN used_deposit     bigint   NOT NULL DEFAULT 0,
    ADD COLUMN used_net_deposit bigint   NOT NULL DEFAULT 0,
    ADD COLUMN used_withdrawal  bigint   NOT NULL DEFAULT 0;
UPDATE account c SET held_id = h.id, held_minor = h.balance_minor, staked_minor = h.staked_minor
FROM account h WHERE c.kind = 1 AND h.kind = 2 AND h.owner = c.owner AND h.currency = c.currency;
DELETE FROM account WHERE kind = 2;
UPDATE account SET held_id = nextval(pg_get_serial_sequence('account', 'id')) WHERE kind = 1 AND held_id IS NULL;
ALTER TABLE account DROP CONSTRAINT account_name_key;
ALTER TABLE account
    ADD CONSTRAINT account_name_key UNIQUE (owner, currency, kind, pool, stripe),
    ADD CONSTRAINT account_held_key UNIQUE (held_id),
    -- What every operation could break. Each statement that changes accounts compiles it anew, so what only an insert can break is the trigger below.
    ADD CONSTRAINT account_player_not_negative CHECK (CASE kind
        WHEN 1 THEN balance_minor >= 0 AND held_minor >= 0 AND staked_minor BETWEEN 0 AND held_minor
        WHEN 5 THEN balance_minor >= 0 AND held_minor >= 0
        WHEN 7 THEN balance_minor <= 0
        ELSE true END);

-- Kinds: 1 cash, 3 house, 4 psp, 5 bonus, 7 receivable, 8 bonus_cost, 9 fx, 10 jackpot, 11 provider_bank, 12 adjustment, 13 chargeback; 2 and 6 are the held
-- sides of 1 and 5. What is checked here cannot be changed later: the runtime role has no right to.
-- +goose StatementBegin
CREATE FUNCTION account_is_well_formed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind NOT BETWEEN 1 AND 13 OR NEW.kind IN (2, 6) OR (NEW.kind IN (1, 5)) <> (NEW.held_id IS NOT NULL)
        OR (NEW.kind = 5) <> (NEW.pool <> '') OR NEW.kind IN (1, 5, 7) AND NEW.stripe <> 0 THEN
        RAISE EXCEPTION 'account % % kind % pool % stripe % is malformed', NEW.owner, NEW.currency, NEW.kind, NEW.pool, NEW.stripe
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER well_formed BEFORE INSERT ON account FOR EACH ROW EXECUTE FUNCTION account_is_well_formed();

CREATE VIEW ledger_account AS
SELECT id, owner, currency, kind, pool, stripe, balance_minor, version FROM account
UNION ALL
SELECT held_id, owner, currency, (kind + 1)::smallint, pool, stripe, held_minor, 0::bigint FROM account WHERE kind IN (1, 5);

-- How much of the amount came from which bonus pool, how winnings are split, and what was settled, given back and paid so far. The amounts are of cash
-- and bonus together but for those that say bonus.
ALTER TABLE hold
    ADD COLUMN bonus_minor          bigint   NOT NULL DEFAULT 0,
    ADD COLUMN grant_id             text     NOT NULL DEFAULT '',
    ADD COLUMN win_to               smallint NOT NULL DEFAULT 0, -- 0 nothing is bonus, 1 by the split, 2 all to bonus
    ADD COLUMN settled_minor        bigint   NOT NULL DEFAULT 0,
    ADD COLUMN settled_bonus_minor  bigint   NOT NULL DEFAULT 0,
    ADD COLUMN released_minor       bigint   NOT NULL DEFAULT 0,
    ADD COLUMN released_bonus_minor bigint   NOT NULL DEFAULT 0,
    ADD COLUMN paid_minor           bigint   NOT NULL DEFAULT 0,
    ADD COLUMN paid_bonus_minor     bigint   NOT NULL DEFAULT 0;
UPDATE hold SET settled_minor = amount_minor WHERE state = 2;
UPDATE hold SET released_minor = amount_minor WHERE state = 3;
ALTER TABLE hold DROP CONSTRAINT hold_closed_at, DROP CONSTRAINT hold_amount_minor_check, DROP CONSTRAINT hold_purpose_check,
    DROP CONSTRAINT hold_state_check;
ALTER TABLE hold
    ADD CONSTRAINT hold_parts CHECK (settled_minor >= 0 AND released_minor >= 0 AND settled_minor + released_minor <= amount_minor
        AND settled_bonus_minor >= 0 AND released_bonus_minor >= 0 AND settled_bonus_minor + released_bonus_minor <= bonus_minor
        AND (state = 1) = (closed_at IS NULL) AND (state = 1 OR settled_minor + released_minor = amount_minor));

-- Nearly every hold is changed once, soon after it was made: with half of the page free its new version stays there, and no index is touched.
ALTER TABLE hold SET (fillfactor = 50);

-- What an operation moved, as far as it has one such amount: deposited, reserved, staked; of a hold that it closed, the part. Null stands for the
-- whole hold in operations that are older than this column. detail is walletv1.StoredAnswer in JSON, where there is more to tell.
-- accounts are those of its entries: entries are found by account and number, which saves an index by number alone.
ALTER TABLE operation
    ADD COLUMN accounts     bigint[] NOT NULL DEFAULT '{}',
    ADD COLUMN amount_minor bigint,
    ADD COLUMN payout_minor bigint,
    ADD COLUMN detail       jsonb;
ALTER TABLE operation DISABLE TRIGGER append_only;
UPDATE operation o SET accounts = (SELECT array_agg(DISTINCT e.account_id) FROM entry e
    WHERE e.number >= o.number AND e.number < o.number + o.entry_count AND e.created_at = o.created_at)
WHERE entry_count > 0;
ALTER TABLE operation ENABLE TRIGGER append_only;
ALTER TABLE entry DROP CONSTRAINT entry_pkey;
DROP INDEX entry_account;
ALTER TABLE entry ADD PRIMARY KEY (account_id, number, created_at);
-- For verification, which reads long ranges of numbers; it costs an insert next to nothing.
CREATE INDEX entry_number ON entry USING brin (number) WITH (pages_per_range = 32, autosummarize = on);

-- The key of a request is 16 bytes of a hash, whatever its text is: the index of keys, which never become fewer, has 24 bytes a key and not up to 200.
-- +goose StatementBegin
CREATE FUNCTION request_key(caller text, request_id text) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT encode(substring(sha256(convert_to(caller, 'UTF8') || '\x00'::bytea || convert_to(request_id, 'UTF8')) FROM 1 FOR 16), 'hex')::uuid
$$;
-- +goose StatementEnd
ALTER TABLE operation_key DISABLE TRIGGER append_only;
ALTER TABLE operation_key ADD COLUMN key uuid, ADD COLUMN detail bytea; -- detail is walletv1.StoredAnswer, as answered
UPDATE operation_key SET key = request_key(caller, request_id);
ALTER TABLE operation_key ENABLE TRIGGER append_only;
ALTER TABLE operation_key DROP CONSTRAINT operation_key_pkey, DROP COLUMN caller, DROP COLUMN request_id;
ALTER TABLE operation_key ALTER COLUMN key SET NOT NULL, ADD CONSTRAINT operation_key_pkey PRIMARY KEY (key);

-- Kind 10 is a maximum of one stake that bonus money pays a part of. A limit's used_minor is the sum of guard_usage alone; oldest_slot is the
-- first slot of the window that was used.
ALTER TABLE guard DROP CONSTRAINT guard_kind_check, DROP CONSTRAINT guard_check, DROP CONSTRAINT guard_check2;
ALTER TABLE guard
    ADD COLUMN oldest_slot bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT guard_kind CHECK (kind BETWEEN 1 AND 10),
    ADD CONSTRAINT guard_windowed CHECK ((guard_window BETWEEN 1 AND 6) = (kind <= 5) AND guard_window >= 0),
    ADD CONSTRAINT guard_currency CHECK ((currency <> '') = (kind <= 6 OR kind = 10));

-- A change of a balance by people: one asks, another one decides. State: 1 asked, 2 approved, 3 posted, 4 rejected, 5 refused by the ledger.
CREATE TABLE adjustment (
    id           text        PRIMARY KEY,
    player_id    text        NOT NULL,
    currency     text        NOT NULL,
    amount_minor bigint      NOT NULL CHECK (amount_minor <> 0),
    target       smallint    NOT NULL CHECK (target IN (1, 2)),       -- 1 cash, 2 the player's debt
    source       smallint    NOT NULL CHECK (source IN (1, 2)),       -- account on the other side: 1 adjustment, 2 chargeback
    reason       text        NOT NULL,
    request_key  uuid        NOT NULL,
    state        smallint    NOT NULL CHECK (state BETWEEN 1 AND 5),
    requested_by text        NOT NULL,
    requested_at timestamptz NOT NULL,
    decided_by   text        NOT NULL DEFAULT '',
    decided_at   timestamptz,
    note         text        NOT NULL DEFAULT '',
    operation_id text        NOT NULL DEFAULT '',
    refusal      text        NOT NULL DEFAULT '',
    CONSTRAINT adjustment_request_key UNIQUE (request_key),
    CONSTRAINT adjustment_two_people CHECK (decided_by <> requested_by OR state = 4),
    CONSTRAINT adjustment_decided CHECK ((state = 1) = (decided_at IS NULL))
);
CREATE INDEX adjustment_player ON adjustment (player_id, id);
CREATE INDEX adjustment_state ON adjustment (state, id) WHERE state IN (1, 2);

-- +goose StatementBegin
DO $$
DECLARE role text := current_setting('pitboss.runtime_role');
BEGIN
    EXECUTE format('GRANT UPDATE (held_minor, bonus_minor, held_bonus_minor, owed_minor, late_to, usage_slot, used_stake, used_net_loss, used_deposit,
        used_net_deposit, used_withdrawal) ON account TO %I', role);
    EXECUTE format('GRANT UPDATE (settled_minor, settled_bonus_minor, released_minor, released_bonus_minor, paid_minor, paid_bonus_minor) ON hold TO %I', role);
    EXECUTE format('GRANT SELECT ON ledger_account TO %I', role);
    EXECUTE format('GRANT USAGE ON SEQUENCE %s TO %I', pg_get_serial_sequence('account', 'id'), role);
    EXECUTE format('REVOKE DELETE, TRUNCATE ON adjustment FROM %I', role);
END $$;
-- +goose StatementEnd
