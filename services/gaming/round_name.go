package gaming

import (
	"github.com/pitboss-gaming/pitboss/services/gaming/internal/db"
)

// namesOf are the names under which the round of a call may be known: its name, and its former one when its adapter has named rounds otherwise.
func namesOf(name, former string) []string {
	if former == "" || former == name {
		return []string{name}
	}
	return []string{name, former}
}

// named is the name of the round that a call is about: the first of its names, unless no stake was taken in a round of that name and the former name's is of the call's game.
func (s *situation) named(w who, player string, names []string, gameCode string) string {
	if r := s.round(w.integrationID, player, names[0]); len(names) == 1 || r != nil && r.taken() {
		return names[0]
	}
	if s.former(w, player, names, gameCode) != nil {
		return names[1]
	}
	return names[0]
}

// former is the round of a call's former name; nil when there is none, or when it has bets of another game: then it is another round, which the former names did not tell apart.
func (s *situation) former(w who, player string, names []string, gameCode string) *round {
	if len(names) == 1 {
		return nil
	}
	if r := s.round(w.integrationID, player, names[1]); r != nil && gameCode != "" && gameOf(r.rows()) == gameCode {
		return r
	}
	return nil
}

// taken tells whether a stake of the round was taken.
func (r *round) taken() bool {
	for _, b := range r.bets {
		if b.State != betRejected {
			return true
		}
	}
	return false
}

// gameOf is the provider's code of the game that all stakes of a round are of, but for those that were refused; empty when they are of several, or none was taken.
func gameOf(bets []db.Bet) string {
	code := ""
	for _, b := range bets {
		switch {
		case b.State == betRejected:
		case code != "" && b.GameCode != code:
			return ""
		default:
			code = b.GameCode
		}
	}
	return code
}
