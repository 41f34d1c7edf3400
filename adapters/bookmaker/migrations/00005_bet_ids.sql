-- What a bet_id stands for.

-- +goose Up
-- Refunds of bets that are not known: the player's bet is refused when it comes late, and nobody else's.
CREATE TABLE tombstone (
  integration_id text NOT NULL,
  bet_id         text NOT NULL,
  player_id      text NOT NULL,
  created_at     timestamptz NOT NULL,
  PRIMARY KEY (integration_id, bet_id, player_id)
);

-- Condenses rounds, selections and odds of all legs: a bet_id with others is another bet. Empty in rows from before, which tell by their selection and odds.
ALTER TABLE bet ADD COLUMN content bytea NOT NULL DEFAULT '';
