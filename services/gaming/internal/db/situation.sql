-- Queries of batches. Each row is looked up by itself, in a LATERAL that OFFSET 0 keeps in one piece: their plans are made once per connection, often while the tables are
-- small, and a plan that reads an index to its end to join it would be kept while the table grows.

-- name: LoadSessions :many
-- Used by read batches: the sessions of tokens. Served by session_token_pkey, game_session_pkey, player_block_pkey.
SELECT t.token_sha256, t.replaced_at, s.game_session_id, s.integration_id, s.player_id, s.game_id, s.currency, s.country, s.language, s.started_at, s.expires_at, s.launched_at, s.ended_at,
    s.end_reason, s.game_code, s.provider, COALESCE((SELECT b.blocked FROM player_block b WHERE b.player_id = s.player_id), false)::boolean AS blocked
FROM (SELECT unnest(@integrations::text[]) AS integration_id, unnest(@hashes::bytea[]) AS hash) k
CROSS JOIN LATERAL (SELECT x.token_sha256, x.replaced_at, x.game_session_id FROM session_token x
    WHERE x.integration_id = k.integration_id AND x.token_sha256 = k.hash OFFSET 0) t
CROSS JOIN LATERAL (SELECT * FROM game_session x WHERE x.game_session_id = t.game_session_id OFFSET 0) s;

-- name: LoadNewestSessions :many
-- Used by read batches with calls that carry no token: each player's newest session of an integration, in the currency that the call names. One that is live comes before one that is over, if it is
-- among the player's last 20; one of another currency comes last. Each is looked for only when there is none before it. Served by game_session_player, game_session_pkey, player_block_pkey.
SELECT k.currency AS wanted, s.game_session_id, s.integration_id, s.player_id, s.game_id, s.currency, s.country, s.language, s.started_at, s.expires_at, s.launched_at, s.ended_at,
    s.end_reason, s.game_code, s.provider, COALESCE((SELECT b.blocked FROM player_block b WHERE b.player_id = s.player_id), false)::boolean AS blocked
FROM (SELECT unnest(@integrations::text[]) AS integration_id, unnest(@players::text[]) AS player_id, unnest(@currencies::text[])::text AS currency) k
CROSS JOIN LATERAL (SELECT COALESCE(
    (SELECT l.game_session_id FROM (SELECT * FROM game_session y WHERE y.player_id = k.player_id AND y.integration_id = k.integration_id ORDER BY y.started_at DESC LIMIT 20) l
        WHERE l.ended_at IS NULL AND l.expires_at > @now::timestamptz AND k.currency IN ('', l.currency) ORDER BY l.started_at DESC LIMIT 1),
    (SELECT y.game_session_id FROM game_session y WHERE y.player_id = k.player_id AND y.integration_id = k.integration_id AND k.currency IN ('', y.currency)
        ORDER BY y.started_at DESC LIMIT 1),
    (SELECT y.game_session_id FROM game_session y WHERE y.player_id = k.player_id AND y.integration_id = k.integration_id ORDER BY y.started_at DESC LIMIT 1)) AS game_session_id OFFSET 0) t
CROSS JOIN LATERAL (SELECT * FROM game_session x WHERE x.game_session_id = t.game_session_id OFFSET 0) s;

-- name: LoadBlocked :many
-- Used with LoadNewestSessions: who may not stake. Served by player_block_pkey.
SELECT b.player_id FROM player_block b WHERE b.player_id = ANY(@players::text[]) AND b.blocked;

-- name: LoadRounds :many
-- Used by read batches for rounds by their provider's id of tokens that are not remembered. The player is the token's. Served by round_provider_key. Rows are compared as wholes, so that no
-- plan reads all rounds of a player along round_player.
SELECT r.*
FROM (SELECT unnest(@integrations::text[]) AS integration_id, unnest(@players::text[]) AS player_id, unnest(@hashes::bytea[]) AS hash,
             unnest(@provider_rounds::text[]) AS provider_round_id) k
CROSS JOIN LATERAL (SELECT COALESCE(NULLIF(k.player_id, ''), (SELECT s.player_id FROM session_token t JOIN game_session s ON s.game_session_id = t.game_session_id
    WHERE t.integration_id = k.integration_id AND t.token_sha256 = k.hash))::text AS player_id OFFSET 0) p
CROSS JOIN LATERAL (SELECT * FROM round x
    WHERE (x.integration_id, x.player_id, x.provider_round_id) >= (k.integration_id, p.player_id, k.provider_round_id)
    AND (x.integration_id, x.player_id, x.provider_round_id) <= (k.integration_id, p.player_id, k.provider_round_id) OFFSET 0) r;

-- name: LoadRoundBets :many
-- Used by read batches: the bets of those rounds. Served by round_provider_key, bet_round.
SELECT b.*
FROM (SELECT unnest(@integrations::text[]) AS integration_id, unnest(@players::text[]) AS player_id, unnest(@hashes::bytea[]) AS hash,
             unnest(@provider_rounds::text[]) AS provider_round_id) k
CROSS JOIN LATERAL (SELECT COALESCE(NULLIF(k.player_id, ''), (SELECT s.player_id FROM session_token t JOIN game_session s ON s.game_session_id = t.game_session_id
    WHERE t.integration_id = k.integration_id AND t.token_sha256 = k.hash))::text AS player_id OFFSET 0) p
CROSS JOIN LATERAL (SELECT x.round_id FROM round x
    WHERE (x.integration_id, x.player_id, x.provider_round_id) >= (k.integration_id, p.player_id, k.provider_round_id)
    AND (x.integration_id, x.player_id, x.provider_round_id) <= (k.integration_id, p.player_id, k.provider_round_id) OFFSET 0) r
CROSS JOIN LATERAL (SELECT * FROM bet x WHERE x.round_id = r.round_id OFFSET 0) b;

-- name: RoundsByID :many
-- Used by write batches, under their locks, and by read batches where our id is known. Served by round_pkey.
SELECT * FROM round WHERE round_id = ANY(@round_ids::text[]);

-- name: BetsByRound :many
-- Used with RoundsByID. Served by bet_round.
SELECT * FROM bet WHERE round_id = ANY(@round_ids::text[]);

-- name: BetsByTx :many
-- Used by read and write batches: bets by their provider's transactions. Served by bet_provider_tx_key.
SELECT b.*
FROM (SELECT unnest(@integrations::text[]) AS integration_id, unnest(@ids::text[]) AS provider_tx_id) k
CROSS JOIN LATERAL (SELECT * FROM bet x WHERE x.integration_id = k.integration_id AND x.provider_tx_id = k.provider_tx_id OFFSET 0) b;

-- name: Transactions :many
-- Used by read and write batches: transactions of all kinds by their provider's ids, and the cancellations that name them. Served by provider_tx_pkey,
-- provider_tx_reference.
SELECT t.*
FROM (SELECT unnest(@integrations::text[]) AS integration_id, unnest(@ids::text[]) AS provider_tx_id) k
CROSS JOIN LATERAL (SELECT * FROM provider_tx x WHERE x.provider_tx_id = k.provider_tx_id AND x.integration_id = k.integration_id OFFSET 0) t
UNION ALL
SELECT t.*
FROM (SELECT unnest(@integrations::text[]) AS integration_id, unnest(@ids::text[]) AS reference_tx_id) k
CROSS JOIN LATERAL (SELECT * FROM provider_tx x WHERE x.integration_id = k.integration_id AND x.reference_tx_id = k.reference_tx_id AND x.kind = 'cancel'
    OFFSET 0) t;

-- name: LockKeys :exec
-- Used first by each write batch: everything about one round, and about one provider's transaction id, happens one after the other, also before its row
-- exists. The keys come sorted, so that two batches do not wait for each other.
SELECT pg_advisory_xact_lock(k) FROM unnest(@keys::bigint[]) AS k;

-- name: Unchanged :exec
-- Used by batches that write without reading first, under their locks: fails with PB001 when a cancellation names one of the transactions, or a round or a bet
-- is not as it was seen. Served by provider_tx_reference, round_pkey, bet_pkey.
SELECT unchanged(@integrations::text[], @tx_ids::text[], @round_ids::text[], @versions::bigint[], @touched_ats::timestamptz[],
    @bet_ids::text[], @states::smallint[], @payouts::bigint[]);

-- name: InsertRounds :exec
-- Used by write batches.
INSERT INTO round (round_id, integration_id, player_id, provider_round_id, game_id, currency, state, closing, stuck, version, opened_at, closed_at, touched_at)
SELECT unnest(@round_ids::text[]), unnest(@integrations::text[]), unnest(@players::text[]), unnest(@provider_rounds::text[]), unnest(@games::text[]),
    unnest(@currencies::text[]), unnest(@states::smallint[]), unnest(@closings::boolean[]), unnest(@stucks::boolean[]), unnest(@versions::bigint[]), unnest(@opened_ats::timestamptz[]),
    NULLIF(unnest(@closed_ats::timestamptz[]), 'epoch'), @now::timestamptz;

-- name: UpdateRounds :exec
-- Used by write batches, under their locks. A round that is open again is due for the sweeper, who may have passed it. Served by round_pkey.
UPDATE round r SET state = n.state, closing = n.closing, stuck = n.stuck, version = n.version, closed_at = NULLIF(n.closed_at, 'epoch'), touched_at = n.touched_at,
    sweep_at = CASE WHEN n.reopened THEN @now::timestamptz ELSE r.sweep_at END
FROM (SELECT unnest(@round_ids::text[]) AS round_id, unnest(@states::smallint[]) AS state, unnest(@closings::boolean[]) AS closing,
             unnest(@stucks::boolean[]) AS stuck, unnest(@versions::bigint[]) AS version, unnest(@closed_ats::timestamptz[]) AS closed_at,
             unnest(@reopeneds::boolean[]) AS reopened, unnest(@touched_ats::timestamptz[]) AS touched_at) n
WHERE r.round_id = n.round_id AND r.round_id = ANY(@round_ids::text[]);

-- name: UpdateAdjusted :exec
-- Used by write batches, under their locks, when winnings were adjusted that no bet of the round has paid. Served by round_pkey.
UPDATE round r SET adjusted_minor = n.adjusted, adjustments = n.adjustments, adjustments_back = n.back
FROM (SELECT unnest(@round_ids::text[]) AS round_id, unnest(@adjusteds::bigint[]) AS adjusted, unnest(@adjustments::integer[]) AS adjustments,
             unnest(@backs::integer[]) AS back) n
WHERE r.round_id = n.round_id;

-- name: InsertBets :exec
-- Used by write batches.
INSERT INTO bet (bet_id, round_id, integration_id, player_id, game_id, game_code, game_session_id, provider_tx_id, currency, stake_minor, payout_minor,
    free_round, state, hold_id, reject_reason, placed_at, settled_at, cashed_out, winnings_taken, jackpot_minor, decided)
SELECT unnest(@bet_ids::text[]), unnest(@round_ids::text[]), unnest(@integrations::text[]), unnest(@players::text[]), unnest(@games::text[]),
    unnest(@game_codes::text[]), unnest(@sessions::text[]), unnest(@provider_txs::text[]), unnest(@currencies::text[]), unnest(@stakes::bigint[]),
    unnest(@payouts::bigint[]), unnest(@free_rounds::boolean[]), unnest(@states::smallint[]), unnest(@holds::text[]), unnest(@reject_reasons::text[]),
    unnest(@placed_ats::timestamptz[]), NULLIF(unnest(@settled_ats::timestamptz[]), 'epoch'), unnest(@cashed_outs::boolean[]),
    unnest(@winnings_takens::boolean[]), unnest(@jackpots::bigint[]), unnest(@decideds::boolean[]);

-- name: UpdateBets :exec
-- Used by write batches, under their locks. Served by bet_pkey.
UPDATE bet b SET state = n.state, payout_minor = n.payout, hold_id = n.hold, settled_at = NULLIF(n.settled_at, 'epoch'), cashed_out = n.cashed_out,
    winnings_taken = n.winnings_taken, jackpot_minor = n.jackpot, decided = n.decided
FROM (SELECT unnest(@bet_ids::text[]) AS bet_id, unnest(@states::smallint[]) AS state, unnest(@payouts::bigint[]) AS payout, unnest(@holds::text[]) AS hold,
             unnest(@settled_ats::timestamptz[]) AS settled_at, unnest(@cashed_outs::boolean[]) AS cashed_out,
             unnest(@winnings_takens::boolean[]) AS winnings_taken, unnest(@jackpots::bigint[]) AS jackpot, unnest(@decideds::boolean[]) AS decided) n
WHERE b.bet_id = n.bet_id AND b.bet_id = ANY(@bet_ids::text[]);

-- name: UpdateStakes :exec
-- Used by write batches, under their locks, when a part of a stake went back or an operator corrected a result. Served by bet_pkey.
UPDATE bet b SET stake_minor = n.stake, returned_minor = n.returned, operator_minor = n.operator
FROM (SELECT unnest(@bet_ids::text[]) AS bet_id, unnest(@stakes::bigint[]) AS stake, unnest(@returneds::bigint[]) AS returned, unnest(@operators::bigint[]) AS operator) n
WHERE b.bet_id = n.bet_id;

-- name: InsertTransactions :exec
-- Used by write batches.
INSERT INTO provider_tx (integration_id, kind, provider_tx_id, fingerprint, state, action, player_id, round_id, bet_id, reference_tx_id, reference_kind,
    currency, amount_minor, winnings_minor, round_closed, refuse_reason, balance_minor, bonus_minor, reported_minor, provider_round_id, game_code, refusal,
    applied, was_cancelled, reference_want, purpose, campaign, note, created_at, touched_at)
SELECT unnest(@integrations::text[]), unnest(@kinds::text[]), unnest(@ids::text[]), unnest(@fingerprints::bytea[]), unnest(@states::smallint[]),
    unnest(@actions::text[]), unnest(@players::text[]), unnest(@round_ids::text[]), unnest(@bet_ids::text[]), unnest(@reference_ids::text[]),
    unnest(@reference_kinds::text[]), unnest(@currencies::text[]), unnest(@amounts::bigint[]), unnest(@winnings::bigint[]), unnest(@round_closeds::boolean[]),
    unnest(@refuse_reasons::text[]), unnest(@balances::bigint[]), unnest(@bonuses::bigint[]), unnest(@reporteds::bigint[]),
    unnest(@provider_rounds::text[]), unnest(@game_codes::text[]), NULLIF(unnest(@refusals::text[]), '')::jsonb, unnest(@applieds::boolean[]),
    unnest(@was_cancelleds::boolean[]), unnest(@reference_wants::text[]), unnest(@purposes::text[]), unnest(@campaigns::text[]),
    unnest(@notes::text[]), unnest(@created_ats::timestamptz[]), @now::timestamptz;
