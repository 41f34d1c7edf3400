-- Guards: limits, maximum stakes and restrictions, kept in the commit of each operation. Usage is counted from this migration on.

-- +goose Up

-- The part of a held_cash balance that open bets hold; the rest is held for withdrawals. It is changed with the balance, under its lock.
ALTER TABLE account ADD COLUMN staked_minor bigint NOT NULL DEFAULT 0;
UPDATE account a SET staked_minor = h.total
FROM (SELECT player_id, currency, sum(amount_minor)::bigint AS total FROM hold WHERE state = 1 AND purpose = 1 GROUP BY player_id, currency) h
WHERE a.owner = h.player_id AND a.currency = h.currency AND a.kind = 2 AND a.stripe = 0;
ALTER TABLE account ADD CONSTRAINT account_staked CHECK (staked_minor >= 0 AND (kind = 2 OR staked_minor = 0)) NOT VALID;

-- One rule about one player. Kinds 1 to 5 are limits, 6 is a maximum single stake, 7 to 9 are restrictions (walletv1.GuardKind). For limits, used_minor is
-- what guard_usage sums to from from_slot on: when the window moves on, what leaves it is subtracted, so no operation sums a whole window.
-- set_at and expires_at are never in an index with used_minor, and the page has room, so counting updates stay inside it.
CREATE TABLE guard (
    id            text        PRIMARY KEY,
    player_id     text        NOT NULL,
    kind          smallint    NOT NULL CHECK (kind BETWEEN 1 AND 9),
    layer         smallint    NOT NULL CHECK (layer BETWEEN 1 AND 4),
    guard_window  smallint    NOT NULL CHECK ((guard_window BETWEEN 1 AND 6) = (kind <= 5) AND guard_window >= 0),
    time_zone     text        NOT NULL CHECK ((time_zone <> '') = (guard_window >= 4)),
    currency      text        NOT NULL CHECK ((currency <> '') = (kind <= 6)),
    maximum_minor bigint      NOT NULL CHECK (maximum_minor >= 0),
    reason        text        NOT NULL,
    expires_at    timestamptz,
    set_at        timestamptz NOT NULL,
    set_by        text        NOT NULL,
    used_minor    bigint      NOT NULL DEFAULT 0,
    from_slot     bigint      NOT NULL DEFAULT 0,
    hits          bigint      NOT NULL DEFAULT 0, -- refusals that were told by an event
    hit_at        timestamptz,                    -- when the last of them was
    CONSTRAINT guard_rule_key UNIQUE (player_id, kind, layer, currency, guard_window)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- What a player did in one currency in one quarter of an hour (slot = seconds since 1970 / 900), by the player's cash account. Kept for every
-- player, so that a limit that is set today knows what was used this month. A void is subtracted where the stake was added. Old slots are deleted.
CREATE TABLE guard_usage (
    account_id        bigint NOT NULL,
    slot              bigint NOT NULL,
    stake_minor       bigint NOT NULL,
    net_loss_minor    bigint NOT NULL, -- stakes less winnings of what was settled in the slot
    deposit_minor     bigint NOT NULL,
    net_deposit_minor bigint NOT NULL,
    withdrawal_minor  bigint NOT NULL,
    CONSTRAINT guard_usage_pkey PRIMARY KEY (account_id, slot)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX guard_usage_slot ON guard_usage USING brin (slot);

-- guard_slot is the first slot of a window at a time: rolling windows begin in the slot that holds now less their length.
-- +goose StatementBegin
CREATE FUNCTION guard_slot(guard_window smallint, time_zone text, at timestamptz) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT floor(extract(epoch FROM CASE guard_window
        WHEN 1 THEN at - interval '24 hours'
        WHEN 2 THEN at - interval '168 hours'
        WHEN 3 THEN at - interval '720 hours'
        WHEN 4 THEN date_trunc('day', at, time_zone)
        WHEN 5 THEN date_trunc('week', at, time_zone)
        WHEN 6 THEN date_trunc('month', at, time_zone) END) / 900)::bigint
$$;
-- guard_end is the end of a calendar window at a time; null for the others.
CREATE FUNCTION guard_end(guard_window smallint, time_zone text, at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE guard_window
        WHEN 4 THEN (date_trunc('day', at AT TIME ZONE time_zone) + interval '1 day') AT TIME ZONE time_zone
        WHEN 5 THEN (date_trunc('week', at AT TIME ZONE time_zone) + interval '7 days') AT TIME ZONE time_zone
        WHEN 6 THEN (date_trunc('month', at AT TIME ZONE time_zone) + interval '1 month') AT TIME ZONE time_zone END
$$;
-- usage_of picks the counter of a kind of limit.
CREATE FUNCTION usage_of(kind smallint, u guard_usage) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE kind WHEN 1 THEN u.stake_minor WHEN 2 THEN u.net_loss_minor WHEN 3 THEN u.deposit_minor
        WHEN 4 THEN u.net_deposit_minor WHEN 5 THEN u.withdrawal_minor END
$$;
-- is_time_zone tells whether this is the full name of a time zone.
CREATE FUNCTION is_time_zone(zone text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = zone)
$$;
-- fit_bigint cuts a number to what a balance can be; null stays null, which least and greatest would skip.
CREATE FUNCTION fit_bigint(n numeric) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN n IS NOT NULL THEN least(greatest(n, -9223372036854775807), 9223372036854775807)::bigint END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
DECLARE role text := current_setting('pitboss.runtime_role');
BEGIN
    EXECUTE format('GRANT UPDATE (staked_minor) ON account TO %I', role);
    EXECUTE format('REVOKE TRUNCATE ON guard, guard_usage FROM %I', role);
END $$;
-- +goose StatementEnd
