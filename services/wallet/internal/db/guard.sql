-- Guards. The first two are sent in the round trips of a batch (commit.go), the others belong to the guards' own RPCs and tasks.

-- name: LoadGuards :many
-- Used by the first round trip, after the locks: the guards of the batch's players that hold now, in no order: asked for one, the planner may read all
-- guards of all players by their ids; OFFSET 0 keeps it from joining the other way round. Served by guard_rule_key.
SELECT g.id, g.player_id, g.kind, g.layer, g.guard_window, g.time_zone, g.currency, g.maximum_minor, g.reason, g.expires_at, g.set_at, g.set_by,
       g.used_minor, g.from_slot, g.hits, g.hit_at, g.window_end, g.oldest_slot
FROM (SELECT unnest(@players::text[]) AS player_id) p
CROSS JOIN LATERAL (SELECT * FROM guard o WHERE o.player_id = p.player_id OFFSET 0) g
WHERE g.expires_at IS NULL OR g.expires_at > @now::timestamptz;

-- name: MoveGuards :many
-- Used with LoadGuards: the limits whose window has moved on since used_minor was written, with the window's first slot and end, what has left it (or, when
-- used_minor is older than usage is kept, all that is in it) and the oldest slot in it that was used. There are none for most batches: a limit is moved
-- once in a quarter of an hour, or once in its calendar window, which is when time zones are computed with. Served by guard_rule_key,
-- account_name_key and guard_usage_pkey.
SELECT g.id, w.first_slot::bigint AS first_slot, (w.first_slot - g.from_slot > @kept_slots::bigint)::boolean AS recount,
       coalesce((SELECT fit_bigint(sum(usage_of(g.kind, u))) FROM guard_usage u WHERE u.account_id = a.id
           AND u.slot >= CASE WHEN w.first_slot - g.from_slot > @kept_slots::bigint THEN w.first_slot ELSE g.from_slot END
           AND (u.slot < w.first_slot OR w.first_slot - g.from_slot > @kept_slots::bigint)), 0)::bigint AS moved_minor,
       coalesce(guard_end(g.guard_window, g.time_zone, @now::timestamptz), g.window_end)::timestamptz AS window_end,
       coalesce((SELECT min(o.slot) FROM guard_usage o WHERE o.account_id = a.id AND o.slot >= w.first_slot), 0)::bigint AS oldest_slot
FROM (SELECT unnest(@players::text[]) AS player_id) p
CROSS JOIN LATERAL (SELECT * FROM guard o WHERE o.player_id = p.player_id OFFSET 0) g
CROSS JOIN LATERAL (SELECT guard_slot(g.guard_window, g.time_zone, @now::timestamptz) AS first_slot OFFSET 0) w
LEFT JOIN account a ON a.owner = g.player_id AND a.currency = g.currency AND a.kind = 1 AND a.pool = '' AND a.stripe = 0
WHERE g.kind <= 5 AND (g.expires_at IS NULL OR g.expires_at > @now::timestamptz)
  AND CASE g.guard_window WHEN 1 THEN g.from_slot < sqlc.arg(now_slot)::bigint - 96 WHEN 2 THEN g.from_slot < sqlc.arg(now_slot)::bigint - 672
      WHEN 3 THEN g.from_slot < sqlc.arg(now_slot)::bigint - 2880 ELSE g.window_end <= @now::timestamptz END;

-- name: UpdateGuards :exec
-- Used by the second round trip for limits whose window moved or to which a finished slot was added, and guards whose refusal it tells. Served by guard_pkey.
UPDATE guard AS g SET used_minor = v.used_minor, from_slot = v.from_slot, window_end = v.window_end, oldest_slot = v.oldest_slot, hits = v.hits,
    hit_at = CASE WHEN v.hits > g.hits THEN @now::timestamptz ELSE g.hit_at END
FROM (SELECT unnest(@ids::text[]) AS id, unnest(@used::bigint[]) AS used_minor, unnest(@from_slots::bigint[]) AS from_slot,
             unnest(@window_ends::timestamptz[]) AS window_end, unnest(@oldest_slots::bigint[]) AS oldest_slot, unnest(@hits::bigint[]) AS hits) v
WHERE g.id = v.id;

-- name: AddUsage :exec
-- Used by the second round trip: slots that are over, and voids of what was staked in one. One row per account and slot. Served by guard_usage_pkey.
INSERT INTO guard_usage AS u (account_id, slot, stake_minor, net_loss_minor, deposit_minor, net_deposit_minor, withdrawal_minor)
SELECT unnest(@account_ids::bigint[]), unnest(@slots::bigint[]), unnest(@stakes::bigint[]), unnest(@net_losses::bigint[]),
    unnest(@deposits::bigint[]), unnest(@net_deposits::bigint[]), unnest(@withdrawals::bigint[])
ON CONFLICT (account_id, slot) DO UPDATE SET
    stake_minor = fit_bigint(u.stake_minor::numeric + EXCLUDED.stake_minor),
    net_loss_minor = fit_bigint(u.net_loss_minor::numeric + EXCLUDED.net_loss_minor),
    deposit_minor = fit_bigint(u.deposit_minor::numeric + EXCLUDED.deposit_minor),
    net_deposit_minor = fit_bigint(u.net_deposit_minor::numeric + EXCLUDED.net_deposit_minor),
    withdrawal_minor = fit_bigint(u.withdrawal_minor::numeric + EXCLUDED.withdrawal_minor);

-- name: LockPlayer :many
-- Used before guards change: the player's cash accounts, in id order like every lock on accounts, so that no operation is half-way through.
-- Served by account_name_key.
SELECT id, currency FROM account
WHERE owner = @player_id AND kind = 1 AND pool = '' AND stripe = 0
ORDER BY id
FOR UPDATE;

-- name: StakedOf :many
-- Used when guards are listed: what open bets of a player hold and what was used in the running slot, by currency. Served by account_name_key.
SELECT currency, staked_minor, usage_slot, used_stake, used_net_loss, used_deposit, used_net_deposit, used_withdrawal FROM account
WHERE owner = @player_id AND kind = 1 AND pool = '' AND stripe = 0;

-- name: FindGuard :one
-- Used by SetGuard, under LockPlayer: the guard of the same rule. Served by guard_rule_key.
SELECT * FROM guard
WHERE player_id = @player_id AND kind = @kind AND layer = @layer AND currency = @currency AND guard_window = @guard_window;

-- name: GetGuard :one
-- Used by LoosenGuard and ClearGuard, under LockPlayer. Served by guard_pkey.
SELECT * FROM guard
WHERE id = @id AND player_id = @player_id;

-- name: PutGuard :exec
-- Used by SetGuard and LoosenGuard, under LockPlayer. A limit counts what was used in the window before it was set. Served by guard_pkey and guard_usage_pkey.
INSERT INTO guard (id, player_id, kind, layer, guard_window, time_zone, currency, maximum_minor, reason, expires_at, set_at, set_by, used_minor, from_slot, window_end, oldest_slot)
SELECT @id::text, @player_id::text, @kind::smallint, @layer::smallint, @guard_window::smallint, @time_zone::text, @currency::text,
    @maximum_minor::bigint, @reason::text, sqlc.narg('expires_at')::timestamptz, @now::timestamptz, @set_by::text,
    coalesce((SELECT fit_bigint(sum(usage_of(@kind::smallint, u))) FROM guard_usage u WHERE u.account_id = @account_id::bigint
        AND u.slot >= guard_slot(@guard_window::smallint, @time_zone::text, @now::timestamptz)), 0),
    coalesce(guard_slot(@guard_window::smallint, @time_zone::text, @now::timestamptz), 0),
    coalesce(guard_end(@guard_window::smallint, @time_zone::text, @now::timestamptz), to_timestamp(0)),
    coalesce((SELECT min(o.slot) FROM guard_usage o WHERE o.account_id = @account_id::bigint
        AND o.slot >= guard_slot(@guard_window::smallint, @time_zone::text, @now::timestamptz)), 0)
ON CONFLICT (id) DO UPDATE SET time_zone = EXCLUDED.time_zone, maximum_minor = EXCLUDED.maximum_minor, reason = EXCLUDED.reason,
    expires_at = EXCLUDED.expires_at, set_at = EXCLUDED.set_at, set_by = EXCLUDED.set_by, used_minor = EXCLUDED.used_minor,
    from_slot = EXCLUDED.from_slot, window_end = EXCLUDED.window_end, oldest_slot = EXCLUDED.oldest_slot;

-- name: DeleteGuard :exec
-- Used by ClearGuard, under LockPlayer. Served by guard_pkey.
DELETE FROM guard WHERE id = @id;

-- name: KnownTimeZone :one
-- Used by SetGuard: whether the database knows the name, because it is the database that computes with it.
SELECT is_time_zone(@time_zone::text)::boolean AS known;

-- name: PruneUsage :execrows
-- Used by the daily task: usage that no window reaches any more, some rows at a time. Served by guard_usage_slot.
DELETE FROM guard_usage
WHERE (account_id, slot) IN (SELECT u.account_id, u.slot FROM guard_usage u WHERE u.slot < @before::bigint LIMIT @most::int);
