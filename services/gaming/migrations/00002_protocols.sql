-- What seven protocols need: tokens that are replaced, transactions of more kinds, wins that could not be paid, results that are corrected.

-- +goose Up

-- Tokens of game sessions, by their SHA-256. A replaced one takes no stake; results are taken with every one of them.
CREATE TABLE session_token (
    integration_id  text        NOT NULL,
    token_sha256    bytea       NOT NULL,
    game_session_id text        NOT NULL REFERENCES game_session,
    issued_at       timestamptz NOT NULL,
    replaced_at     timestamptz,
    PRIMARY KEY (integration_id, token_sha256)
);
CREATE INDEX session_token_session ON session_token (game_session_id);
INSERT INTO session_token (integration_id, token_sha256, game_session_id, issued_at)
SELECT integration_id, token_sha256, game_session_id, started_at FROM game_session;

-- token_sha256 of game_session is read by the version before this one only.
ALTER TABLE game_session
    ALTER COLUMN token_sha256 DROP NOT NULL,
    ADD COLUMN game_code text NOT NULL DEFAULT '',
    ADD COLUMN provider  text NOT NULL DEFAULT ''; -- which provider behind an aggregator; empty when any

-- 4: too long without a result; an operator decides.
ALTER TABLE round DROP CONSTRAINT round_state_check, ADD CONSTRAINT round_state_check CHECK (state BETWEEN 1 AND 4);
ALTER TABLE round ADD COLUMN stuck boolean NOT NULL DEFAULT false; -- it ended, and bets still have no result
UPDATE round SET stuck = true WHERE closing AND state = 1;
-- What is updated in place leaves room on its page and changes no indexed column, so that new versions of a row stay there (HOT).
DROP INDEX round_closing;
-- A search by the provider's id alone must not tempt the batches, which know the player: a live table's round is shared by hundreds.
DROP INDEX round_provider_round;
CREATE INDEX round_provider_search ON round (md5(provider_round_id));
CREATE INDEX round_stuck ON round (round_id) WHERE stuck;
ALTER TABLE round SET (fillfactor = 70);
ALTER TABLE bet SET (fillfactor = 70);

-- 6: corrected after it was paid.
ALTER TABLE bet DROP CONSTRAINT bet_state_check, ADD CONSTRAINT bet_state_check CHECK (state BETWEEN 1 AND 6);
ALTER TABLE bet
    ADD COLUMN cashed_out     boolean NOT NULL DEFAULT false, -- the player ended it early
    ADD COLUMN winnings_taken boolean NOT NULL DEFAULT false, -- it was taken back with all it had paid
    ADD COLUMN jackpot_minor  bigint  NOT NULL DEFAULT 0;     -- part of the payout that a jackpot paid

ALTER TABLE provider_tx DROP CONSTRAINT provider_tx_kind_check,
    ADD CONSTRAINT provider_tx_kind_check CHECK (kind IN ('bet', 'win', 'cancel', 'prize', 'adjustment', 'recalculation'));
ALTER TABLE provider_tx
    ADD COLUMN bonus_minor       bigint  NOT NULL DEFAULT 0,     -- bonus money that was answered
    ADD COLUMN reported_minor    bigint  NOT NULL DEFAULT 0,     -- amount as reported; of a cancellation, of what it takes back
    ADD COLUMN provider_round_id text    NOT NULL DEFAULT '',
    ADD COLUMN game_code         text    NOT NULL DEFAULT '',
    ADD COLUMN refusal           jsonb,                          -- what a refusal says besides its reason
    ADD COLUMN applied           boolean NOT NULL DEFAULT true,  -- false: acknowledged without effect, because its cancellation came first
    ADD COLUMN was_cancelled     boolean NOT NULL DEFAULT false, -- of a cancellation: another one had been there before
    ADD COLUMN reference_want    text    NOT NULL DEFAULT '',    -- of a tombstone: the kind of transaction it is for; empty for any
    ADD COLUMN purpose           text    NOT NULL DEFAULT '',    -- of a prize
    ADD COLUMN campaign          text    NOT NULL DEFAULT '';    -- of a prize
UPDATE provider_tx SET reported_minor = amount_minor;

-- Bets that their provider's later transactions name by a reference of its own.
CREATE INDEX provider_tx_bet_reference ON provider_tx (integration_id, reference_tx_id) WHERE kind = 'bet' AND reference_tx_id <> '';

-- Transactions are written when they have an outcome. What was under way was never answered: its provider sends it again, and the wallet knows it by its key.
-- A cancellation that was refused for lack of funds may come again, and is not kept any more.
DELETE FROM provider_tx WHERE state = 1 OR kind = 'cancel' AND state = 3;
DELETE FROM bet WHERE state = 1;
DROP INDEX provider_tx_open, provider_tx_round;

-- Wins that were refused because their bet is unknown, taken back or closed to them: nobody's winnings are lost.
CREATE TABLE unmatched_win (
    unmatched_win_id   text        PRIMARY KEY,
    integration_id     text        NOT NULL,
    provider_tx_id     text        NOT NULL,
    bet_provider_tx_id text        NOT NULL,
    provider_round_id  text        NOT NULL,
    game_code          text        NOT NULL,
    player_id          text        NOT NULL, -- empty when neither the provider nor the token told
    currency           text        NOT NULL,
    amount_minor       bigint      NOT NULL CHECK (amount_minor > 0),
    fingerprint        bytea       NOT NULL,
    reason             text        NOT NULL,
    state              smallint    NOT NULL CHECK (state BETWEEN 1 AND 4), -- 1 open, 2 paid, 3 dismissed, 4 its provider sent it again and it was taken
    attempts           bigint      NOT NULL,
    created_at         timestamptz NOT NULL,
    last_seen_at       timestamptz NOT NULL,
    resolved_at        timestamptz,
    resolved_by        text        NOT NULL DEFAULT '',
    resolution         text        NOT NULL DEFAULT '',
    CONSTRAINT unmatched_win_key UNIQUE (integration_id, provider_tx_id)
);
CREATE INDEX unmatched_win_newest ON unmatched_win (created_at DESC, unmatched_win_id DESC);
CREATE INDEX unmatched_win_open ON unmatched_win (created_at DESC, unmatched_win_id DESC) WHERE state = 1;
