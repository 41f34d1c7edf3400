package gaming_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	gamingv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/gaming/v1"
	"github.com/pitboss-gaming/pitboss/kit/pg"
)

// idAlone is a bet of a protocol whose transactions are known by their ids alone.
func (g *guest) idAlone(round, tx, amount string) *gamingv1.PlaceBetRequest {
	r := g.betRequest(round, tx, amount)
	r.Caller.IdAlone = true
	return r
}

// TestBetInTwoRounds: the same bet comes in two rounds at the same moment, as from two versions of an adapter that name rounds differently. It is one bet, of the round that was written
// first, and its stake stays on hold.
func TestBetInTwoRounds(t *testing.T) {
	t.Parallel()
	c := open(t)
	other := c.beside()
	g := c.seat("100.00").apart()
	id := ""
	for i := 0; id == "" || pg.LockKey(integration, g.name(id)) < pg.LockKey("round", g.roundID("r")); i++ { // the waiting one is to hold nothing that the other one needs
		id = fmt.Sprint("b", i)
	}
	require.NoError(t, g.between("r", func() error { return errOf(g.adapter.PlaceBet(t.Context(), g.idAlone("r", id, "10.00"))) }, func(pgx.Tx) {
		g.must(other.PlaceBet(t.Context(), g.idAlone("r2", id, "10.00")))
	}))
	g.cash("90.00", "10.00")
	require.Equal(t, 1, g.rounds())
	g.must(g.adapter.PlaceBet(t.Context(), g.idAlone("r", id, "10.00")))
	g.must(g.win("r2", "w", "", "4.00"))
	g.cash("94.00", "0.00")
	c.verify()
}
