-- name: PutResult :exec
-- Used with WantResult. Served by result_pkey.
INSERT INTO result (integration_id, bet_id, number, partner_seq, payout_minor, void, cashout)
VALUES (@integration_id, @bet_id, @number, @partner_seq, @payout_minor, @void, @cashout)
ON CONFLICT DO NOTHING;

-- name: WasAccepted :one
-- Used under the lock of the bet: whether a result was accepted before, whatever came after it. Served by result_pkey.
SELECT EXISTS (
  SELECT FROM result WHERE integration_id = @integration_id AND bet_id = @bet_id AND number <= @settled
  AND partner_seq = @partner_seq AND payout_minor = @payout_minor AND void = @void AND cashout = @cashout);
