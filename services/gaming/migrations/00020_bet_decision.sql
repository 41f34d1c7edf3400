-- +goose Up

-- Which operator's transaction marked a bet as its own last: a mark of one that came to nothing is taken back, and only by it.
CREATE TABLE bet_decision (
    bet_id text PRIMARY KEY,
    tx_id  text NOT NULL
);

-- +goose Down

DROP TABLE bet_decision;
