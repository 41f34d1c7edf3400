package catalog

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	catalogv1 "github.com/pitboss-gaming/pitboss/gen/go/pitboss/catalog/v1"
	"github.com/pitboss-gaming/pitboss/services/catalog/internal/db"
)

func TestScore(t *testing.T) {
	game := []word{{"book", inName}, {"of", inName}, {"dead", inName}, {"play", inStudio}, {"go", inStudio}, {"jackpot", inTag}, {"წიგნი", inName}}
	for query, want := range map[string]int{
		"book":       isWord * inName,
		"BOOK dead":  2 * isWord * inName,
		"bo":         beginsWord * inName,
		"ook":        withinWord * inName,
		"bokk":       isMistyped * inName,
		"obok":       isMistyped * inName,
		"deda":       isMistyped * inName,
		"jakcpot":    isMistyped * inTag,
		"jack":       beginsWord * inTag,
		"play":       isWord * inStudio,
		"წიგ":        beginsWord * inName,
		"ded":        0, // three letters forgive nothing
		"book alive": 0, // every word must fit
		"zzzz":       0,
		"dämonen":    0,
	} {
		require.Equal(t, want, newQuery(query).score(game), query)
	}
	require.Equal(t, []string{"cafe", "ole", "100"}, words(" Café-OLÉ!  100 "))
	require.Equal(t, []string{"strasse", "strasse", "smorrebrod", "zloto", "aeon"}, words("Straße STRASSE Smørrebrød ZŁOTO Æon"))
	require.Zero(t, newQuery("x").score(nil))
}

// TestScore_Spelled: letters that a keyboard does not have are found however people write them.
func TestScore_Spelled(t *testing.T) {
	of := func(name string) []word {
		return wordsOf(&entry{full: &catalogv1.Game{Name: name}, seen: &catalogv1.Game{}}, nil)
	}
	for name, queries := range map[string][]string{
		"Öl":              {"Öl", "oel", "ol", "OEL", "O\u0308l"},
		"O\u0308l":        {"Öl", "oel", "ol"},
		"Oel":             {"Öl", "öl", "oel"},
		"Gruen":           {"grün", "GRÜN"},
		"Grün":            {"gruen", "grun", "grün"},
		"Äpfel ÜBER Åse":  {"aepfel ueber aase", "Apfel Uber Ase", "äpfel"},
		"Smørrebrød":      {"smorrebrod", "smoerrebroed", "smørrebrød"},
		"Smoerrebroed":    {"smørrebrød"},
		"Işık":            {"isik", "ışık", "IŞIK"},
		"Λόγος":           {"ΛΟΓΟΣ", "λόγος"},
		"Þór":             {"thor", "Þór"},
		"Queen of Aarhus": {"queen", "århus"},
	} {
		for _, query := range queries {
			require.Equal(t, len(words(query))*isWord*inName, newQuery(query).score(of(name)), "%s in %s", query, name)
		}
	}
	require.Zero(t, newQuery("oel").score(of("Ol")), "who writes two letters means them")
}

// FuzzSearch: nothing that anybody types breaks the search, and a name finds itself.
func FuzzSearch(f *testing.F) {
	for _, s := range [][2]string{{"Book of Dead", "bokk"}, {"Café ოქრო", "\xff\x00"}, {"", "a"}, {"x1", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}} {
		f.Add(s[0], s[1])
	}
	f.Add("Smørrebrød a\u0308\u0327 Åå", "o\u0308\u0308")
	f.Fuzz(func(t *testing.T, name, text string) {
		var of []word
		for _, w := range words(name) {
			of = append(of, word{w, inName})
		}
		require.GreaterOrEqual(t, newQuery(text).score(of), 0)
		if len(of) > 0 {
			require.Equal(t, len(words(name))*isWord*inName, newQuery(name).score(of))
		}
	})
}

// BenchmarkListGames is a page and a search in a catalogue of five thousand games.
func BenchmarkListGames(b *testing.B) {
	in := stored{revision: 1, lobby: db.Lobby{Sections: []byte("[]")}}
	for i := range 5000 {
		in.games = append(in.games, db.Game{
			GameID: fmt.Sprintf("gam_%05d", i), IntegrationID: "studio", Code: fmt.Sprint(i), Name: fmt.Sprintf("Book of the Golden Dragon %d", i), Studio: "Some Studio",
			Category: "video-slots", Published: true, Offered: true, Tags: []string{"new", "megaways"}, Translations: []byte("{}"),
		})
	}
	s, err := newSnapshot(in)
	require.NoError(b, err)
	v := view{snapshot: s, visitor: visitor{country: "DE"}, switches: &switches{}}
	b.Run("playable", func(b *testing.B) {
		for b.Loop() {
			require.Len(b, v.playable(), 5000)
		}
	})
	for _, query := range []string{"golden", "megways", "poker"} {
		b.Run("search "+query, func(b *testing.B) {
			for b.Loop() {
				found(v.playable(), newQuery(query))
			}
		})
	}
}
