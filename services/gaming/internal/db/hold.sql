-- TakeHoldCheck: the comparison with the wallet's holds; one replica at a time. One row.
-- name: TakeHoldCheck :one
UPDATE hold_check SET taken_at = @now::timestamptz WHERE taken_at <= @before::timestamptz RETURNING checked_until;

-- FinishHoldCheck: up to when changed rounds were compared. One row.
-- name: FinishHoldCheck :exec
UPDATE hold_check SET checked_until = GREATEST(checked_until, @checked_until::timestamptz);

-- BetsByID: the comparison, from holds to the bets that they name. Primary key.
-- name: BetsByID :many
SELECT * FROM bet WHERE bet_id = ANY(@bet_ids::text[]);

-- BetsOfHolds: the comparison, the bets with a hold in rounds that may be quiet because of it. Index bet_round.
-- name: BetsOfHolds :many
SELECT * FROM bet WHERE round_id = ANY(@round_ids::text[]) AND hold_id <> '';

-- ChangedBets: the comparison, bets with a hold in rounds that changed in a span. Indexes round_touched, bet_round.
-- name: ChangedBets :many
SELECT b.* FROM round r JOIN bet b ON b.round_id = r.round_id
WHERE r.touched_at >= @from_at::timestamptz AND r.touched_at < @until_at::timestamptz AND b.hold_id <> '';

-- ProviderRound: ResolveHold and the comparison; the provider's id of a round of ours. Primary key.
-- name: ProviderRound :one
SELECT provider_round_id FROM round WHERE round_id = @round_id;

-- ForgetAgreed: open findings about open holds are seen by every comparison that comes to its end, unless hold and bet agree again. Index finding_open.
-- name: ForgetAgreed :many
UPDATE finding SET resolved_by = 'schedule', resolution = 'the hold is closed, or has its bet', resolved_at = @now::timestamptz
WHERE kind IN (10, 11) AND resolved_at IS NULL AND last_seen_at < @began::timestamptz
RETURNING finding_id;

-- ResolveHoldFindings: ResolveHold; the findings about a hold are closed with its reason. Index finding_hold.
-- name: ResolveHoldFindings :exec
UPDATE finding SET resolved_by = @resolved_by, resolution = @resolution, resolved_at = @now::timestamptz WHERE hold_id = @hold_id AND hold_id <> '' AND resolved_at IS NULL;

-- HoldFinding: ResolveHold; the newest finding about a hold. Index finding_hold.
-- name: HoldFinding :one
SELECT * FROM finding WHERE hold_id = @hold_id AND hold_id <> '' ORDER BY first_seen_at DESC LIMIT 1;
