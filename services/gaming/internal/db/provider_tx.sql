-- TransactionsOfBets: FindTransactions. Index provider_tx_bet.
-- name: TransactionsOfBets :many
SELECT * FROM provider_tx WHERE bet_id = ANY(@bet_ids::text[]) AND bet_id <> '' ORDER BY created_at LIMIT @max_rows;

-- BetsByReference: FindTransactions, for bets that their provider names otherwise than by the stake's id. Index provider_tx_bet_reference.
-- name: BetsByReference :many
SELECT * FROM provider_tx WHERE integration_id = @integration_id AND reference_tx_id = @reference_tx_id AND kind = 'bet' AND reference_tx_id <> '' ORDER BY created_at LIMIT @max_rows;

-- PrizesByReference: FindTransactions, for prizes with which their provider names a bet. Index provider_tx_prize_reference.
-- name: PrizesByReference :many
SELECT * FROM provider_tx WHERE integration_id = @integration_id AND reference_tx_id = @reference_tx_id AND kind = 'prize' AND reference_tx_id <> '' ORDER BY created_at LIMIT @max_rows;
