package pam

import (
	"net/url"
	"slices"
	"strings"
)

// placeholders are what a launch template may name in braces.
var placeholders = []string{"provider", "game", "token", "player", "currency", "country", "language", "mobile", "lobby_url", "deposit_url"}

// fill replaces the placeholders of a template by values, escaped for a query. problem says what is wrong with the template.
func fill(template string, value func(name string) (string, bool)) (filled, problem string) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			return b.String(), ""
		}
		name, after, closed := strings.Cut(rest, "}")
		v, known := value(name)
		if !closed || !known || !slices.Contains(placeholders, name) {
			return "", "has a placeholder that is none of " + strings.Join(placeholders, ", ")
		}
		b.WriteString(strings.ReplaceAll(url.QueryEscape(v), "+", "%20")) // good in a path as well
		template = after
	}
}
