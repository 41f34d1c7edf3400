-- OpenProviderWallet: with SendTransfer to a provider, and again when it is confirmed; the money of a player who was locked meanwhile goes back at once. Primary keys.
-- name: OpenProviderWallet :exec
INSERT INTO provider_wallet (integration_id, player_id, currency, holding, active_at)
VALUES (@integration_id, @player_id, @currency, true, @now::timestamptz)
ON CONFLICT (integration_id, player_id, currency) DO UPDATE SET holding = true, active_at = EXCLUDED.active_at,
    return_at = CASE WHEN EXISTS (SELECT 1 FROM player_block b WHERE b.player_id = provider_wallet.player_id AND b.blocked) THEN EXCLUDED.active_at
        ELSE provider_wallet.return_at END,
    return_cause = CASE WHEN EXISTS (SELECT 1 FROM player_block b WHERE b.player_id = provider_wallet.player_id AND b.blocked) THEN 5 ELSE provider_wallet.return_cause END;

-- TouchProviderWallet: a launch, or bets that were read: not idle yet. Primary key.
-- name: TouchProviderWallet :exec
UPDATE provider_wallet SET active_at = greatest(active_at, @at::timestamptz), holding = true
WHERE integration_id = @integration_id AND player_id = @player_id AND currency = @currency;

-- AskReturns: a login ended, a player was locked, or a limit leaves no room: everything comes back, of one currency or of all. Index provider_wallet_player.
-- name: AskReturns :exec
UPDATE provider_wallet SET return_at = @now::timestamptz, return_cause = @cause
WHERE player_id = @player_id AND (@currency::text = '' OR currency = @currency) AND holding AND return_at IS NULL;

-- AskReturn: an operator wants everything back, until nothing is left. Primary key.
-- name: AskReturn :exec
UPDATE provider_wallet SET return_at = @at::timestamptz, return_cause = @cause
WHERE integration_id = @integration_id AND player_id = @player_id AND currency = @currency AND holding AND return_at IS NULL;

-- AskIdleReturns: wallets in which nothing happened for a while. Index provider_wallet_idle.
-- name: AskIdleReturns :exec
UPDATE provider_wallet SET return_at = @now::timestamptz, return_cause = 4 WHERE holding AND return_at IS NULL AND active_at < @before::timestamptz;

-- TakeReturns: the background task; each wallet is taken by one replica. Index provider_wallet_return.
-- name: TakeReturns :many
UPDATE provider_wallet SET return_at = @until
WHERE (integration_id, player_id, currency) IN (
    SELECT w.integration_id, w.player_id, w.currency FROM provider_wallet w WHERE w.return_at <= @now::timestamptz ORDER BY w.return_at LIMIT @max_rows FOR UPDATE SKIP LOCKED
)
RETURNING *;

-- PostponeReturn: not everything is back yet. Primary key.
-- name: PostponeReturn :exec
UPDATE provider_wallet SET return_at = @at
WHERE integration_id = @integration_id AND player_id = @player_id AND currency = @currency AND return_at IS NOT NULL;

-- EmptyProviderWallet: nothing is left there, unless something was sent since it was looked at. Primary key.
-- name: EmptyProviderWallet :exec
UPDATE provider_wallet SET holding = active_at > @seen::timestamptz, return_at = CASE WHEN active_at > @seen::timestamptz THEN return_at END
WHERE integration_id = @integration_id AND player_id = @player_id AND currency = @currency;

-- HasProviderWallet: whether a player that a provider names has ever had money there. Primary key.
-- name: HasProviderWallet :one
SELECT EXISTS (SELECT 1 FROM provider_wallet WHERE integration_id = @integration_id AND player_id = @player_id AND currency = @currency)::boolean;

-- ListProviderWallets: reconciliation, wallet by wallet. Primary key.
-- name: ListProviderWallets :many
SELECT * FROM provider_wallet
WHERE integration_id = @integration_id AND (player_id, currency) > (@after_player::text, @after_currency::text)
ORDER BY player_id, currency LIMIT @max_rows;

-- ExpectedFunds: reconciliation: what must be in a wallet: what was transferred there and not back, and what was won and lost. Indexes provider_transfer_player, bet_player.
-- name: ExpectedFunds :one
SELECT (COALESCE((SELECT sum(CASE WHEN t.direction = 1 THEN t.amount_minor ELSE -t.amount_minor END) FROM provider_transfer t
            WHERE t.player_id = @player_id AND t.integration_id = @integration_id AND t.currency = @currency AND t.state = 3), 0)
      + COALESCE((SELECT sum(b.payout_minor - b.stake_minor) FROM bet b
            WHERE b.player_id = @player_id AND b.integration_id = @integration_id AND b.currency = @currency AND b.provider_wallet), 0))::bigint AS minor;

-- StartPlayImport: with the first transfer to a provider. Primary key.
-- name: StartPlayImport :exec
INSERT INTO provider_play (integration_id, next_at) VALUES (@integration_id, @now::timestamptz) ON CONFLICT DO NOTHING;

-- TakePlayImport: the background task; each provider is read by one replica. Primary key; there are few rows.
-- name: TakePlayImport :many
UPDATE provider_play SET next_at = @until
WHERE integration_id IN (SELECT p.integration_id FROM provider_play p WHERE p.next_at <= @now::timestamptz FOR UPDATE SKIP LOCKED)
RETURNING *;

-- AdvancePlayImport: with a page of bets; it never goes back. Primary key.
-- name: AdvancePlayImport :exec
UPDATE provider_play SET read_until = greatest(read_until, @read_until::timestamptz) WHERE integration_id = @integration_id;

-- BetsOfProvider: the importer and reconciliation: bets that are known by their provider's ids. Unique bet_provider_tx_key.
-- name: BetsOfProvider :many
SELECT * FROM bet WHERE integration_id = @integration_id AND provider_tx_id = ANY(@provider_tx_ids::text[]);

-- InsertImportedRound: the importer; the round of a bet, which may be there. Unique round_provider_key.
-- name: InsertImportedRound :exec
INSERT INTO round (round_id, integration_id, player_id, provider_round_id, game_id, currency, state, closing, opened_at, closed_at, touched_at, provider_wallet)
VALUES (@round_id, @integration_id, @player_id, @provider_round_id, @game_id, @currency, 2, true, @opened_at, @closed_at, @now::timestamptz, true)
ON CONFLICT (integration_id, player_id, provider_round_id) DO NOTHING;

-- InsertImportedBet: the importer; a bet is written once. Unique bet_provider_tx_key.
-- name: InsertImportedBet :execrows
INSERT INTO bet (bet_id, round_id, integration_id, player_id, game_id, game_code, game_session_id, provider_tx_id, currency, stake_minor, payout_minor, free_round, state,
    placed_at, settled_at, provider_wallet)
VALUES (@bet_id, @round_id, @integration_id, @player_id, @game_id, @game_code, '', @provider_tx_id, @currency, @stake_minor, @payout_minor, false, 3,
    @placed_at, @settled_at, true)
ON CONFLICT (integration_id, provider_tx_id) DO NOTHING;

-- TouchImportedRound: the importer, with a new bet of it. Primary key.
-- name: TouchImportedRound :one
UPDATE round SET version = version + 1, closed_at = greatest(closed_at, @closed_at::timestamptz), opened_at = least(opened_at, @opened_at::timestamptz), touched_at = @now::timestamptz
WHERE round_id = @round_id AND provider_wallet
RETURNING *;

-- ActiveSince: reconciliation: whether something happened in a wallet just now. Primary key.
-- name: ActiveSince :one
SELECT EXISTS (SELECT 1 FROM provider_wallet
    WHERE integration_id = @integration_id AND player_id = @player_id AND currency = @currency AND active_at >= @since::timestamptz)::boolean;

-- SetPlayAside: the importer and reconciliation; an entry that cannot be read is told once, and not again after an operator has resolved it as it is. Indexes finding_open,
-- finding_play.
-- name: SetPlayAside :many
INSERT INTO finding (finding_id, integration_id, kind, priority, provider_round_id, provider_tx_id, round_id, player_id, ours, theirs, currency, run_id, first_seen_at, last_seen_at,
    read_from)
SELECT @finding_id, @integration_id, 14, 2, '', @entry_key, '', '', @problem, @raw, '', NULLIF(@run_id::text, ''), @now::timestamptz, @now::timestamptz, sqlc.narg('read_from')
WHERE NOT EXISTS (SELECT 1 FROM finding f
    WHERE f.integration_id = @integration_id AND f.kind = 14 AND f.provider_tx_id = @entry_key AND f.theirs = @raw AND f.resolved_at IS NOT NULL)
ON CONFLICT (integration_id, kind, provider_round_id, player_id, provider_tx_id) WHERE resolved_at IS NULL
DO UPDATE SET last_seen_at = EXCLUDED.last_seen_at, ours = EXCLUDED.ours, theirs = EXCLUDED.theirs, run_id = COALESCE(EXCLUDED.run_id, finding.run_id)
RETURNING (xmax = 0)::boolean AS fresh;

-- ForgetReadPlay: the importer; entries that were set aside and can be read now. Index finding_play.
-- name: ForgetReadPlay :exec
UPDATE finding SET resolved_by = 'import', resolution = @resolution, resolved_at = @now::timestamptz
WHERE integration_id = @integration_id AND kind = 14 AND provider_tx_id = ANY(@entry_keys::text[]) AND resolved_at IS NULL;

-- GetFinding: RetryUnreadablePlay. Primary key.
-- name: GetFinding :one
SELECT * FROM finding WHERE finding_id = @finding_id;

-- AskCloses: a login ended, a player was locked, or a limit leaves no room: sessions at providers end where the player has or may have played lately. Index
-- provider_wallet_of_player.
-- name: AskCloses :exec
UPDATE provider_wallet SET close_at = @now::timestamptz, close_until = @now::timestamptz, close_asks = 0
WHERE player_id = @player_id AND (@currency::text = '' OR currency = @currency) AND (holding OR active_at >= @since::timestamptz);

-- TakeCloses: the background task; each is taken by one replica. Index provider_wallet_close.
-- name: TakeCloses :many
UPDATE provider_wallet SET close_at = @until::timestamptz
WHERE (integration_id, player_id, currency) IN (
    SELECT w.integration_id, w.player_id, w.currency FROM provider_wallet w WHERE w.close_at <= @now::timestamptz ORDER BY w.close_at LIMIT @max_rows FOR UPDATE SKIP LOCKED
)
RETURNING *;

-- FinishClose: the sessions are closed, unless it was asked for again meanwhile. Primary key.
-- name: FinishClose :exec
UPDATE provider_wallet SET close_at = NULL, close_until = NULL, close_asks = 0
WHERE integration_id = @integration_id AND player_id = @player_id AND currency = @currency AND close_until <= @close_until::timestamptz;

-- PostponeClose: the provider did not answer. Primary key.
-- name: PostponeClose :exec
UPDATE provider_wallet SET close_at = @at::timestamptz, close_asks = close_asks + 1
WHERE integration_id = @integration_id AND player_id = @player_id AND currency = @currency AND close_until <= @close_until::timestamptz;

-- FundsAtProviders: GetProviderFunds; wallets that may hold money, by integration and currency, without test players'. Indexes provider_wallet_player, provider_transfer_player,
-- bet_player.
-- name: FundsAtProviders :many
SELECT w.integration_id, w.currency, count(*)::bigint AS wallets, COALESCE(sum(t.minor + b.minor), 0)::bigint AS minor, COALESCE(sum(t.way), 0)::bigint AS way_minor
FROM provider_wallet w
CROSS JOIN LATERAL (SELECT COALESCE(sum(CASE WHEN x.direction = 1 THEN x.amount_minor ELSE -x.amount_minor END) FILTER (WHERE x.state = 3), 0) AS minor,
        COALESCE(sum(x.amount_minor) FILTER (WHERE x.direction = 1 AND x.state IN (2, 4)), 0) AS way
    FROM provider_transfer x WHERE x.player_id = w.player_id AND x.integration_id = w.integration_id AND x.currency = w.currency) t
CROSS JOIN LATERAL (SELECT COALESCE(sum(y.payout_minor - y.stake_minor), 0) AS minor
    FROM bet y WHERE y.player_id = w.player_id AND y.integration_id = w.integration_id AND y.currency = w.currency AND y.provider_wallet) b
WHERE w.holding AND w.player_id NOT LIKE 'tpl\_%' AND (@integration_id::text = '' OR w.integration_id = @integration_id)
GROUP BY w.integration_id, w.currency ORDER BY w.integration_id, w.currency;
