-- Results that an operator's stands before.

-- +goose Up
-- The bet's first result was refused, because an operator had given it one; what comes after it corrects.
ALTER TABLE bet ADD COLUMN overruled boolean NOT NULL DEFAULT false;
