package language

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKnown(t *testing.T) {
	for _, tag := range []string{"en", "ka", "de", "hy", "pt-BR", "en-GB"} {
		require.True(t, Known(tag), tag)
	}
	for _, tag := range []string{"", "qq", "zz", "xx", "e", "EN", "En", "eng", "und", "en-", "en-gb", "en-UK", "en-XX", "en-Latn", "en_GB", "-GB", "en-GB-x", "<b", "ka\n"} {
		require.False(t, Known(tag), tag)
	}
}
