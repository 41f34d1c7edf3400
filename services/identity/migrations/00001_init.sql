-- Who people are: players, operators, partners, their credentials, sessions and keys. Personal data is sealed (bytea, kit/secret);
-- what must be found by value has a keyed hash (HMAC-SHA256 under data_key 'index') beside it. No secret lies here readable.

-- +goose Up

-- Keys that this service makes for itself, sealed with the service's box; made once, by whoever comes first.
CREATE TABLE data_key (
    purpose    text        PRIMARY KEY,
    sealed     bytea       NOT NULL,
    created_at timestamptz NOT NULL
);

-- An UNVERIFIED row is one registration attempt: several may exist for one address, each with the password and the code of that
-- attempt, so that nobody can plant a password in somebody else's registration. Confirming one removes the others.
CREATE TABLE player (
    player_id          text        PRIMARY KEY,
    email_index        bytea,
    email_sealed       bytea,
    email_verified_at  timestamptz,
    status             text        NOT NULL CHECK (status IN ('UNVERIFIED', 'ACTIVE', 'LOCKED')),
    password_hash      text,
    password_set_at    timestamptz, -- by its owner; not moved when the hash is made again
    country            text        NOT NULL DEFAULT 'XX',
    language           text        NOT NULL DEFAULT 'en',
    time_zone          text        NOT NULL DEFAULT 'UTC',
    adult_confirmed_at timestamptz,
    version            bigint      NOT NULL DEFAULT 1,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    CHECK ((email_index IS NULL) = (email_sealed IS NULL))
);
CREATE UNIQUE INDEX player_email_verified_key ON player (email_index) WHERE email_verified_at IS NOT NULL;
CREATE INDEX player_email_index ON player (email_index);
CREATE INDEX player_status ON player (status, player_id);
CREATE INDEX player_unverified ON player (created_at) WHERE status = 'UNVERIFIED';

-- The mailed code of a registration attempt.
CREATE TABLE email_code (
    player_id  text        PRIMARY KEY REFERENCES player ON DELETE CASCADE,
    code_hash  bytea       NOT NULL,
    attempts   integer     NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL
);

CREATE TABLE operator (
    operator_id   text        PRIMARY KEY,
    email_index   bytea       NOT NULL,
    email_sealed  bytea       NOT NULL,
    name_sealed   bytea       NOT NULL,
    roles         text[]      NOT NULL,
    status        text        NOT NULL CHECK (status IN ('INVITED', 'ACTIVE', 'DISABLED')),
    password_hash text,
    password_set_at timestamptz,
    version       bigint      NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT operator_email_key UNIQUE (email_index)
);

CREATE TABLE invitation (
    operator_id text        PRIMARY KEY REFERENCES operator ON DELETE CASCADE,
    token_hash  bytea       NOT NULL UNIQUE,
    attempts    integer     NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL
);

-- Second factor of a player or an operator. last_used_step is the 30 s step of the last accepted code: none at or before it counts again.
CREATE TABLE totp (
    subject_id     text        PRIMARY KEY,
    secret_sealed  bytea,
    pending_sealed bytea,
    last_used_step bigint      NOT NULL DEFAULT 0,
    confirmed_at   timestamptz,
    updated_at     timestamptz NOT NULL
);

CREATE TABLE recovery_code (
    subject_id text        NOT NULL,
    code_hash  bytea       NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (subject_id, code_hash)
);

-- A person at another identity provider. The key is issuer and subject, never a user name.
CREATE TABLE external_identity (
    issuer         text        NOT NULL,
    subject_index  bytea       NOT NULL,
    subject_sealed bytea       NOT NULL,
    player_id      text        NOT NULL REFERENCES player ON DELETE CASCADE,
    chat_sealed    bytea,
    created_at     timestamptz NOT NULL,
    CONSTRAINT external_identity_pkey PRIMARY KEY (issuer, subject_index),
    CONSTRAINT external_identity_player_key UNIQUE (player_id, issuer)
);

-- One login on one device. device_id is the opaque id the edge gave the browser; client_sealed is its address and what it calls itself.
CREATE TABLE session (
    session_id      text        PRIMARY KEY,
    subject_id      text        NOT NULL,
    subject_kind    text        NOT NULL CHECK (subject_kind IN ('player', 'operator')),
    device_id       text        NOT NULL,
    client_sealed   bytea       NOT NULL,
    methods         text[]      NOT NULL,
    acr             text        NOT NULL,
    auth_time       timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    last_seen_at    timestamptz NOT NULL,
    idle_expires_at timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    ended_at        timestamptz,
    end_reason      text
);
CREATE INDEX session_live ON session (subject_id, session_id) WHERE ended_at IS NULL;
CREATE INDEX session_over ON session (idle_expires_at) WHERE ended_at IS NULL;

-- Refresh tokens; a session's tokens are one family. Only the SHA-256 of 256 random bits is kept.
CREATE TABLE refresh_token (
    token_hash  bytea       PRIMARY KEY,
    session_id  text        NOT NULL REFERENCES session ON DELETE CASCADE,
    parent_hash bytea,
    issued_at   timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    revoked_at  timestamptz,
    replaced_by bytea
);
CREATE INDEX refresh_token_session ON refresh_token (session_id);

-- Devices that have logged in to an account before; they have a throttle of their own and cause no mail.
CREATE TABLE known_device (
    subject_id text        NOT NULL,
    device_id  text        NOT NULL,
    seen_at    timestamptz NOT NULL,
    PRIMARY KEY (subject_id, device_id)
);

-- First factor done, second one asked for.
CREATE TABLE challenge (
    token_hash bytea       PRIMARY KEY,
    player_id  text        NOT NULL REFERENCES player ON DELETE CASCADE,
    methods    text[]      NOT NULL,
    attempts   integer     NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL
);
CREATE INDEX challenge_player ON challenge (player_id);

CREATE TABLE live_ticket (
    token_hash bytea       PRIMARY KEY,
    player_id  text        NOT NULL,
    session_id text        NOT NULL REFERENCES session ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);

-- Attempts by account, address and device. key is a keyed hash, so that no address lies here readable.
CREATE TABLE throttle (
    scope         text        NOT NULL,
    key           bytea       NOT NULL,
    count         integer     NOT NULL,
    started_at    timestamptz NOT NULL,
    last_at       timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL,
    refused       boolean     NOT NULL, -- whether the last attempt was
    PRIMARY KEY (scope, key)
);
CREATE INDEX throttle_last_at ON throttle (last_at);

-- Keys that sign access tokens. States follow from the times (signing_key.go), so that replicas agree without talking.
CREATE TABLE signing_key (
    kid            text        PRIMARY KEY,
    public_key     bytea       NOT NULL,
    private_sealed bytea       NOT NULL,
    created_at     timestamptz NOT NULL,
    signs_from     timestamptz NOT NULL,
    disabled_at    timestamptz,
    reason         text        NOT NULL
);

CREATE TABLE partner_client (
    client_id   text        PRIMARY KEY,
    name        text        NOT NULL,
    secret_hash bytea       NOT NULL,
    scopes      text[]      NOT NULL,
    enabled     boolean     NOT NULL DEFAULT true,
    session_id  text        NOT NULL, -- of its tokens; a new one each time it is enabled, ended by event when it is disabled
    created_by  text        NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);

-- Begun OpenID Connect logins; taken out before the code is exchanged.
CREATE TABLE telegram_login (
    state_hash     bytea       PRIMARY KEY,
    integration_id text        NOT NULL,
    nonce          text        NOT NULL,
    verifier       bytea       NOT NULL,
    redirect_uri   text        NOT NULL,
    expires_at     timestamptz NOT NULL
);

-- Signed data of Telegram that was used already and is not too old to be presented again.
CREATE TABLE telegram_proof (
    proof_hash bytea       PRIMARY KEY,
    expires_at timestamptz NOT NULL
);

CREATE TABLE telegram_link (
    token_hash     bytea       PRIMARY KEY,
    integration_id text        NOT NULL,
    player_id      text        NOT NULL REFERENCES player ON DELETE CASCADE,
    session_id     text        NOT NULL REFERENCES session ON DELETE CASCADE,
    state          text        NOT NULL CHECK (state IN ('WAITING', 'STARTED', 'LINKED', 'REFUSED')),
    subject_index  bytea,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL
);
CREATE INDEX telegram_link_player ON telegram_link (player_id, created_at);

-- Updates of the bot that had their effect.
CREATE TABLE telegram_update (
    integration_id text        NOT NULL,
    update_id      bigint      NOT NULL,
    received_at    timestamptz NOT NULL,
    PRIMARY KEY (integration_id, update_id)
);
CREATE INDEX telegram_update_received_at ON telegram_update (received_at);

-- Mails and bot messages that a committed transaction owes; removed when handed over.
CREATE TABLE dispatch (
    dispatch_id    text        PRIMARY KEY,
    kind           text        NOT NULL CHECK (kind IN ('mail', 'telegram')),
    payload_sealed bytea       NOT NULL,
    attempts       integer     NOT NULL DEFAULT 0,
    last_error     text        NOT NULL DEFAULT '',
    due_at         timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    created_at     timestamptz NOT NULL
);
CREATE INDEX dispatch_due ON dispatch (due_at);
