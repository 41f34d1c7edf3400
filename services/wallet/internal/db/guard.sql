-- Guards. The first two are sent in the round trips of a batch (commit.go), the others belong to the guards' own RPCs and tasks.

-- name: LoadGuards :many
-- Used by the first round trip, after the locks: the guards of the batch's players that hold now, with the account that counts for a limit, the
-- first slot of the window, what has left the window since used_minor was written (or, when that is older than usage is kept, the
-- whole usage instead), the window's end and the oldest slot in it. What costs is in a CASE: time zones are computed with only when a calendar window
-- has ended, usage is summed only when the window has moved. OFFSET 0 keeps the first slot from being computed wherever it is used.
-- Served by guard_rule_key, account_name_key and guard_usage_pkey.
SELECT g.id, g.player_id, g.kind, g.layer, g.guard_window, g.time_zone, g.currency, g.maximum_minor, g.reason, g.expires_at, g.set_at, g.set_by,
       g.used_minor, g.from_slot, g.hits, g.hit_at,
       w.first_slot::bigint AS first_slot,
       (w.first_slot - g.from_slot > @kept_slots::bigint)::boolean AS recount,
       coalesce(CASE
           WHEN w.first_slot - g.from_slot > @kept_slots::bigint THEN
               (SELECT fit_bigint(sum(usage_of(g.kind, u))) FROM guard_usage u WHERE u.account_id = a.id AND u.slot >= w.first_slot)
           WHEN w.first_slot > g.from_slot THEN
               (SELECT fit_bigint(sum(usage_of(g.kind, u))) FROM guard_usage u
                WHERE u.account_id = a.id AND u.slot >= g.from_slot AND u.slot < w.first_slot)
       END, 0)::bigint AS moved_minor,
       CASE WHEN g.guard_window >= 4 AND g.window_end <= @now::timestamptz THEN guard_end(g.guard_window, g.time_zone, @now::timestamptz)
           ELSE g.window_end END::timestamptz AS window_end,
       coalesce(CASE WHEN g.guard_window BETWEEN 1 AND 3 THEN
           (SELECT min(o.slot) FROM guard_usage o WHERE o.account_id = a.id AND o.slot >= w.first_slot) END, 0)::bigint AS oldest_slot
FROM guard g
LEFT JOIN LATERAL (SELECT (CASE
    WHEN g.kind > 5 THEN 0
    WHEN g.guard_window = 1 THEN sqlc.arg(now_slot)::bigint - 96
    WHEN g.guard_window = 2 THEN sqlc.arg(now_slot)::bigint - 672
    WHEN g.guard_window = 3 THEN sqlc.arg(now_slot)::bigint - 2880
    WHEN g.window_end > @now::timestamptz THEN g.from_slot
    ELSE guard_slot(g.guard_window, g.time_zone, @now::timestamptz) END)::bigint AS first_slot
    OFFSET 0) w ON true
LEFT JOIN account a ON g.kind <= 5 AND a.owner = g.player_id AND a.currency = g.currency AND a.kind = 1 AND a.stripe = 0
WHERE g.player_id = ANY(@players::text[]) AND (g.expires_at IS NULL OR g.expires_at > @now::timestamptz)
ORDER BY g.id;

-- name: UpdateGuards :exec
-- Used by the second round trip for limits that the batch counted on and guards whose refusal it tells. Served by guard_pkey.
UPDATE guard AS g SET used_minor = v.used_minor, from_slot = v.from_slot, window_end = v.window_end, hits = v.hits,
    hit_at = CASE WHEN v.hits > g.hits THEN @now::timestamptz ELSE g.hit_at END
FROM (SELECT unnest(@ids::text[]) AS id, unnest(@used::bigint[]) AS used_minor, unnest(@from_slots::bigint[]) AS from_slot,
             unnest(@window_ends::timestamptz[]) AS window_end, unnest(@hits::bigint[]) AS hits) v
WHERE g.id = v.id;

-- name: AddUsage :exec
-- Used by the second round trip: what the batch's operations add to the usage of their slots. One row per account and slot. Served by guard_usage_pkey.
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
WHERE owner = @player_id AND kind = 1 AND stripe = 0
ORDER BY id
FOR UPDATE;

-- name: StakedOf :many
-- Used when guards are listed: what open bets of a player hold, by currency. Served by account_name_key.
SELECT currency, staked_minor FROM account
WHERE owner = @player_id AND kind = 2 AND stripe = 0;

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
INSERT INTO guard (id, player_id, kind, layer, guard_window, time_zone, currency, maximum_minor, reason, expires_at, set_at, set_by, used_minor, from_slot, window_end)
SELECT @id::text, @player_id::text, @kind::smallint, @layer::smallint, @guard_window::smallint, @time_zone::text, @currency::text,
    @maximum_minor::bigint, @reason::text, sqlc.narg('expires_at')::timestamptz, @now::timestamptz, @set_by::text,
    coalesce((SELECT fit_bigint(sum(usage_of(@kind::smallint, u))) FROM guard_usage u WHERE u.account_id = @account_id::bigint
        AND u.slot >= guard_slot(@guard_window::smallint, @time_zone::text, @now::timestamptz)), 0),
    coalesce(guard_slot(@guard_window::smallint, @time_zone::text, @now::timestamptz), 0),
    coalesce(guard_end(@guard_window::smallint, @time_zone::text, @now::timestamptz), to_timestamp(0))
ON CONFLICT (id) DO UPDATE SET time_zone = EXCLUDED.time_zone, maximum_minor = EXCLUDED.maximum_minor, reason = EXCLUDED.reason,
    expires_at = EXCLUDED.expires_at, set_at = EXCLUDED.set_at, set_by = EXCLUDED.set_by, used_minor = EXCLUDED.used_minor,
    from_slot = EXCLUDED.from_slot, window_end = EXCLUDED.window_end;

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
