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

-- BetByID: a partner's own bet. Primary key.
-- name: BetByID :one
SELECT * FROM bet WHERE bet_id = @bet_id;

-- DecideBets: marks a round's bets as an operator's that have no result, or were lost because the round ended without their provider's, under the lock of the round's
-- writers, who find the round touched. Primary keys, index provider_tx_bet.
-- name: DecideBets :exec
WITH marked AS (
    UPDATE bet b SET decided = true
    WHERE b.bet_id = ANY(@bet_ids::text[]) AND (b.state = @accepted OR b.state = @settled AND b.payout_minor = 0
        AND NOT EXISTS (SELECT FROM provider_tx t WHERE t.bet_id = b.bet_id AND t.kind = 'win'))
    RETURNING b.round_id
)
UPDATE round r SET touched_at = @now WHERE r.round_id IN (SELECT m.round_id FROM marked m);
