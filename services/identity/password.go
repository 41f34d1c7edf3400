package identity

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"
)

// Lengths of passwords in characters. Any character is allowed; nothing is cut off.
const (
	minPlayerPassword = 8
	minStaffPassword  = 12
	maxPassword       = 128
)

//go:embed common_passwords.txt
var commonPasswordsFile string

// brandWords say where a password is used; one that consists of them is the first guess.
var brandWords = []string{"pitboss", "casino", "roulette", "blackjack", "jackpot", "poker"}

var commonPasswords = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(commonPasswordsFile) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			set[line] = true
		}
	}
	return set
})

// checkPassword names the rule that a password breaks, or "": too_short, too_long, common (the embedded list, also with digits and
// marks around a listed word), brand, or context (built from the address). No rule asks for kinds of characters (ASVS 5.0, 6.2).
func checkPassword(password, email string, minLen int) string {
	n := utf8.RuneCountInString(password)
	switch {
	case n < minLen:
		return "too_short"
	case n > maxPassword:
		return "too_long"
	}
	lower := strings.ToLower(password)
	bare := strings.Trim(lower, "0123456789!@#$%^&*?._- ")
	common := commonPasswords()
	if common[lower] || common[bare] || sameCharacter(lower) || isSequence(lower) {
		return "common"
	}
	if isMadeOf(bare, brandWords) {
		return "brand"
	}
	local, domain, _ := strings.Cut(email, "@")
	words := []string{email}
	for _, w := range strings.FieldsFunc(local+"."+domain, func(r rune) bool { return strings.ContainsRune("._-+", r) }) {
		if len(w) >= 4 {
			words = append(words, w)
		}
	}
	words = append(words, local)
	if isMadeOf(bare, words) || (len(local) >= 4 && strings.Contains(lower, local) && n-len(local) < 4) {
		return "context"
	}
	return ""
}

// isMadeOf tells whether s is nothing but the words, with digits and marks between them.
func isMadeOf(s string, words []string) bool {
	if s == "" {
		return false
	}
	for _, w := range words {
		if w != "" {
			s = strings.ReplaceAll(s, w, "")
		}
	}
	return strings.Trim(s, "0123456789!@#$%^&*?._- ") == ""
}

func sameCharacter(s string) bool { return s != "" && strings.Count(s, s[:1]) == len(s) }

// isSequence recognises runs like 12345678, 87654321 and abcdefgh.
func isSequence(s string) bool {
	if len(s) < 2 {
		return false
	}
	step := int(s[1]) - int(s[0])
	if step != 1 && step != -1 {
		return false
	}
	for i := 1; i < len(s); i++ {
		next := int(s[i]) - int(s[i-1])
		wraps := (s[i-1] == '9' && s[i] == '0') || (s[i-1] == '0' && s[i] == '9')
		if next != step && !wraps {
			return false
		}
	}
	return true
}
