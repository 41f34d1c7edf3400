-- Batches of first bets and first results write in one round trip, without reading the rows first (docs/adr/0020-written-unread.md). What they rely on is made sure
-- of here, in the transaction that writes.

-- +goose Up
-- +goose StatementBegin
-- unchanged ends the transaction with PB001 unless no cancellation names one of the provider's transactions and each round, and each bet in them, is as it was seen.
-- The caller holds the locks of all of them.
CREATE FUNCTION unchanged(integrations text[], tx_ids text[], round_ids text[], versions bigint[], touched_ats timestamptz[], bet_ids text[], states smallint[], payouts bigint[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT unnest(integrations) AS integration_id, unnest(tx_ids) AS tx_id) k
        CROSS JOIN LATERAL (SELECT FROM provider_tx x WHERE x.integration_id = k.integration_id AND x.reference_tx_id = k.tx_id AND x.kind = 'cancel' OFFSET 0) t
    ) OR EXISTS (
        SELECT FROM (SELECT unnest(round_ids) AS round_id, unnest(versions) AS version, unnest(touched_ats) AS touched_at) k
        LEFT JOIN LATERAL (SELECT x.version, x.touched_at FROM round x WHERE x.round_id = k.round_id OFFSET 0) r ON true
        WHERE r.version IS DISTINCT FROM k.version OR r.touched_at IS DISTINCT FROM k.touched_at
    ) OR EXISTS (
        SELECT FROM (SELECT unnest(bet_ids) AS bet_id, unnest(states) AS state, unnest(payouts) AS payout) k
        LEFT JOIN LATERAL (SELECT x.state, x.payout_minor FROM bet x WHERE x.bet_id = k.bet_id OFFSET 0) b ON true
        WHERE b.state IS DISTINCT FROM k.state OR b.payout_minor IS DISTINCT FROM k.payout
    ) THEN
        RAISE EXCEPTION 'a round, a bet or a transaction is not as it was seen' USING ERRCODE = 'PB001';
    END IF;
END $$;
-- +goose StatementEnd
