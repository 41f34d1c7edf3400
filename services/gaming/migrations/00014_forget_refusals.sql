-- Refusals of partners' bets are kept for a while (PITBOSS_GAMING_REFUSALS_KEPT) and then forgotten.

-- +goose Up
CREATE INDEX partner_refusal_age ON partner_refusal USING brin (created_at) WITH (pages_per_range = 16, autosummarize = on);
