-- TransactionsOfBets: FindTransactions. Index provider_tx_bet.
-- name: TransactionsOfBets :many
SELECT * FROM provider_tx WHERE bet_id = ANY(@bet_ids::text[]) AND bet_id <> '' ORDER BY created_at LIMIT @max_rows;
