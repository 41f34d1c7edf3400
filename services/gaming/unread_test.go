package gaming_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/ids"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// roundID is our id of one of the guest's rounds.
func (g *guest) roundID(round string) string {
	return ids.Derived("rnd", integration, g.id, g.name(round))
}

// entomb writes the cancellation of a transaction that has not come, as another replica writes it that was asked before the wallet was: a copy of c0.
func (g *guest) entomb(tx pgx.Tx, ref string) {
	g.t.Helper()
	_, err := tx.Exec(g.t.Context(), `INSERT INTO provider_tx SELECT (jsonb_populate_record(t, jsonb_build_object('provider_tx_id', $2::text, 'reference_tx_id', $3::text))).*
		FROM provider_tx t WHERE kind = 'cancel' AND provider_tx_id = $1`, g.name("c0"), g.name("c"), g.name(ref))
	require.NoError(g.t, err)
}

// between runs do while a call has been decided, and carried out by the wallet, and waits for the lock of its round to be written.
func (g *guest) between(round string, call func() error, do func(tx pgx.Tx)) error {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), 5*time.Second)
	defer cancel()
	tx, err := g.DB.Begin(ctx)
	require.NoError(g.t, err)
	defer tx.Rollback(context.WithoutCancel(ctx)) //nolint:errcheck // committed below, unless the test has failed
	key := pg.LockKey("round", g.roundID(round))
	_, err = tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", key)
	require.NoError(g.t, err)
	answer := make(chan error, 1)
	go func() { answer <- call() }()
	require.Eventually(g.t, func() bool {
		var waits bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
			AND (classid::bigint << 32 | objid::bigint) = $1)`, key).Scan(&waits)
		return err == nil && waits
	}, 4*time.Second, 5*time.Millisecond)
	do(tx)
	require.NoError(g.t, tx.Commit(ctx))
	return <-answer
}

// meanwhile are things that happen after a call was decided from rows that nobody reads again.
var meanwhile = map[string]func(g *guest){
	"a bet is cancelled": func(g *guest) {
		g.must(g.cancel("", "c0", "x0"))
		bet := func() error { return errOf(g.bet("r", "b", "10.00")) }
		err := g.between("r", bet, func(tx pgx.Tx) { g.entomb(tx, "b") })
		for range 2 {
			refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_BET_CANCELLED)
			err = bet()
		}
		g.cash("100.00", "0.00")
	},
	"a win is cancelled": func(g *guest) {
		g.must(g.cancel("", "c0", "x0"))
		g.must(g.bet("r", "b", "10.00"))
		err := g.between("r", func() error { return errOf(g.win("r", "w", "b", "4.00")) }, func(tx pgx.Tx) { g.entomb(tx, "w") })
		refused(g.t, err, gamingv1.ErrorReason_ERROR_REASON_BET_VOIDED)
		g.cash("90.00", "0.00")
	},
	"the round of a bet is opened": func(g *guest) {
		g.must(g.bet("r0", "b0", "1.00"))
		require.NoError(g.t, g.between("r", func() error { return errOf(g.bet("r", "b", "10.00")) }, func(tx pgx.Tx) {
			_, err := tx.Exec(g.t.Context(), `INSERT INTO round (round_id, integration_id, player_id, provider_round_id, game_id, currency, state, closing, stuck, version, opened_at, touched_at)
				SELECT $1, integration_id, player_id, $2, game_id, currency, state, closing, stuck, 7, opened_at, touched_at FROM round WHERE round_id = $3`,
				g.roundID("r"), g.name("r"), g.roundID("r0"))
			require.NoError(g.t, err)
		}))
		require.Equal(g.t, "10.00", g.round("r").GetStake().GetAmount())
		require.GreaterOrEqual(g.t, g.version("r"), int64(7), "the bet is in the round that was there")
		g.must(g.win("r", "w", "b", "0.00"))
		g.must(g.win("r0", "w0", "b0", "0.00"))
		g.cash("89.00", "0.00")
	},
	"the round of a win is handed over": func(g *guest) {
		g.must(g.bet("r", "b", "10.00"))
		w := g.winRequest("r", "w", "b", "4.00")
		w.RoundClosed = true
		err := g.between("r", func() error { return errOf(g.adapter.SettleBet(g.t.Context(), w)) }, func(tx pgx.Tx) {
			_, err := tx.Exec(g.t.Context(), "UPDATE round SET state = 4, version = version + 5 WHERE round_id = $1", g.roundID("r"))
			require.NoError(g.t, err)
		})
		require.NoError(g.t, err)
		require.Equal(g.t, int64(6), g.version("r"), "what was written meanwhile counts")
		g.cash("94.00", "0.00")
	},
	"the bet of a win is corrected": func(g *guest) {
		g.must(g.bet("r", "b", "10.00"))
		g.must(g.bet("r", "b2", "5.00"))
		err := g.between("r", func() error { return errOf(g.win("r", "w", "b", "4.00")) }, func(tx pgx.Tx) {
			_, err := tx.Exec(g.t.Context(), "UPDATE bet SET payout_minor = 1 WHERE provider_tx_id = $1", g.name("b2"))
			require.NoError(g.t, err)
		})
		require.NoError(g.t, err)
		require.Equal(g.t, "4.01", g.round("r").GetPayout().GetAmount())
		g.exec("UPDATE bet SET payout_minor = 0 WHERE provider_tx_id = $1", g.name("b2"))
		g.must(g.win("r", "w2", "b2", "0.00"))
		g.cash("89.00", "0.00")
	},
}

// version is how often what is told of a round has changed.
func (g *guest) version(round string) (n int64) {
	g.t.Helper()
	require.NoError(g.t, g.DB.QueryRow(g.t.Context(), "SELECT version FROM round WHERE round_id = $1", g.roundID(round)).Scan(&n))
	return n
}

func errOf[T any](_ T, err error) error { return err }

// Stakes and first results are written without reading again what they were decided from; what changed meanwhile is noticed all the same, and counts.
func TestUnread_WhatChangedIsNoticed(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, run := range meanwhile {
		t.Run(name, func(t *testing.T) { run(c.in(t).seat("100.00").apart()) })
	}
	c.verify()
}
