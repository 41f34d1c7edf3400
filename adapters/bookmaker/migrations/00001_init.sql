-- +goose Up
-- What the partner told of a bet that its later calls do not repeat. Money and results are gaming's; this says which bets a round has and what was asked for last.
CREATE TABLE bet (
  integration_id text NOT NULL,
  bet_id         text NOT NULL,
  player_id      text NOT NULL,
  currency       text NOT NULL,
  stake_minor    bigint NOT NULL CHECK (stake_minor > 0),
  -- Selection and odds when the bet has one leg and the partner told them; a correction is then priced here.
  selection      text NOT NULL DEFAULT '',
  odds           text NOT NULL DEFAULT '',
  -- Results are numbered. A result that is wanted and not settled yet is under way, and the next call goes on with it.
  wanted         integer NOT NULL DEFAULT 0,
  settled        integer NOT NULL DEFAULT 0,
  payout_minor   bigint NOT NULL DEFAULT 0 CHECK (payout_minor >= 0),
  void           boolean NOT NULL DEFAULT false,
  cashout        boolean NOT NULL DEFAULT false,
  -- The partner's own number of the last result; -1 when it gives none.
  partner_seq    bigint NOT NULL DEFAULT -1,
  refunded       boolean NOT NULL DEFAULT false,
  -- The stake was refused, so the id may be used again; attempt tells whether it was the last call that was refused.
  refused        boolean NOT NULL DEFAULT false,
  attempt        integer NOT NULL DEFAULT 1,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  PRIMARY KEY (integration_id, bet_id),
  CHECK (settled <= wanted AND wanted <= settled + 1)
);

-- The partner's rounds that decide a bet.
CREATE TABLE bet_round (
  integration_id text NOT NULL,
  round_id       text NOT NULL,
  bet_id         text NOT NULL,
  PRIMARY KEY (integration_id, round_id, bet_id)
);

-- The newest correction of a round: an older one that is repeated later must not undo it.
CREATE TABLE recalculation (
  integration_id text NOT NULL,
  round_id       text NOT NULL,
  sent_at        bigint NOT NULL,
  correct_result text NOT NULL,
  PRIMARY KEY (integration_id, round_id)
);

-- Bets whose corrected result the partner has to be asked for.
CREATE TABLE repricing (
  integration_id  text NOT NULL,
  round_id        text NOT NULL,
  bet_id          text NOT NULL,
  correct_result  text NOT NULL,
  state           smallint NOT NULL CHECK (state IN (1, 2, 3)), -- open, done, given up
  attempts        integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  last_error      text NOT NULL DEFAULT '',
  PRIMARY KEY (integration_id, round_id, bet_id)
);
CREATE INDEX repricing_due ON repricing (next_attempt_at) WHERE state = 1;
