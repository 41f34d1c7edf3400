package adapter

import (
	"strings"

	adapterv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/adapter/v1"
)

// maxCode is the longest game code that the platform takes.
const maxCode = 128

// NamedGame is a game that an operator has entered by hand.
type NamedGame struct{ Code, Name string }

// NamedGames reads a setting of the form "code=Name, code=Name", for protocols that have no list of games. A game without a name is called by its
// code. Errors: Invalid with the setting's name.
func NamedGames(setting, text string) ([]NamedGame, error) {
	var list []NamedGame
	seen := map[string]bool{}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		code, name, _ := strings.Cut(part, "=")
		g := NamedGame{Code: strings.TrimSpace(code), Name: strings.TrimSpace(name)}
		if g.Name == "" {
			g.Name = g.Code
		}
		switch {
		case g.Code == "" || len(g.Code) > maxCode || len(g.Name) > MaxText || !Printable(part):
			return nil, Invalid(setting, "must be codes and names of games: code=Name, code=Name")
		case seen[g.Code]:
			return nil, Invalid(setting, "has a game twice")
		}
		seen[g.Code] = true
		list = append(list, g)
	}
	return list, nil
}

// Entered is the list of games that an operator has entered; studio tells who makes a game, by its code.
func Entered(games []NamedGame, studio func(code string) string) *adapterv1.ListGamesResponse {
	resp := &adapterv1.ListGamesResponse{}
	for _, g := range games {
		resp.Games = append(resp.Games, &adapterv1.ProviderGame{Code: g.Code, Name: g.Name, Studio: studio(g.Code), Enabled: true})
	}
	return resp
}
