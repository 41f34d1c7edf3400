package gaming

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNextRoundState(t *testing.T) {
	for name, c := range map[string]struct {
		current int16
		closing bool
		bets    tally
		open    int64
		want    int16
	}{
		"a bet is open":                   {roundOpen, true, tally{unresolved: 1, settled: 3}, 0, roundOpen},
		"a win is under way":              {roundOpen, true, tally{settled: 1}, 1, roundOpen},
		"settled, not closed":             {roundOpen, false, tally{settled: 1}, 0, roundOpen},
		"settled and closed":              {roundOpen, true, tally{settled: 1, voided: 1}, 0, roundSettled},
		"late win keeps it settled":       {roundSettled, true, tally{settled: 1}, 0, roundSettled},
		"all taken back":                  {roundOpen, false, tally{voided: 2}, 0, roundVoided},
		"settled bet taken back later":    {roundSettled, true, tally{voided: 1}, 0, roundVoided},
		"only refused bets":               {roundOpen, false, tally{}, 0, roundOpen},
		"only refused bets, closed":       {roundOpen, true, tally{}, 0, roundVoided},
		"voided, a new bet came, settled": {roundVoided, false, tally{voided: 1, settled: 1}, 0, roundOpen},
	} {
		require.Equal(t, c.want, nextRoundState(c.current, c.closing, c.bets, c.open), name)
	}
}

func TestKeys(t *testing.T) {
	require.NotEqual(t, fingerprint("a", "bc"), fingerprint("ab", "c"))
	require.NotEqual(t, requestID("bet", "i", "x"), requestID("win", "i", "x"))
	require.Equal(t, "bet:96d3e5210db20d7f6569bf536335b595", requestID("bet", "i", "x")[:36], "the keys of past transactions must never change")
	require.Equal(t, "tx", walletTxRef("tx"))
	require.LessOrEqual(t, len(walletTxRef(strings.Repeat("x", 255))), 128)
	integration, code, ok := splitGameKey(gameKey("i", "c"))
	require.Equal(t, []any{"i", "c", true}, []any{integration, code, ok})
}
