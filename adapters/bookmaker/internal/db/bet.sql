-- name: PutBet :one
-- Used by block_funds, under LockBetID; no row when the id is taken. A repetition changes nothing but the attempt, and a bet that was refused is written anew. Served by bet_pkey.
INSERT INTO bet AS b (integration_id, bet_id, player_id, currency, stake_minor, selection, odds, content, accept_by, created_at, updated_at)
VALUES (@integration_id, @bet_id, @player_id, @currency, @stake_minor, @selection, @odds, @content, sqlc.narg(accept_by), @now, @now)
ON CONFLICT (integration_id, bet_id) DO UPDATE SET
  attempt = b.attempt + 1, refused = false, player_id = excluded.player_id, currency = excluded.currency, stake_minor = excluded.stake_minor,
  selection = CASE WHEN b.refused THEN excluded.selection ELSE b.selection END, odds = CASE WHEN b.refused THEN excluded.odds ELSE b.odds END,
  content = excluded.content, accept_by = CASE WHEN b.refused THEN excluded.accept_by ELSE b.accept_by END
WHERE b.refused OR b.player_id = excluded.player_id AND b.currency = excluded.currency AND b.stake_minor = excluded.stake_minor AND (
  b.content = excluded.content OR b.content = '' AND b.selection = excluded.selection AND b.odds = excluded.odds)
RETURNING b.attempt;

-- name: ConfirmBet :execrows
-- Used by block_funds when gaming has taken the stake and the call was repeated meanwhile; no row when the id, which was free for a moment, is another bet's. A refusal of a repetition does not count then. Served by bet_pkey.
UPDATE bet SET refused = false, attempt = attempt + 1
WHERE integration_id = @integration_id AND bet_id = @bet_id AND player_id = @player_id AND currency = @currency AND stake_minor = @stake_minor AND content = @content;

-- name: MarkRefused :exec
-- Used by block_funds when gaming has refused the stake, unless the call was repeated meanwhile. Served by bet_pkey.
UPDATE bet SET refused = true, updated_at = @now
WHERE integration_id = @integration_id AND bet_id = @bet_id AND attempt = @attempt AND wanted = 0;

-- name: ForgetRounds :exec
-- Used by block_funds before a bet that was refused is written anew. Served by bet_round_pkey and bet_pkey.
DELETE FROM bet_round r USING bet b
WHERE r.integration_id = @integration_id AND r.bet_id = @bet_id AND b.integration_id = r.integration_id AND b.bet_id = r.bet_id AND b.refused;

-- name: InsertBetRounds :exec
-- Used by block_funds. Served by bet_round_pkey.
INSERT INTO bet_round (integration_id, round_id, bet_id)
SELECT @integration_id, unnest(@round_ids::text[]), @bet_id
ON CONFLICT DO NOTHING;

-- name: GetBet :one
-- Used by every call about a bet. Served by bet_pkey.
SELECT * FROM bet WHERE integration_id = @integration_id AND bet_id = @bet_id;

-- name: LockBet :one
-- Used before a result is decided on. Served by bet_pkey.
SELECT * FROM bet WHERE integration_id = @integration_id AND bet_id = @bet_id FOR UPDATE;

-- name: WantResult :exec
-- Used to write a result down before gaming is asked; all before it are over. Served by bet_pkey.
UPDATE bet SET wanted = @wanted, settled = @settled, payout_minor = @payout_minor, void = @void, cashout = @cashout, half = @half, partner_seq = @partner_seq,
  accept_by = NULL, updated_at = @now
WHERE integration_id = @integration_id AND bet_id = @bet_id;

-- name: MarkSettled :exec
-- Used when gaming has taken a result. Served by bet_pkey.
UPDATE bet SET settled = @settled, updated_at = @now
WHERE integration_id = @integration_id AND bet_id = @bet_id AND settled < @settled;

-- name: DropResult :exec
-- Used when gaming has refused a bet's first result: it is as if it had not been told. Served by bet_pkey and result_pkey.
WITH gone AS (
  UPDATE bet AS b SET wanted = 0, payout_minor = 0, void = false, cashout = false, partner_seq = -1, updated_at = @now
  WHERE b.integration_id = @integration_id AND b.bet_id = @bet_id AND b.wanted = 1 AND b.settled = 0 RETURNING b.integration_id, b.bet_id)
DELETE FROM result r USING gone g WHERE r.integration_id = g.integration_id AND r.bet_id = g.bet_id AND r.number = 1;

-- name: OverruleResult :exec
-- Used when gaming has refused a bet's first result because an operator gave the bet one: its number is kept, so that a greater one corrects. Served by bet_pkey and result_pkey.
WITH gone AS (
  UPDATE bet AS b SET wanted = 0, payout_minor = 0, void = false, cashout = false, overruled = true, updated_at = @now
  WHERE b.integration_id = @integration_id AND b.bet_id = @bet_id AND b.wanted = 1 AND b.settled = 0 RETURNING b.integration_id, b.bet_id)
DELETE FROM result r USING gone g WHERE r.integration_id = g.integration_id AND r.bet_id = g.bet_id AND r.number = 1;

-- name: MarkRefunded :exec
-- Used by refund. Served by bet_pkey.
UPDATE bet SET refunded = true, accept_by = NULL, updated_at = @now WHERE integration_id = @integration_id AND bet_id = @bet_id;

-- name: NoteStatus :one
-- Used by update_bet_status when it tells no result; no row when the bet is over or its stake was refused, unless it was accepted before. Served by bet_pkey.
UPDATE bet SET partner_seq = greatest(partner_seq, @partner_seq), accepted = accepted OR @accepts, accept_by = CASE WHEN @accepts THEN NULL ELSE accept_by END, updated_at = @now
WHERE integration_id = @integration_id AND bet_id = @bet_id AND (accepted OR NOT (@accepts AND (refunded OR void OR refused OR expired)))
RETURNING accepted;

-- name: ClaimUnaccepted :many
-- Used by the task: takes bets that their partner has not accepted in time for as long as giving them back may take; the partner cannot accept them from now on. Served by bet_accept_by and bet_pkey.
UPDATE bet SET accept_by = @lease_until, expired = true
WHERE (integration_id, bet_id) IN (
  SELECT b.integration_id, b.bet_id FROM bet b WHERE b.accept_by <= @now ORDER BY b.accept_by LIMIT @batch FOR UPDATE SKIP LOCKED)
RETURNING *;

-- name: KeepUnaccepted :exec
-- Used by the task when a bet is not to be given back any more. Served by bet_pkey.
UPDATE bet SET accept_by = NULL WHERE integration_id = @integration_id AND bet_id = @bet_id;

-- name: ListOpenRoundBets :many
-- Used by recalculate_bets: the bets of a round of whose result nothing was told, which may have an operator's. Served by bet_round_pkey and bet_pkey.
SELECT b.bet_id, b.player_id
FROM bet_round r JOIN bet b USING (integration_id, bet_id)
WHERE r.integration_id = @integration_id AND r.round_id = @round_id AND b.wanted = 0 AND NOT b.overruled AND NOT b.refunded AND NOT b.refused
ORDER BY b.bet_id;

-- name: MarkCorrected :exec
-- Used by recalculate_bets, under the lock of the bet. Served by bet_pkey.
UPDATE bet SET corrected_at = @corrected_at WHERE integration_id = @integration_id AND bet_id = @bet_id;

-- name: MarkOpenCorrected :exec
-- Used by recalculate_bets: bets of the round that wait for their result get one that is newer. Served by bet_round_pkey and bet_pkey.
UPDATE bet b SET corrected_at = greatest(b.corrected_at, @corrected_at)
FROM bet_round r
WHERE r.integration_id = @integration_id AND r.round_id = @round_id AND b.integration_id = r.integration_id AND b.bet_id = r.bet_id AND b.wanted = 0 AND NOT b.overruled;

-- name: MarkOverruled :exec
-- Used by recalculate_bets of a bet that has an operator's result: what comes corrects that. Served by bet_pkey.
UPDATE bet SET overruled = true, updated_at = @now WHERE integration_id = @integration_id AND bet_id = @bet_id AND wanted = 0;

-- name: ListRoundBets :many
-- Used by recalculate_bets: the bets of a round that have a result, of the partner or of an operator. A bet that was cashed out was sold, whatever the result is. Served by
-- bet_round_pkey and bet_pkey.
SELECT b.*, (SELECT count(*) FROM bet_round o WHERE o.integration_id = b.integration_id AND o.bet_id = b.bet_id) AS rounds
FROM bet_round r JOIN bet b USING (integration_id, bet_id)
WHERE r.integration_id = @integration_id AND r.round_id = @round_id AND (b.wanted > 0 OR b.overruled) AND NOT b.void AND NOT b.refunded AND NOT b.cashout
ORDER BY b.bet_id;
