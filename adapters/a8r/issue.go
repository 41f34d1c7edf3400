package a8r

import (
	"strings"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
	"github.com/pitboss-gaming/pitboss/kit/money"
)

// issue is what we name an issue of free spins at the aggregator: its report of the result carries this name and a sum, but neither player nor
// currency, and its cancellation needs the studio, so the name holds them.
type issue struct {
	grant, player, currency, studio string
}

// String is the name: four parts that have no dot, but for the last.
func (i issue) String() string { return i.grant + "." + i.player + "." + i.currency + "." + i.studio }

// readIssue reads a name that String has written.
func readIssue(text string) (issue, bool) {
	parts := strings.SplitN(text, ".", 4)
	if len(parts) != 4 || parts[0] == "" || parts[1] == "" {
		return issue{}, false
	}
	_, known := money.Exponent(parts[2])
	return issue{grant: parts[0], player: parts[1], currency: parts[2], studio: parts[3]}, known && len(text) <= adapter.MaxText
}

// studioOf is the studio in a game's code, which is studio:game or studio/game; empty when it has none.
func studioOf(code string) string {
	at := strings.IndexAny(code, ":/")
	if at < 0 {
		return ""
	}
	return code[:at]
}
