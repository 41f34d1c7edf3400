package main

// The statements of the filling. The n-th round is of player n modulo the number of players, and is that player's round n divided by it; a round costs
// the player 5 minor units and brings them to the house. Every balance and version follows from that without reading what was written before.

// fillPlayers finds what the filling needs of each player: accounts, balances so far, and the place among those who use the same stripe of the
// house account.
const fillPlayers = `
CREATE UNLOGGED TABLE bench_player AS
SELECT row_number() OVER (ORDER BY a.id) - 1 AS place, a.owner, a.currency, a.id AS cash, a.held_id AS held, a.balance_minor AS balance, a.version,
       h.id AS house, h.balance_minor AS house_balance,
       row_number() OVER (PARTITION BY h.id ORDER BY a.id) - 1 AS house_place, count(*) OVER (PARTITION BY h.id) AS house_players
FROM account a
JOIN (SELECT player_id, currency, min(accounts) AS accounts FROM operation WHERE kind = 'SETTLE_HOLD' GROUP BY player_id, currency) o
    ON o.player_id = a.owner AND o.currency = a.currency
JOIN account h ON h.kind = 3 AND h.id = ANY(o.accounts)
WHERE a.kind = 1 AND a.held_minor = 0`

// fillRounds are the rounds from $1 to $2 in batches of $3; $4 is the last block of numbers that is taken, $5 the time of the first batch, $6 the
// beginning of ids, $7 the kind of source.
const fillRounds = `
WITH size AS (SELECT count(*) AS players FROM bench_player),
round AS (
    SELECT n, p.*, n / size.players AS played, 'fill ' || n AS name,
           p.balance - 5 * (n / size.players) AS cash_before, p.version + 2 * (n / size.players) AS version_before,
           p.house_balance + 5 * (n / size.players * p.house_players + p.house_place) AS house_before,
           $4::bigint + 4096 * (2 * (n / $3::bigint) + 1) + 2 * (n % $3) AS hold_number,
           $4::bigint + 4096 * (2 * (n / $3::bigint) + 2) + 4 * (n % $3) AS settle_number,
           $5::timestamptz + (2 * (n / $3)) * interval '100 microseconds' AS hold_at,
           $5::timestamptz + (2 * (n / $3) + 1) * interval '100 microseconds' AS settle_at,
           'hld_' || $6::text || 'e' || lpad(to_hex(n), 8, '0') || substr(md5(n::text), 1, 7) AS hold_id,
           'wop_' || $6::text || 'e' || lpad(to_hex(2 * n), 8, '0') || substr(md5(n::text), 8, 7) AS hold_operation,
           'wop_' || $6::text || 'e' || lpad(to_hex(2 * n + 1), 8, '0') || substr(md5(n::text), 15, 7) AS settle_operation,
           $7::smallint AS source_kind
    FROM size, generate_series($1::bigint, $2::bigint) n
    JOIN bench_player p ON p.place = n % (SELECT players FROM size)
)`

const fillEntries = fillRounds + `
INSERT INTO entry (number, created_at, operation_number, account_id, type, amount_minor, balance_after_minor)
SELECT e.operation + e.place, e.at, e.operation, e.account, e.type, e.amount, e.after
FROM round r, LATERAL (VALUES
    (r.hold_number, 0, r.hold_at, r.cash, 5, -100, r.cash_before - 100),
    (r.hold_number, 1, r.hold_at, r.held, 5, 100, 100),
    (r.settle_number, 0, r.settle_at, r.held, 7, -100, 0),
    (r.settle_number, 1, r.settle_at, r.house, 7, 100, r.house_before + 100),
    (r.settle_number, 2, r.settle_at, r.house, 8, -95, r.house_before + 5),
    (r.settle_number, 3, r.settle_at, r.cash, 8, 95, r.cash_before - 5)) e (operation, place, at, account, type, amount, after)
ORDER BY e.operation, e.place`

const fillOperations = fillRounds + `
INSERT INTO operation (number, created_at, id, caller, request_id, kind, player_id, currency, hold_id, source_kind, source_id, round_id, provider_tx_id,
    game_id, trace_id, available_minor, held_minor, balance_version, entry_count, accounts, amount_minor, payout_minor)
SELECT o.number, o.at, o.id, 'gaming', o.verb || r.name, o.kind, r.owner, r.currency, r.hold_id, r.source_kind, 'bet ' || r.name, r.name, 'tx ' || r.name,
    'game', '', o.available, o.held, r.version_before + o.version, o.entries, o.accounts, 100, o.payout
FROM round r, LATERAL (VALUES
    (r.hold_number, r.hold_at, r.hold_operation, 'hold ', 'PLACE_HOLD', r.cash_before - 100, 100, 1, 2, ARRAY[r.cash, r.held], 0),
    (r.settle_number, r.settle_at, r.settle_operation, 'settle ', 'SETTLE_HOLD', r.cash_before - 5, 0, 2, 4, ARRAY[r.held, r.house, r.cash], 95)
    ) o (number, at, id, verb, kind, available, held, version, entries, accounts, payout)
ORDER BY o.number`

const fillKeys = fillRounds + `
INSERT INTO operation_key (key, fingerprint, operation_id, operation_number, created_at, hold_id, currency, available_minor, held_minor, balance_version)
SELECT request_key('gaming', k.request), sha256(convert_to(k.request, 'UTF8')), k.id, k.number, k.at, r.hold_id, r.currency, k.available, k.held,
    r.version_before + k.version
FROM round r, LATERAL (VALUES
    (r.hold_number, r.hold_at, r.hold_operation, 'hold ' || r.name, r.cash_before - 100, 100, 1),
    (r.settle_number, r.settle_at, r.settle_operation, 'settle ' || r.name, r.cash_before - 5, 0, 2)
    ) k (number, at, id, request, available, held, version)
ORDER BY k.number`

const fillHolds = fillRounds + `
INSERT INTO hold (id, player_id, currency, amount_minor, purpose, state, source_kind, source_id, round_id, provider_tx_id, game_id, settled_minor,
    paid_minor, created_at, closed_at)
SELECT hold_id, owner, currency, 100, 1, 2, source_kind, 'bet ' || name, name, 'tx ' || name, 'game', 100, 95, hold_at, settle_at
FROM round
ORDER BY n`

// fillBalances brings the accounts to where $1 rounds leave them.
const fillBalances = `
WITH played AS (
    SELECT p.cash, p.house, ($1::bigint - p.place + size.players - 1) / size.players AS rounds
    FROM bench_player p, (SELECT count(*) AS players FROM bench_player) size
), change AS (
    SELECT cash AS id, -5 * rounds AS amount, 2 * rounds AS operations FROM played
    UNION ALL
    SELECT house, (5 * sum(rounds))::bigint, 0 FROM played GROUP BY house
)
UPDATE account a SET balance_minor = a.balance_minor + c.amount, version = a.version + c.operations FROM change c WHERE c.id = a.id`
