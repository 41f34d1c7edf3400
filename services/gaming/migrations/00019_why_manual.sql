-- Why the sweeper handed a round over, as round.handed_over.v1 says it: an operator who reads the list did not see the event. Empty with rounds that were handed over by a release without the column.

-- +goose Up
ALTER TABLE round ADD COLUMN handed_over_why text NOT NULL DEFAULT '';
