-- InsertPartnerBet: PlacePartnerBet, after the bet stands; a repetition keeps the first. Primary key.
-- name: InsertPartnerBet :exec
INSERT INTO partner_bet (bet_id, partner_id, request_id, selection, ip, user_agent, created_at)
VALUES (@bet_id, @partner_id, @request_id, @selection, @ip, @user_agent, @now)
ON CONFLICT (bet_id) DO NOTHING;

-- SameSelection: PlacePartnerBet, whether a bet that came before is on the same. Primary key.
-- name: SameSelection :one
SELECT selection = @selection::jsonb AS same FROM partner_bet WHERE bet_id = @bet_id;
