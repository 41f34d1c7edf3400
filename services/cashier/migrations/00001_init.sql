-- Money in and money out. States are the numbers of cashier.v1's enums; amounts are minor units.

-- +goose Up

-- Money coming in. Its id is our reference at the provider and, with a prefix, the idempotency key there and in the wallet.
CREATE TABLE deposit (
    deposit_id            text        PRIMARY KEY,
    player_id             text        NOT NULL,
    integration_id        text        NOT NULL,
    psp                   text        NOT NULL, -- the wallet's account on the other side
    currency              text        NOT NULL,
    amount_minor          bigint      NOT NULL CHECK (amount_minor > 0),
    state                 smallint    NOT NULL CHECK (state BETWEEN 1 AND 6),
    return_url            text        NOT NULL,
    redirect_url          text        NOT NULL DEFAULT '',
    provider_ref          text        NOT NULL DEFAULT '',
    instrument            text        NOT NULL DEFAULT '',
    failure_code          text        NOT NULL DEFAULT '',
    operation_id          text        NOT NULL DEFAULT '',
    -- What withdrawals to the source have claimed, and the part of it that was paid.
    refund_claimed_minor  bigint      NOT NULL DEFAULT 0 CHECK (refund_claimed_minor BETWEEN 0 AND amount_minor),
    refunded_minor        bigint      NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND refund_claimed_minor),
    version               bigint      NOT NULL DEFAULT 1,
    created_at            timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL,
    expires_at            timestamptz NOT NULL,
    -- Set when the provider has said, asked by us, that it has the money: from then on the credit must happen.
    paid_at               timestamptz,
    -- When the background looks next; null when there is nothing left to find out.
    next_sync_at          timestamptz,
    sync_count            integer     NOT NULL DEFAULT 0
);
CREATE INDEX deposit_player ON deposit (player_id, deposit_id DESC);
CREATE INDEX deposit_provider_ref ON deposit (provider_ref) WHERE provider_ref <> '';
CREATE INDEX deposit_due ON deposit (next_sync_at) WHERE next_sync_at IS NOT NULL;
CREATE INDEX deposit_refundable ON deposit (player_id, currency, deposit_id) WHERE state = 3 AND refund_claimed_minor < amount_minor;

-- Money going out.
CREATE TABLE withdrawal (
    withdrawal_id         text        PRIMARY KEY,
    player_id             text        NOT NULL,
    currency              text        NOT NULL,
    amount_minor          bigint      NOT NULL CHECK (amount_minor > 0),
    destination           smallint    NOT NULL CHECK (destination BETWEEN 1 AND 2),
    psp                   text        NOT NULL,
    state                 smallint    NOT NULL CHECK (state BETWEEN 1 AND 9),
    iban_sealed           bytea,
    holder_sealed         bytea,
    iban_masked           text        NOT NULL DEFAULT '',
    -- The thresholds that applied when it was asked for, so that changing them later changes no open withdrawal.
    auto_up_to_minor      bigint,
    four_eyes_from_minor  bigint,
    approvals_needed      integer     NOT NULL CHECK (approvals_needed BETWEEN 0 AND 2),
    approved_revision     bigint      NOT NULL DEFAULT 0,
    revision              bigint      NOT NULL DEFAULT 1,
    hold_id               text        NOT NULL DEFAULT '',
    -- The decided end (a state), before the wallet has carried it out; never changes again once it is set.
    outcome               smallint    NOT NULL DEFAULT 0 CHECK (outcome IN (0, 5, 6, 7, 8)),
    reason                text        NOT NULL DEFAULT '',
    bank_reference        text        NOT NULL DEFAULT '',
    refusal               jsonb,      -- why the wallet did not reserve, to answer a repeated request the same
    created_at            timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL,
    next_step_at          timestamptz,
    step_count            integer     NOT NULL DEFAULT 0
);
CREATE INDEX withdrawal_player ON withdrawal (player_id, withdrawal_id DESC);
CREATE INDEX withdrawal_state ON withdrawal (state, withdrawal_id);
CREATE INDEX withdrawal_due ON withdrawal (next_step_at) WHERE next_step_at IS NOT NULL;

-- What one deposit's instrument gets back of a withdrawal to the source: one refund at the provider.
CREATE TABLE withdrawal_part (
    part_id        text        PRIMARY KEY,
    withdrawal_id  text        NOT NULL REFERENCES withdrawal,
    deposit_id     text        NOT NULL REFERENCES deposit,
    integration_id text        NOT NULL,
    amount_minor   bigint      NOT NULL CHECK (amount_minor > 0),
    state          smallint    NOT NULL CHECK (state BETWEEN 1 AND 6), -- part.go
    provider_ref   text        NOT NULL DEFAULT '',
    failure_code   text        NOT NULL DEFAULT '',
    first_sent_at  timestamptz,
    updated_at     timestamptz NOT NULL
);
CREATE INDEX withdrawal_part_withdrawal ON withdrawal_part (withdrawal_id, part_id);
CREATE INDEX withdrawal_part_provider_ref ON withdrawal_part (integration_id, provider_ref) WHERE provider_ref <> '';

-- One person's yes over one revision, with what it was over.
CREATE TABLE approval (
    withdrawal_id text        NOT NULL REFERENCES withdrawal,
    revision      bigint      NOT NULL,
    operator_id   text        NOT NULL,
    session_id    text        NOT NULL,
    comment       text        NOT NULL,
    amount_minor  bigint      NOT NULL,
    currency      text        NOT NULL,
    destination   text        NOT NULL,
    approved_at   timestamptz NOT NULL,
    PRIMARY KEY (withdrawal_id, revision, operator_id)
);

-- What providers reported. The raw body is sealed: it holds personal data.
CREATE TABLE provider_event (
    number         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    integration_id text        NOT NULL,
    event_id       text        NOT NULL,
    type           text        NOT NULL,
    subject        smallint    NOT NULL,
    provider_ref   text        NOT NULL,
    our_ref        text        NOT NULL,
    reported       smallint    NOT NULL, -- adapter.v1.PaymentStatus as the event shows it
    raw_sealed     bytea       NOT NULL,
    state          text        NOT NULL CHECK (state IN ('RECEIVED', 'APPLIED', 'IGNORED', 'FAILED')),
    detail         text        NOT NULL DEFAULT '',
    payment_id     text        NOT NULL DEFAULT '',
    deliveries     integer     NOT NULL DEFAULT 1,
    tries          integer     NOT NULL DEFAULT 0,
    occurred_at    timestamptz,
    received_at    timestamptz NOT NULL,
    applied_at     timestamptz,
    next_try_at    timestamptz,
    CONSTRAINT provider_event_pkey PRIMARY KEY (integration_id, event_id)
);
CREATE UNIQUE INDEX provider_event_number ON provider_event (number DESC);
CREATE INDEX provider_event_payment ON provider_event (payment_id, number DESC);
CREATE INDEX provider_event_due ON provider_event (next_try_at) WHERE next_try_at IS NOT NULL;

-- Steps of payments as players see them.
CREATE TABLE timeline (
    payment_id text        NOT NULL,
    number     bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    state      text        NOT NULL,
    reason     text        NOT NULL,
    next_step  text        NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (payment_id, number)
);

-- Which request a player's key was used for. Keys never expire.
CREATE TABLE idempotency (
    player_id   text        NOT NULL,
    key         text        NOT NULL,
    fingerprint bytea       NOT NULL,
    payment_id  text        NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT idempotency_pkey PRIMARY KEY (player_id, key)
);

-- Where provider and platform disagree. One row, and one event, per disagreement however often it is seen.
CREATE TABLE reconciliation (
    payment_id     text        NOT NULL,
    integration_id text        NOT NULL,
    kind           text        NOT NULL,
    ours           text        NOT NULL,
    theirs         text        NOT NULL,
    found_at       timestamptz NOT NULL,
    CONSTRAINT reconciliation_pkey PRIMARY KEY (payment_id, kind, theirs)
);
