-- InsertBet: PlaceBet, before the wallet is asked.
-- name: InsertBet :one
INSERT INTO bet (bet_id, round_id, integration_id, player_id, game_id, game_code, game_session_id, provider_tx_id, currency, stake_minor, free_round, state, placed_at)
VALUES (@bet_id, @round_id, @integration_id, @player_id, @game_id, @game_code, @game_session_id, @provider_tx_id, @currency, @stake_minor, @free_round, 1, @placed_at)
RETURNING *;

-- GetBet: under the round's lock. Primary key.
-- name: GetBet :one
SELECT * FROM bet WHERE bet_id = @bet_id;

-- GetBetByTx: wins and cancellations that refer to it. Index bet_provider_tx_key.
-- name: GetBetByTx :one
SELECT * FROM bet WHERE integration_id = @integration_id AND provider_tx_id = @provider_tx_id;

-- UpdateBet: after a decision, under the round's lock. Primary key.
-- name: UpdateBet :exec
UPDATE bet SET state = @state, payout_minor = @payout_minor, hold_id = @hold_id, settle_claim = @settle_claim, cancelled = @cancelled,
    reject_reason = @reject_reason, settled_at = @settled_at
WHERE bet_id = @bet_id;

-- RoundBets: a round's bets in the order they were placed. Index bet_round.
-- name: RoundBets :many
SELECT * FROM bet WHERE round_id = @round_id ORDER BY placed_at, bet_id;

-- BetsOfRounds: SearchRounds. Index bet_round.
-- name: BetsOfRounds :many
SELECT * FROM bet WHERE round_id = ANY(@round_ids::text[]) ORDER BY placed_at, bet_id;

-- ListBets: a player's bets, newest first. Index bet_player.
-- name: ListBets :many
SELECT * FROM bet b
WHERE b.player_id = @player_id
  AND (sqlc.narg('game_id')::text IS NULL OR b.game_id = sqlc.narg('game_id'))
  AND (sqlc.narg('state')::smallint IS NULL OR b.state = sqlc.narg('state'))
  AND (sqlc.narg('placed_from')::timestamptz IS NULL OR b.placed_at >= sqlc.narg('placed_from'))
  AND (sqlc.narg('placed_until')::timestamptz IS NULL OR b.placed_at < sqlc.narg('placed_until'))
  AND (sqlc.narg('after_at')::timestamptz IS NULL OR (b.placed_at, b.bet_id) < (sqlc.narg('after_at'), sqlc.narg('after_id')::text))
ORDER BY b.placed_at DESC, b.bet_id DESC
LIMIT @max_rows;
