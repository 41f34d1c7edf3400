package db

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/kit/testkit/pgtest"
	"github.com/pitboss-gaming/pitboss/services/gaming/migrations"
)

// The plans of batches are made while the tables may be empty. Rounds must be looked up by their whole key even then: along round_player a lookup would read every
// round that its player ever played.
func TestLoadRounds_ByTheWholeKey(t *testing.T) {
	t.Parallel()
	conn, err := pgtest.DB(t, migrations.FS).Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	_, err = conn.Exec(t.Context(), `SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
		SET cpu_tuple_cost = 10; SET cpu_index_tuple_cost = 10; SET random_page_cost = 1`) // as planByIndex of the service
	require.NoError(t, err)
	for name, query := range map[string]string{"rounds": loadRounds, "their bets": loadRoundBets} {
		results, err := conn.Conn().PgConn().Exec(t.Context(), "EXPLAIN (GENERIC_PLAN) "+query).ReadAll() // pgx itself would ask for the parameters
		require.NoError(t, err)
		require.Len(t, results, 1)
		var lines []byte
		for _, row := range results[0].Rows {
			lines = append(append(lines, row[0]...), '\n')
		}
		plan := string(lines)
		require.Contains(t, plan, "round_provider_key", name)
		require.NotContains(t, plan, "round_player", name)
	}
}
