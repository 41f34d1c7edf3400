-- InsertPartnerBet: PlacePartnerBet, after the bet stands; a repetition keeps the first. Primary key.
-- name: InsertPartnerBet :exec
INSERT INTO partner_bet (bet_id, partner_id, request_id, selection, ip, user_agent, created_at)
VALUES (@bet_id, @partner_id, @request_id, @selection, @ip, @user_agent, @now)
ON CONFLICT (bet_id) DO NOTHING;

-- SamePartnerBet: PlacePartnerBet, whether a bet that came before is on the same, from the same device. Primary key.
-- name: SamePartnerBet :one
SELECT (selection = @selection::jsonb AND ip = @ip AND user_agent = @user_agent)::boolean AS same FROM partner_bet WHERE bet_id = @bet_id;

-- InsertPartnerRefusal: PlacePartnerBet; of several at one moment the first stays. Primary key.
-- name: InsertPartnerRefusal :exec
INSERT INTO partner_refusal (partner_id, request_id, fingerprint, answer, created_at) VALUES (@partner_id, @request_id, @fingerprint, @answer, @now)
ON CONFLICT (partner_id, request_id) DO NOTHING;

-- ForgetPartnerRefusals: the reconciler; the oldest ones, some at a time. Index partner_refusal_age.
-- name: ForgetPartnerRefusals :execrows
DELETE FROM partner_refusal WHERE ctid IN (SELECT x.ctid FROM partner_refusal x WHERE x.created_at < @before::timestamptz LIMIT @max_rows);

-- GetPartnerRefusal: PlacePartnerBet, before anything is decided. A request that was also accepted, by a repetition at the same moment, was accepted. Primary keys.
-- name: GetPartnerRefusal :one
SELECT fingerprint, answer FROM partner_refusal WHERE partner_id = @partner_id AND request_id = @request_id
    AND NOT EXISTS (SELECT FROM bet WHERE bet_id = @bet_id AND state <> @rejected);
