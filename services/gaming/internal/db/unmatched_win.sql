-- name: PutUnmatchedWin :exec
-- Used by SettleBet for a win that is refused. Served by unmatched_win_key.
INSERT INTO unmatched_win (unmatched_win_id, integration_id, provider_tx_id, bet_provider_tx_id, provider_round_id, game_code, player_id, currency, amount_minor,
    fingerprint, reason, state, attempts, created_at, last_seen_at)
VALUES (@unmatched_win_id, @integration_id, @provider_tx_id, @bet_provider_tx_id, @provider_round_id, @game_code, @player_id, @currency, @amount_minor,
    @fingerprint, @reason, 1, 1, @now::timestamptz, @now::timestamptz)
ON CONFLICT (integration_id, provider_tx_id) DO UPDATE SET attempts = unmatched_win.attempts + 1, last_seen_at = EXCLUDED.last_seen_at,
    reason = CASE WHEN unmatched_win.state = 1 THEN EXCLUDED.reason ELSE unmatched_win.reason END;

-- name: GetUnmatchedWin :one
-- Used by ResolveUnmatchedWin. Served by unmatched_win_pkey.
SELECT * FROM unmatched_win WHERE unmatched_win_id = @unmatched_win_id;

-- name: ListUnmatchedWins :many
-- Used by ListUnmatchedWins, newest first. Served by unmatched_win_newest, unmatched_win_open.
SELECT * FROM unmatched_win u
WHERE (sqlc.narg('state')::smallint IS NULL OR u.state = sqlc.narg('state'))
  AND (sqlc.narg('integration_id')::text IS NULL OR u.integration_id = sqlc.narg('integration_id'))
  AND (sqlc.narg('player_id')::text IS NULL OR u.player_id = sqlc.narg('player_id'))
  AND (sqlc.narg('after_at')::timestamptz IS NULL OR (u.created_at, u.unmatched_win_id) < (sqlc.narg('after_at'), sqlc.narg('after_id')::text))
ORDER BY u.created_at DESC, u.unmatched_win_id DESC
LIMIT @max_rows;

-- name: CloseUnmatchedWin :one
-- Used by ResolveUnmatchedWin; only an open one is decided. Served by unmatched_win_pkey.
UPDATE unmatched_win SET state = @state, player_id = @player_id, resolved_at = @now::timestamptz, resolved_by = @resolved_by, resolution = @resolution
WHERE unmatched_win_id = @unmatched_win_id AND state = 1
RETURNING *;

-- name: ForgetCorrectedWins :exec
-- Used by RecalculateRound: open wins of bets that their provider has corrected. Served by unmatched_win_open.
UPDATE unmatched_win SET state = 4, resolved_at = @now::timestamptz, resolution = @resolution
WHERE state = 1 AND integration_id = @integration_id AND player_id = @player_id AND bet_provider_tx_id = ANY(@bet_provider_tx_ids::text[]);

-- name: MatchWins :exec
-- Used by the background: wins that were kept for an operator and have been taken since. Served by unmatched_win_open, provider_tx_pkey.
UPDATE unmatched_win SET state = 4, resolved_at = @now::timestamptz
WHERE unmatched_win_id IN (
    SELECT u.unmatched_win_id FROM unmatched_win u
    JOIN provider_tx t ON t.integration_id = u.integration_id AND t.kind = 'win' AND t.provider_tx_id = u.provider_tx_id AND t.state = 2
    WHERE u.state = 1 AND t.purpose = '' ORDER BY u.created_at DESC LIMIT @max_rows);
