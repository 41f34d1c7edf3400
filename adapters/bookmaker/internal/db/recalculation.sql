-- name: PutRecalculation :execrows
-- Used by recalculate_bets; no row when a newer correction, or another one of the same second, was told before. Served by recalculation_pkey.
INSERT INTO recalculation AS r (integration_id, round_id, sent_at, correct_result)
VALUES (@integration_id, @round_id, @sent_at, @correct_result)
ON CONFLICT (integration_id, round_id) DO UPDATE SET sent_at = excluded.sent_at, correct_result = excluded.correct_result
WHERE r.sent_at < excluded.sent_at OR r.sent_at = excluded.sent_at AND r.correct_result = excluded.correct_result;

-- name: PutRepricing :exec
-- Used by recalculate_bets: a bet to ask the partner about. The call asks itself, and the task only when the call has died. One that was asked about this result already stays as it is, unless it was given up.
-- Served by repricing_pkey.
INSERT INTO repricing AS p (integration_id, round_id, bet_id, correct_result, state, next_attempt_at)
VALUES (@integration_id, @round_id, @bet_id, @correct_result, 1, @task_at)
ON CONFLICT (integration_id, round_id, bet_id) DO UPDATE
SET correct_result = excluded.correct_result, state = 1, attempts = 0, next_attempt_at = excluded.next_attempt_at
WHERE p.correct_result <> excluded.correct_result OR p.state = 3;

-- name: ClaimRound :many
-- Used by recalculate_bets: takes the new and the due ones of a round for as long as an attempt may take. Served by repricing_pkey.
UPDATE repricing SET attempts = attempts + 1, next_attempt_at = @lease_until
WHERE (integration_id, round_id, bet_id) IN (
  SELECT p.integration_id, p.round_id, p.bet_id FROM repricing p
  WHERE p.integration_id = @integration_id AND p.round_id = @round_id AND p.state = 1 AND (p.attempts = 0 OR p.next_attempt_at <= @now) FOR UPDATE SKIP LOCKED)
RETURNING *;

-- name: ClaimDue :many
-- Used by the task: takes due ones of all rounds likewise. Served by repricing_due.
UPDATE repricing SET attempts = attempts + 1, next_attempt_at = @lease_until
WHERE (integration_id, round_id, bet_id) IN (
  SELECT p.integration_id, p.round_id, p.bet_id FROM repricing p
  WHERE p.state = 1 AND p.next_attempt_at <= @now ORDER BY p.next_attempt_at LIMIT @batch FOR UPDATE SKIP LOCKED)
RETURNING *;

-- name: FinishRepricing :exec
-- Used after an attempt; a correction that came meanwhile is not touched. Served by repricing_pkey.
UPDATE repricing SET state = @state, next_attempt_at = @next_attempt_at, last_error = @last_error
WHERE integration_id = @integration_id AND round_id = @round_id AND bet_id = @bet_id AND correct_result = @correct_result AND state = 1;

-- name: CountOpenRepricings :one
-- Used by recalculate_bets to tell whether all is done; a bet whose stake has gone back needs no price. Served by repricing_pkey and bet_pkey.
SELECT count(*) FROM repricing p JOIN bet b USING (integration_id, bet_id)
WHERE p.integration_id = @integration_id AND p.round_id = @round_id AND p.state <> 2 AND NOT b.void AND NOT b.refunded;
