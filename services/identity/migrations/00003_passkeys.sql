-- Passkeys, and the reset of a password.

-- +goose Up

-- The handle that a player's passkeys carry instead of a name: random, so that it tells nothing to whoever finds the device.
CREATE TABLE passkey_user (
    player_id  text        PRIMARY KEY REFERENCES player ON DELETE CASCADE,
    handle     bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT passkey_user_handle_key UNIQUE (handle)
);

-- credential is go-webauthn's record: public key, flags, counter, transports, attestation.
CREATE TABLE passkey (
    passkey_id    text        PRIMARY KEY,
    player_id     text        NOT NULL REFERENCES player ON DELETE CASCADE,
    credential_id bytea       NOT NULL,
    credential    jsonb       NOT NULL,
    name_sealed   bytea       NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz,
    suspended_at  timestamptz,
    CONSTRAINT passkey_credential_key UNIQUE (credential_id)
);
CREATE INDEX passkey_player ON passkey (player_id, passkey_id);

-- A begun registration, login or step-up; taken out before what the device answers is looked at. A login knows no player yet.
CREATE TABLE passkey_flow (
    token_hash bytea       PRIMARY KEY,
    purpose    text        NOT NULL CHECK (purpose IN ('REGISTER', 'LOGIN', 'STEP_UP')),
    session_id text        REFERENCES session ON DELETE CASCADE,
    data       jsonb       NOT NULL,
    expires_at timestamptz NOT NULL,
    CHECK ((purpose = 'LOGIN') = (session_id IS NULL))
);
CREATE INDEX passkey_flow_session ON passkey_flow (session_id) WHERE session_id IS NOT NULL;

-- A mailed link; a player has one at most.
CREATE TABLE password_reset (
    player_id  text        PRIMARY KEY REFERENCES player ON DELETE CASCADE,
    token_hash bytea       NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT password_reset_token_key UNIQUE (token_hash)
);

-- A reset that was asked for is owed, too: whether the address has an account is looked up behind the answer.
ALTER TABLE dispatch DROP CONSTRAINT dispatch_kind_check;
ALTER TABLE dispatch ADD CONSTRAINT dispatch_kind_check CHECK (kind IN ('mail', 'telegram', 'password_reset')) NOT VALID;
ALTER TABLE dispatch VALIDATE CONSTRAINT dispatch_kind_check;
