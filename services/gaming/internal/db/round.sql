-- StaleClosingRounds: the reconciler; rounds that should be closed and are not. Index round_stuck.
-- name: StaleClosingRounds :many
SELECT round_id FROM round WHERE stuck AND touched_at < @before::timestamptz ORDER BY touched_at LIMIT @max_rows;

-- TouchRound: a round that could not be closed now is looked at again later. Primary key.
-- name: TouchRound :exec
UPDATE round SET touched_at = @now::timestamptz WHERE round_id = @round_id;

-- GetRound: the GetRound RPC. Primary key.
-- name: GetRound :one
SELECT * FROM round WHERE round_id = @round_id;

-- SearchRounds: the back office, newest first. Indexes round_player, round_provider_search, provider_tx_pkey, round_newest.
-- name: SearchRounds :many
SELECT * FROM round r
WHERE (sqlc.narg('player_id')::text IS NULL OR r.player_id = sqlc.narg('player_id'))
  AND (sqlc.narg('integration_id')::text IS NULL OR r.integration_id = sqlc.narg('integration_id'))
  AND (sqlc.narg('provider_round_id')::text IS NULL OR md5(r.provider_round_id) = md5(sqlc.narg('provider_round_id')) AND r.provider_round_id = sqlc.narg('provider_round_id'))
  AND (sqlc.narg('provider_tx_id')::text IS NULL
       OR r.round_id IN (SELECT t.round_id FROM provider_tx t WHERE t.provider_tx_id = sqlc.narg('provider_tx_id')))
  AND (sqlc.narg('state')::smallint IS NULL OR r.state = sqlc.narg('state'))
  AND (sqlc.narg('opened_from')::timestamptz IS NULL OR r.opened_at >= sqlc.narg('opened_from'))
  AND (sqlc.narg('opened_until')::timestamptz IS NULL OR r.opened_at < sqlc.narg('opened_until'))
  AND (sqlc.narg('after_at')::timestamptz IS NULL OR (r.opened_at, r.round_id) < (sqlc.narg('after_at'), sqlc.narg('after_id')::text))
ORDER BY r.opened_at DESC, r.round_id DESC
LIMIT @max_rows;

-- SweepProgress: the sweeper; no row while another replica marks rounds. One row.
-- name: SweepProgress :one
SELECT opened_until FROM sweep_progress FOR UPDATE SKIP LOCKED;

-- NextSweepMark: the sweeper; how far rounds are looked at in one go. Index round_newest.
-- name: NextSweepMark :one
SELECT COALESCE((SELECT r.opened_at FROM round r WHERE r.opened_at > @marked AND r.opened_at <= @until ORDER BY r.opened_at LIMIT 1 OFFSET @most), @until)::timestamptz AS mark;

-- YieldToPlay: before MarkOpenRounds, which locks rounds in another order than batches do: it gives way long before the database would call that a deadlock.
-- name: YieldToPlay :exec
SET LOCAL lock_timeout = '100ms';

-- MarkOpenRounds: the sweeper; rounds that are still open are due, those of a while before the mark again, for the sake of late commits. Index round_newest.
-- name: MarkOpenRounds :exec
UPDATE round SET sweep_at = @now::timestamptz
WHERE opened_at > @marked::timestamptz AND opened_at <= @mark::timestamptz AND state = 1 AND NOT closing AND sweep_at IS NULL;

-- SetSweepProgress: with MarkOpenRounds. One row.
-- name: SetSweepProgress :exec
UPDATE sweep_progress SET opened_until = @mark;

-- TendQuietRounds: the sweeper; what is over is not looked at any more, and what was played meanwhile is looked at later. Index round_sweep.
-- name: TendQuietRounds :exec
UPDATE round SET sweep_at = CASE WHEN state = 1 AND NOT closing THEN touched_at + @patience::interval END
WHERE round_id IN (
    SELECT r.round_id FROM round r
    WHERE r.sweep_at <= @now::timestamptz AND (r.state <> 1 OR r.closing OR r.touched_at >= @before) FOR UPDATE SKIP LOCKED
);

-- TakeQuietRounds: the sweeper; open rounds in which nothing has happened for a while, each taken by one replica. Each integration's first comes before any other's second: one
-- with very many must not keep the others waiting. Index round_sweep.
-- name: TakeQuietRounds :many
UPDATE round SET sweep_at = @again
WHERE round_id IN (
    SELECT r.round_id FROM round r
    WHERE r.sweep_at <= @now::timestamptz AND r.state = 1 AND NOT r.closing AND r.touched_at < @before AND r.round_id IN (
        SELECT due.round_id FROM (
            SELECT d.round_id, d.sweep_at, row_number() OVER (PARTITION BY d.integration_id ORDER BY d.sweep_at) AS place
            FROM round d WHERE d.sweep_at <= @now::timestamptz AND d.state = 1 AND NOT d.closing AND d.touched_at < @before
        ) due
        ORDER BY due.place, due.sweep_at LIMIT @max_rows
    )
    FOR UPDATE SKIP LOCKED
)
RETURNING *;

-- SetSweepAt: the sweeper, when a round is not due or its provider is to be asked later. Primary key.
-- name: SetSweepAt :exec
UPDATE round SET sweep_at = @sweep_at WHERE round_id = @round_id;

-- HandOverRound: the sweeper gives up; no row when something happened meanwhile. Primary key.
-- name: HandOverRound :execrows
UPDATE round SET state = 4, handed_over_why = @why, version = version + 1 WHERE round_id = @round_id AND state = 1 AND touched_at = @touched_at;
