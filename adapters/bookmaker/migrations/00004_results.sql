-- Results that are repeated.

-- +goose Up
-- Results that the partner told, by the number they have in bet; one that says the same under another number of the partner is a row too. A result is accepted when the
-- bet is settled as far; what was refused is removed.
CREATE TABLE result (
  integration_id text NOT NULL,
  bet_id         text NOT NULL,
  number         integer NOT NULL,
  partner_seq    bigint NOT NULL,
  payout_minor   bigint NOT NULL,
  void           boolean NOT NULL,
  cashout        boolean NOT NULL,
  PRIMARY KEY (integration_id, bet_id, number, partner_seq)
);
-- Of bets that are known, the last result is.
INSERT INTO result (integration_id, bet_id, number, partner_seq, payout_minor, void, cashout)
SELECT integration_id, bet_id, wanted, partner_seq, payout_minor, void, cashout FROM bet WHERE wanted > 0;
