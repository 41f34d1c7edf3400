package identity

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckPassword(t *testing.T) {
	const email = "johnathan.smithers@acmecorp.com"
	for password, want := range map[string]string{
		"x7!kP2m":                       "too_short",
		strings.Repeat("ä", 129):        "too_long",
		"password":                      "common",
		"Password1!":                    "common",
		"P@ssw0rd":                      "common",
		"12345678":                      "common",
		"98765432":                      "common",
		"67890123":                      "common",
		"abcdefgh":                      "common",
		"aaaaaaaaaaaa":                  "common",
		"Iloveyou2024":                  "common",
		"Pitboss2026!":                  "brand",
		"casino-jackpot-777":            "brand",
		"PitbossCasino":                 "brand",
		"johnathan.smithers":            "context",
		"Smithers1985":                  "context",
		"acmecorp2026":                  "context",
		"xjohnathan.smithersx":          "context",
		"correct horse staple":          "",
		"pitboss is not all there is":   "",
		"smithers likes green tea":      "",
		"🐎🔋📎✂️🌧🎲🃏🂡":                     "",
		"        spaces count        ":  "",
		"59203948571":                   "",
		strings.Repeat("long and ", 14): "",
	} {
		require.Equal(t, want, checkPassword(password, email, minPlayerPassword), "%q", password)
	}
	require.Equal(t, "too_short", checkPassword("elevenchars", email, minStaffPassword))
	require.Greater(t, len(commonPasswords()), 800)
}

func TestNormaliseEmail(t *testing.T) {
	for in, want := range map[string]string{
		" Player@Example.COM ": "player@example.com", "a+tag@sub.example.co.uk": "a+tag@sub.example.co.uk",
		"nobody": "", "@example.com": "", "a@": "", "a@localhost": "", "a b@example.com": "", "\"a b\"@example.com": "",
		"A <a@example.com>": "", "a@example.com, b@example.com": "", "a@exam_ple.com": "", "a@-x.com": "", "a@example.com\nBcc: x": "",
		strings.Repeat("a", 65) + "@example.com": "", "a@" + strings.Repeat("a", 250) + ".com": "",
	} {
		got, ok := normaliseEmail(in)
		require.Equal(t, want, got, "%q", in)
		require.Equal(t, want != "", ok, "%q", in)
	}
}
