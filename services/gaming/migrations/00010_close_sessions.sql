-- Players' sessions at providers that are to end.

-- +goose Up
ALTER TABLE provider_wallet
    ADD COLUMN close_at    timestamptz,                    -- when the provider is asked to end the player's sessions; later while somebody asks
    ADD COLUMN close_until timestamptz,                    -- those that were opened until then
    ADD COLUMN close_asks  integer     NOT NULL DEFAULT 0; -- how often it was put off
CREATE INDEX provider_wallet_close ON provider_wallet (close_at) WHERE close_at IS NOT NULL;
CREATE INDEX provider_wallet_of_player ON provider_wallet (player_id);
