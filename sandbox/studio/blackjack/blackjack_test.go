package blackjack

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/simulate"
)

// deck is a source that deals the named cards.
func deck(names string) *bytes.Reader {
	var b []byte
	for _, n := range strings.Fields(names) {
		b = binary.BigEndian.AppendUint32(b, uint32(strings.IndexByte(suitNames, n[1])*13+strings.IndexByte(rankNames, n[0])))
	}
	return bytes.NewReader(b)
}

func TestRounds(t *testing.T) {
	for _, c := range []struct {
		name    string
		cards   string // player, dealer, player, dealer, then as drawn
		actions []Action
		stakes  int64
		payout  int64 // for a stake of 2
	}{
		{"blackjack pays 3 to 2", "As 9d Kh 7c", nil, 1, 5},
		{"two blackjacks push", "As Kd Kh Ac", nil, 1, 2},
		{"the dealer's blackjack beats 20", "Ts Kd Kh Ac", nil, 1, 0},
		{"stand and win", "Ts 9d Kh 8c", []Action{Stand}, 1, 4},
		{"push", "Ts 9d Kh Ac", []Action{Stand}, 1, 2},
		{"the dealer draws to 17 and stands on soft 17", "Ts 6d 8h Ac", []Action{Stand}, 1, 4},
		{"the dealer goes bust", "Ts 6d 2h Tc Th", []Action{Stand}, 1, 4},
		{"bust", "Ts 6d 6h Tc Th", []Action{Hit}, 1, 0},
		{"hit to 21 ends the hand", "Ts 6d 5h Tc 6h Ts", []Action{Hit}, 1, 4},
		{"double wins twice", "6s 6d 5h Tc Th Td", []Action{Double}, 2, 8},
		{"double loses twice", "6s 9d 5h Tc 2h", []Action{Double}, 2, 0},
		{"double pushes", "6s 9d 5h Tc 8h", []Action{Double}, 2, 4},
		{"split, one wins, one loses", "8s 9d 8h Tc Ts Th", []Action{Split, Stand, Stand}, 2, 0},
		{"split and double one", "8s 6d 8h Tc 3s Th Ts Td", []Action{Split, Double, Stand}, 3, 12},
		{"split aces get one card each and 21 is no blackjack", "As 6d Ah Tc Ks 5h Td", []Action{Split}, 2, 8},
		{"the dealer's 21 in more cards loses to a blackjack only", "As 6d Kh 5c", nil, 1, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, err := Play(deck(c.cards), c.actions)
			require.NoError(t, err)
			require.True(t, table.Over)
			require.Equal(t, c.stakes, table.Stakes())
			require.Equal(t, c.payout, table.Payout(2))
			require.Empty(t, table.Allowed())
		})
	}
}

func TestAllowed(t *testing.T) {
	table, err := Play(deck("8s 9d 8h Tc 3s 3h 2d 5d"), nil)
	require.NoError(t, err)
	require.Equal(t, []Action{Hit, Stand, Double, Split}, table.Allowed())
	table, err = Play(deck("8s 9d 8h Tc 8d 3h 2d 5d"), []Action{Split})
	require.NoError(t, err)
	require.Equal(t, []Action{Hit, Stand, Double}, table.Allowed(), "no second split")
	table, err = Play(deck("8s 9d 8h Tc 3s 3h 2d 5d"), []Action{Hit})
	require.NoError(t, err)
	require.Equal(t, []Action{Hit, Stand}, table.Allowed())
	table, err = Play(deck("Ks 9d Qh Tc"), nil)
	require.NoError(t, err)
	require.NotContains(t, table.Allowed(), Split, "ten-cards of two ranks are no pair")
	for _, actions := range [][]Action{{Split, Hit}, {Hit, Double}, {"fold"}, {Stand, Hit}} {
		_, err = Play(deck("2s 9d 3h Tc 2s 3h 2d 5d"), actions)
		require.ErrorIs(t, err, ErrAction, actions)
	}
	_, err = Play(deck("2s 9d 3h"), nil)
	require.Error(t, err, "no randomness")
}

func TestTheDealersDrawIsADistribution(t *testing.T) {
	for up, o := range outlooks() {
		if up == 0 {
			continue
		}
		sum := 0.0
		for _, p := range o.final {
			sum += p
		}
		require.InDelta(t, 1, sum, 1e-12)
	}
	require.InDelta(t, 0.4230, outlooks()[6].final[0], 0.001, "a six breaks in 42 per cent of rounds")
}

func TestKnownDecisions(t *testing.T) {
	for _, c := range []struct {
		cards string
		want  Action
	}{
		{"Ts 6d 2h Tc", Stand}, {"Ts 2d 2h Tc", Hit}, {"Ts 7d 6h Tc", Hit}, {"6s 6d 5h Tc", Double}, {"As 6d Ah Tc", Split},
		{"8s Td 8h 9c", Split}, {"Ts 6d Th Tc", Stand}, {"5s 6d 5h Tc", Double}, {"As 9d 7h Tc", Hit}, {"As 6d 7h Tc", Double},
	} {
		table, err := Play(deck(c.cards), nil)
		require.NoError(t, err)
		require.Equal(t, c.want, table.Best(), c.cards)
	}
}

func TestSimulatedReturn(t *testing.T) {
	f := Compute()
	r, err := simulate.Run(simulate.Rounds(testing.Short()), 1, func(random simulate.Source) (float64, error) {
		table, err := Play(random, nil)
		if err != nil {
			return 0, err
		}
		for !table.Over {
			if err = table.act(table.Best()); err != nil {
				return 0, err
			}
		}
		return 1 + float64(table.Payout(2)-2*table.Stakes())/2, nil
	})
	require.NoError(t, err)
	t.Logf("%d rounds returned %.5f ± %.5f, computed %.6f; %.4f stakes a round, %.6f of all that is staked", r.Rounds, r.Mean, r.Sigma, f.RTP, f.Stakes, f.OfAll)
	require.InDelta(t, 0, r.Deviation(f.RTP), 3)
}
