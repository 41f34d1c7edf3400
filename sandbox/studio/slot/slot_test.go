package slot

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/fair"
	"github.com/pitboss-gaming/pitboss/sandbox/studio/simulate"
)

func TestLineWins(t *testing.T) {
	// Columns are reels; rows of text are rows of the window.
	cases := []struct {
		name     string
		rows     [Rows]string
		want     []LineWin
		scatters int
	}{
		{name: "nothing", rows: [Rows]string{"JQCAC", "QKAJD", "KAJQG"}},
		{name: "three on the middle line", rows: [Rows]string{"JQKAC", "DDDJK", "KAJQG"}, want: []LineWin{{1, Diamond, 3, 75}}},
		{name: "wild completes five", rows: [Rows]string{"JQCAC", "DWDWD", "KAKQG"}, want: []LineWin{{1, Diamond, 5, 1500}}},
		{name: "a gap ends the line", rows: [Rows]string{"JQCAC", "DDKDD", "KAJQG"}},
		{name: "not from the left", rows: [Rows]string{"JQCAC", "KDDDD", "QAJQG"}},
		{name: "three lines through one wild", rows: [Rows]string{"AAKQC", "GGWJD", "JJQKC"}, want: []LineWin{{1, Gold, 3, 50}, {6, Ace, 3, 15}, {7, Jack, 3, 6}}},
		{name: "four on the top line", rows: [Rows]string{"AAWAC", "GKQJD", "JJQKC"}, want: []LineWin{{2, Ace, 4, 35}}},
		{name: "wild is no scatter", rows: [Rows]string{"JQCAC", "SWSKS", "KAKQG"}, scatters: 3},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var w Window
			for row, text := range c.rows {
				for reel := range Reels {
					w[reel][row] = letters[text[reel]]
				}
			}
			require.Equal(t, c.want, w.LineWins(1))
			require.Equal(t, c.scatters, w.Scatters())
			sum := 0
			for i, l := range w.LineWins(FreeMultiplier) {
				require.Equal(t, FreeMultiplier*c.want[i].Multiple, l.Multiple)
				sum += c.want[i].Multiple
			}
			require.Equal(t, sum, w.linePay())
		})
	}
}

func TestStrips(t *testing.T) {
	for r, strip := range strips {
		for stop := range strip {
			seen := 0
			for row := range Rows {
				if strip[(stop+row)%len(strip)] == Scatter {
					seen++
				}
			}
			require.LessOrEqual(t, seen, 1, "reel %d stop %d", r, stop)
		}
		require.Equal(t, r == 0, !bytes.Contains([]byte(stripText[r]), []byte("W")), "reel %d", r)
	}
	seen := map[[Reels]int]bool{}
	for _, line := range PayLine {
		require.False(t, seen[line], "a line twice")
		seen[line] = true
	}
}

func TestPublishedIsTheFullEnumeration(t *testing.T) {
	require.Equal(t, Published, Enumerate())
	f := Published.Figures()
	require.InDelta(t, 0.963332, f.RTP, 1e-6)
	require.InDelta(t, f.RTP, f.RTPLines+f.RTPScatters+f.RTPFreeSpins, 1e-12)
	require.InDelta(t, 0.310611, f.HitFrequency, 1e-6)
	require.InDelta(t, 3.458274, f.StdDev, 1e-6)
	require.Equal(t, 3707.0, f.MaxWin)
}

func TestSimulationAgreesWithTheFigures(t *testing.T) {
	const rounds = 500_000
	source := rand.NewChaCha8([32]byte{1})
	f := Published.Figures()
	var sum, squares float64
	var hits, triggers int
	for range rounds {
		r, err := Draw(source)
		require.NoError(t, err)
		win := float64(r.Multiple) / Lines
		sum += win
		squares += win * win
		if r.Multiple > 0 || len(r.Free) > 0 {
			hits++
		}
		if len(r.Free) > 0 {
			triggers++
		}
	}
	sigma := func(sd float64) float64 { return 3 * sd / math.Sqrt(rounds) }
	mean := sum / rounds
	require.InDelta(t, f.RTP, mean, sigma(f.StdDev))
	share := func(p float64) float64 { return sigma(math.Sqrt(p * (1 - p))) }
	require.InDelta(t, f.HitFrequency, float64(hits)/rounds, share(f.HitFrequency))
	require.InDelta(t, f.FreeSpinChance, float64(triggers)/rounds, share(f.FreeSpinChance))
	require.InEpsilon(t, f.StdDev, math.Sqrt(squares/rounds-mean*mean), 0.05)
}

func TestReplayMakesTheSameRound(t *testing.T) {
	source := rand.NewChaCha8([32]byte{2})
	free := 0
	for range 2000 {
		r, err := Draw(source)
		require.NoError(t, err)
		again, err := Replay(r.Stops())
		require.NoError(t, err)
		require.Equal(t, r, again)
		free += len(r.Free)
	}
	require.Positive(t, free)
	for _, bad := range [][]Stops{nil, {{-1}}, {{0, 0, 99}}, {{}, {}}} {
		_, err := Replay(bad)
		require.Error(t, err)
	}
}

func TestUniformRejectsTheIncompleteInterval(t *testing.T) {
	// 2^32 = 4 mod 6, so the four highest values are drawn again; 2^32-5 is the last accepted one and is 5 mod 6.
	n, err := fair.Uniform(bytes.NewReader([]byte{0xff, 0xff, 0xff, 0xfc, 0xff, 0xff, 0xff, 0xfb}), 6)
	require.NoError(t, err)
	require.EqualValues(t, 5, n)
	_, err = fair.Uniform(bytes.NewReader([]byte{0xff, 0xff, 0xff, 0xff}), 6)
	require.Error(t, err)
	_, err = Draw(failing{})
	require.ErrorIs(t, err, errNoEntropy)
}

var errNoEntropy = errors.New("no entropy")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errNoEntropy }

func TestSimulatedReturn(t *testing.T) {
	published := Published.Figures().RTP
	r, err := simulate.Run(simulate.Rounds(testing.Short()), 1, func(random simulate.Source) (float64, error) {
		round, err := Draw(random)
		return float64(round.Multiple) / Lines, err
	})
	require.NoError(t, err)
	t.Logf("%d rounds returned %.5f ± %.5f, published %.6f", r.Rounds, r.Mean, r.Sigma, published)
	require.InDelta(t, 0, r.Deviation(published), 3)
}
