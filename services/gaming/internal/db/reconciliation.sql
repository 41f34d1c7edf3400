-- InsertReconciliation: StartReconciliation and the schedule; no row while a run over the same span goes on. Index reconciliation_running.
-- name: InsertReconciliation :execrows
INSERT INTO reconciliation (run_id, integration_id, from_at, until_at, state, started_by, started_at, touched_at)
VALUES (@run_id, @integration_id, @from_at, @until_at, 1, @started_by, @now::timestamptz, @now::timestamptz)
ON CONFLICT (integration_id, from_at, until_at) WHERE state = 1 DO NOTHING;

-- RunningReconciliation: the run that goes on over a span. Index reconciliation_running.
-- name: RunningReconciliation :one
SELECT * FROM reconciliation WHERE integration_id = @integration_id AND from_at = @from_at AND until_at = @until_at AND state = 1;

-- GetReconciliation: the RPC. Primary key.
-- name: GetReconciliation :one
SELECT * FROM reconciliation WHERE run_id = @run_id;

-- TakeReconciliation: the worker; a run that nobody has taken, or whose worker gives no sign of life; one replica at a time. Index reconciliation_running.
-- name: TakeReconciliation :one
UPDATE reconciliation SET touched_at = @now::timestamptz
WHERE run_id = (SELECT r.run_id FROM reconciliation r WHERE r.state = 1 AND (r.touched_at = r.started_at OR r.touched_at <= @before::timestamptz) ORDER BY r.started_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *;

-- TouchReconciliation: the worker, between two pages: progress for who looks, and a sign of life. Primary key.
-- name: TouchReconciliation :exec
UPDATE reconciliation SET touched_at = @now::timestamptz, their_rounds = @their_rounds WHERE run_id = @run_id AND state = 1;

-- FinishReconciliation: the worker. Primary key.
-- name: FinishReconciliation :exec
UPDATE reconciliation SET state = @state, their_rounds = @their_rounds, our_rounds = @our_rounds, matched = @matched, findings = @findings,
    problem = @problem, finished_at = @now::timestamptz, touched_at = @now::timestamptz
WHERE run_id = @run_id AND state = 1;

-- ListReconciliations: newest first. Index reconciliation_newest.
-- name: ListReconciliations :many
SELECT * FROM reconciliation
WHERE (@integration_id::text = '' OR integration_id = @integration_id) AND (started_at, run_id) < (@before_at::timestamptz, @before_id::text)
ORDER BY started_at DESC, run_id DESC LIMIT @max_rows;

-- SaveFinding: the workers; a difference that is open already is seen again, and is not fresh. Index finding_open.
-- name: SaveFinding :one
INSERT INTO finding (finding_id, integration_id, kind, priority, provider_round_id, provider_tx_id, round_id, player_id, ours, theirs, delta_minor, currency,
    run_id, hold_id, first_seen_at, last_seen_at)
VALUES (@finding_id, @integration_id, @kind, @priority, @provider_round_id, @provider_tx_id, @round_id, @player_id, @ours, @theirs, sqlc.narg('delta_minor'), @currency,
    NULLIF(@run_id::text, ''), @hold_id, @now::timestamptz, @now::timestamptz)
ON CONFLICT (integration_id, kind, provider_round_id, player_id, provider_tx_id) WHERE resolved_at IS NULL
DO UPDATE SET last_seen_at = EXCLUDED.last_seen_at, run_id = EXCLUDED.run_id, ours = EXCLUDED.ours, theirs = EXCLUDED.theirs, delta_minor = EXCLUDED.delta_minor,
    priority = EXCLUDED.priority, round_id = EXCLUDED.round_id
RETURNING (xmax = 0)::boolean AS fresh;

-- OpenTimings: a run, what runs before it could not decide. Index finding_open.
-- name: OpenTimings :many
SELECT * FROM finding WHERE integration_id = @integration_id AND kind = 8 AND resolved_at IS NULL;

-- ListFindings: newest first. Index finding_newest.
-- name: ListFindings :many
SELECT * FROM finding
WHERE (@integration_id::text = '' OR integration_id = @integration_id) AND (@kind::int = 0 OR kind = @kind) AND (@resolved_too::bool OR resolved_at IS NULL)
    AND (first_seen_at, finding_id) < (@before_at::timestamptz, @before_id::text)
ORDER BY first_seen_at DESC, finding_id DESC LIMIT @max_rows;

-- ResolveFinding: the RPC; the first resolution stays. Primary key.
-- name: ResolveFinding :one
UPDATE finding SET resolved_by = CASE WHEN resolved_at IS NULL THEN @resolved_by ELSE resolved_by END,
    resolution = CASE WHEN resolved_at IS NULL THEN @resolution ELSE resolution END, resolved_at = coalesce(resolved_at, @now::timestamptz)
WHERE finding_id = @finding_id
RETURNING *;

-- RoundsClosedIn: our rounds of an integration that ended in a span, or are named. Indexes round_provider_key and round_newest.
-- name: RoundsClosedIn :many
SELECT * FROM round
WHERE integration_id = @integration_id AND closed_at >= @from_at::timestamptz AND closed_at < @until_at::timestamptz AND opened_at >= @from_at::timestamptz - interval '7 days'
    AND round_id > @after_id::text
ORDER BY round_id LIMIT @max_rows;

-- RoundsNamed: our rounds of a page of the provider's. Index round_provider_key.
-- name: RoundsNamed :many
SELECT * FROM round WHERE integration_id = @integration_id AND provider_round_id = ANY(@provider_round_ids::text[]);

-- ScheduledBefore: the schedule; what came of comparing a span so far: runs that go on or told something, runs that failed, and when the last one did. Index reconciliation_newest.
-- name: ScheduledBefore :one
SELECT count(*) FILTER (WHERE state <> 3) AS told, count(*) FILTER (WHERE state = 3) AS failed, coalesce(max(started_at) FILTER (WHERE state = 3), 'epoch')::timestamptz AS last
FROM reconciliation WHERE integration_id = @integration_id AND from_at = @from_at AND until_at = @until_at AND started_at >= @until_at;
