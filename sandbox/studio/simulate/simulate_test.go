package simulate

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRunIsReproducibleAndExact(t *testing.T) {
	coin := func(random Source) (float64, error) {
		b, err := random.ReadByte()
		return float64(b & 1), err
	}
	a, err := Run(1_000_000, 7, coin)
	require.NoError(t, err)
	b, err := Run(1_000_000, 7, coin)
	require.NoError(t, err)
	require.Equal(t, a, b)
	require.EqualValues(t, 1_000_000, a.Rounds)
	require.InDelta(t, 0.0005, a.Sigma, 1e-6)
	require.Less(t, a.Deviation(0.5), 3.0)
	require.Greater(t, a.Deviation(0.49), 10.0, "a wrong figure is seen")
	c, err := Run(1_000_000, 8, coin)
	require.NoError(t, err)
	require.NotEqual(t, a.Mean, c.Mean)

	broken := errors.New("broken")
	_, err = Run(10, 1, func(Source) (float64, error) { return 0, broken })
	require.ErrorIs(t, err, broken)
}
