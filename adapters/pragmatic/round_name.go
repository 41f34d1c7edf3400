package pragmatic

import (
	"strings"

	"github.com/pitboss-gaming/pitboss/kit/adapter"
)

// A round's id is one of its game: the same id in two games of a player is two rounds, so gaming knows a round as gameId:roundId (providers.md 10.4). Before, it knew rounds by the bare roundId.
// What asks about a round therefore says the bare name as well (former_round_id): gaming takes it while no round has the new one, and for a round of the call's game alone. See ADR 23.
//
// While adapters of both versions are at work, or after the upgrade, nothing moves twice: gaming and the wallet know a transaction by its kind and reference, whatever round it names
// (Caller.id_alone). So
//   - a bet by the old one that is repeated to the new one, or the other way round, is the repetition of a bet in the round that it was written in first, with the same transaction id; at the
//     same moment one of them takes the stake, and the other one finds it;
//   - a bet that the wallet took for the old one, which nobody wrote, is written in the round of the new name, with the stake that the wallet has;
//   - results and adjustments are repetitions by their references in the same way; a new one that the old version sends for a round of the new name finds no bet: 100, so that it comes again;
//   - a round whose bets came to both versions may be two at gaming. Each bet is there once, results are paid once, and endRound ends both.

// escaped keeps a gameId's colon apart from the one that ends it in a name, so that no two pairs have the same name. It is not refused as a bad parameter: a result of a game, whatever it is
// called, is a player's money.
var escaped = strings.NewReplacer("%", "%25", ":", "%3A")

// roundName is how gaming knows a round.
func roundName(game, id string) string { return escaped.Replace(game) + ":" + id }

// bareName is how gaming may know a round that was opened before; empty when that could be the name of another one.
func bareName(id string) string {
	if strings.Contains(id, ":") {
		return ""
	}
	return id
}

// round is a required round: its game and its names.
func (r *fields) round() (game, name, former string) {
	id := r.text("roundId")
	game = r.text("gameId")
	return game, r.roundName(game, id), bareName(id)
}

// optionalRound is a round that a prize may name: its game and its names; without its game it has the bare name. No bet is looked for in it, only its currency.
func (r *fields) optionalRound() (game, name, former string) {
	id := r.optional("roundId")
	if game = r.optional("gameId"); game == "" || id == "" {
		return game, id, ""
	}
	return game, r.roundName(game, id), bareName(id)
}

// roundName is roundName of parameters, which must not be so long that gaming would not take it.
func (r *fields) roundName(game, id string) string {
	name := roundName(game, id)
	if len(name) > adapter.MaxText {
		r.fail("roundId")
	}
	return name
}
