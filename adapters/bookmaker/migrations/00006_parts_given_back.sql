-- Parts of a stake that go back from what is on hold, results that are half of one, and bets that their partner has to accept.

-- +goose Up
-- Parts that were refunded before count as paid by the bet: corrections of its result add them.
ALTER TABLE bet ADD COLUMN refunded_as_paid_minor bigint NOT NULL DEFAULT 0;
UPDATE bet SET refunded_as_paid_minor = refunded_minor WHERE refunded_minor > 0;

-- The last result was half won or half lost: whether the selection was right does not say what it pays.
ALTER TABLE bet ADD COLUMN half boolean NOT NULL DEFAULT false;

-- When the last correction of one of its rounds was sent that was applied to it: the same one again must not undo what came after it.
ALTER TABLE bet ADD COLUMN corrected_at bigint NOT NULL DEFAULT 0;

-- The partner said that it takes the bet; until when it must, where the integration bounds that.
ALTER TABLE bet ADD COLUMN accepted boolean NOT NULL DEFAULT false;
ALTER TABLE bet ADD COLUMN accept_by timestamptz;
-- It did not in time: it cannot any more.
ALTER TABLE bet ADD COLUMN expired boolean NOT NULL DEFAULT false;
CREATE INDEX bet_accept_by ON bet (accept_by) WHERE accept_by IS NOT NULL;
