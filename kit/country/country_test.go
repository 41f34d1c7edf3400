package country

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"
)

func TestKnown(t *testing.T) {
	require.Len(t, known, 249)
	for code := range known {
		region, err := language.ParseRegion(code)
		require.NoError(t, err, code)
		require.True(t, region.IsCountry(), code)
		require.Equal(t, code, region.Canonicalize().String())
	}
	for _, code := range []string{"MT", "DE", "GB", "ZW"} {
		require.True(t, Known(code), code)
	}
	for _, code := range []string{"", "ZZ", "XX", "UK", "EU", "de", "DEU", "AA", "D", "DE "} {
		require.False(t, Known(code), code)
	}
}
