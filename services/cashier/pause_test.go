package cashier

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func delays(d ...time.Duration) []time.Duration { return d }

func TestPauses(t *testing.T) {
	d := delays(time.Minute, time.Hour)
	require.Equal(t, time.Minute, pause(d, -1))
	require.Equal(t, time.Minute, pause(d, 0))
	require.Equal(t, time.Hour, pause(d, 1))
	require.Equal(t, time.Hour, pause(d, 99))
	require.Equal(t, time.Second, backoff(0))
	require.Equal(t, 4*time.Second, backoff(2))
	require.Equal(t, 5*time.Minute, backoff(1000))
}
