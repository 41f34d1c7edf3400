package bookmaker

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
)

// leg is a part of a bet as it was told; odds are in one form, whatever way the number was written.
type leg struct {
	round, selection, odds string
}

// content condenses what a bet is on. The order of its legs is no matter.
func (l legs) content() []byte {
	told := make([]string, len(l.all))
	for i, x := range l.all {
		text, err := json.Marshal([]string{x.round, x.selection, x.odds})
		if err != nil {
			panic(err) // texts can always be written
		}
		told[i] = string(text)
	}
	slices.Sort(told)
	sum := sha256.Sum256([]byte(strings.Join(told, "\n")))
	return sum[:]
}
