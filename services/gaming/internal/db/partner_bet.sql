-- InsertPartnerBet: PlacePartnerBet, after the bet stands; a repetition keeps the first. Primary key.
-- name: InsertPartnerBet :exec
INSERT INTO partner_bet (bet_id, partner_id, request_id, selection, ip, user_agent, created_at)
VALUES (@bet_id, @partner_id, @request_id, @selection, @ip, @user_agent, @now)
ON CONFLICT (bet_id) DO NOTHING;
