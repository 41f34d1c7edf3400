-- The end of a calendar window is kept with its limit, because computing with time zones for every operation cost half of the database's time.

-- +goose Up

-- End of the calendar window that begins at from_slot; 1970, which is past, where it is not known yet and for all other guards.
ALTER TABLE guard ADD COLUMN window_end timestamptz NOT NULL DEFAULT to_timestamp(0);
