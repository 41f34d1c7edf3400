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
-- writers, who find the round touched, and notes by whose transaction. Answers those that were not marked before. Primary keys, index provider_tx_bet.
-- name: DecideBets :many
WITH old AS (
    SELECT b.bet_id, b.decided FROM bet b
    WHERE b.bet_id = ANY(@bet_ids::text[]) AND (b.state = @accepted OR b.state = @settled AND b.payout_minor = 0
        AND NOT EXISTS (SELECT FROM provider_tx t WHERE t.bet_id = b.bet_id AND t.kind = 'win'))
    FOR UPDATE OF b
), marked AS (
    UPDATE bet b SET decided = true FROM old o WHERE b.bet_id = o.bet_id RETURNING b.bet_id, b.round_id
), touched AS (
    UPDATE round r SET touched_at = @now WHERE r.round_id IN (SELECT m.round_id FROM marked m)
), noted AS (
    INSERT INTO bet_decision (bet_id, tx_id) SELECT m.bet_id, @tx_id::text FROM marked m ON CONFLICT (bet_id) DO UPDATE SET tx_id = excluded.tx_id
)
SELECT o.bet_id FROM old o WHERE NOT o.decided;

-- UndecideBets: takes marks back that a transaction made which came to nothing, unless another has marked the same bet since. As DecideBets. Primary keys.
-- name: UndecideBets :exec
WITH mine AS (
    DELETE FROM bet_decision d WHERE d.bet_id = ANY(@bet_ids::text[]) AND d.tx_id = @tx_id RETURNING d.bet_id
), unmarked AS (
    UPDATE bet b SET decided = false FROM mine m
    WHERE b.bet_id = m.bet_id AND (b.state = @accepted OR b.state = @voided OR b.state = @settled AND b.payout_minor = 0) RETURNING b.round_id
)
UPDATE round r SET touched_at = @now WHERE r.round_id IN (SELECT u.round_id FROM unmarked u);
