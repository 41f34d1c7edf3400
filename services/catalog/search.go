package catalog

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// word is something to find a game by, and how much finding it there is worth.
type word struct {
	text   string
	weight int
}

// Weights of the places where a word is found.
const (
	inName   = 4
	inStudio = 2
	inTag    = 1
)

// wordsOf are the words of a game's names, its studio, tags and category, of which titles are what it is called; in all languages.
func wordsOf(e *entry, titles map[string]string) []word {
	var out []word
	add := func(text string, weight int) {
		for _, w := range append(words(text), words(spelled.Replace(text))...) {
			if !slices.ContainsFunc(out, func(x word) bool { return x.text == w }) {
				out = append(out, word{w, weight})
			}
		}
	}
	add(e.seen.GetName(), inName)
	add(e.full.GetName(), inName)
	for _, language := range slices.Sorted(maps.Keys(e.texts)) {
		add(e.texts[language].GetName(), inName)
	}
	add(e.full.GetStudio(), inStudio)
	for _, language := range slices.Sorted(maps.Keys(e.studio)) {
		add(e.studio[language].GetName(), inStudio)
	}
	for _, tag := range e.full.GetTags() {
		add(tag, inTag)
	}
	add(e.category, inTag)
	for _, language := range slices.Sorted(maps.Keys(titles)) {
		add(titles[language], inTag)
	}
	return out
}

// plainLetters are letters that people write in another way where their keyboard has none, and that are no letter with an accent to Unicode.
var plainLetters = strings.NewReplacer("ß", "ss", "ẞ", "ss", "æ", "ae", "Æ", "ae", "œ", "oe", "Œ", "oe", "ø", "o", "Ø", "o", "ł", "l", "Ł", "l", "đ", "d", "Đ", "d")

// spelled are letters that people also write with others where their keyboard has none: "Öl" is "oel" in German, "Åse" is "Aase" in Norwegian, "Işık" is "Isik" in
// Turkish. They are for searching alone, because studios are known by the words of their names.
var spelled = spelling("ä", "ae", "ö", "oe", "ü", "ue", "ø", "oe", "å", "aa", "ð", "d", "þ", "th", "ı", "i", "ς", "σ")

// spelling replaces small and capital letters, composed or with their accent apart.
func spelling(pairs ...string) *strings.Replacer {
	var out []string
	for i := 0; i < len(pairs); i += 2 {
		for _, letter := range []string{pairs[i], strings.ToUpper(pairs[i])} {
			out = append(out, letter, pairs[i+1])
			if apart := norm.NFD.String(letter); apart != letter {
				out = append(out, apart, pairs[i+1])
			}
		}
	}
	return strings.NewReplacer(out...)
}

// words splits a text into lower-case words without accents.
func words(text string) []string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(plainLetters.Replace(text)))
	return strings.FieldsFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// How well a word of the query fits a word of a game.
const (
	isWord     = 8
	beginsWord = 6
	withinWord = 4
	isMistyped = 2
)

// query is the words that somebody looks for. It remembers how well each word of the games fits, because games share most of their words.
type query []queryWord

type queryWord struct {
	text    string
	spelled string // the same as it is also written; mostly the same
	known   map[string]int
}

func newQuery(text string) query {
	var out query
	plain, long := words(text), words(spelled.Replace(text))
	for i, w := range plain {
		out = append(out, queryWord{w, long[i], map[string]int{}})
	}
	return out
}

func (q queryWord) fits(w string) int {
	n, known := q.known[w]
	if !known {
		n = fits(q.text, w)
		if q.spelled != q.text {
			n = max(n, fits(q.spelled, w))
		}
		q.known[w] = n
	}
	return n
}

// score says how well a game fits, of which every word of the query must fit somewhere; 0 when it does not.
func (q query) score(of []word) int {
	total := 0
	for _, x := range q {
		best := 0
		for _, w := range of {
			best = max(best, x.fits(w.text)*w.weight)
		}
		if best == 0 {
			return 0
		}
		total += best
	}
	return total
}

// fits forgives one mistake in a word of four letters and two in one of eight, also in the beginning of a longer word.
func fits(q, w string) int {
	switch {
	case q == w:
		return isWord
	case strings.HasPrefix(w, q):
		return beginsWord
	case strings.Contains(w, q):
		return withinWord
	}
	length := utf8.RuneCountInString(q)
	if length < 4 {
		return 0
	}
	if startsNearly([]rune(q), []rune(w), 1+length/8) {
		return isMistyped
	}
	return 0
}

// startsNearly tells whether some beginning of w is q but for at most limit mistakes: letters that are missing, too many, wrong or swapped
// (the optimal string alignment distance, of which the last row has the distance to each beginning of w).
func startsNearly(q, w []rune, limit int) bool {
	w = w[:min(len(w), len(q)+limit)]
	if len(w)+limit < len(q) {
		return false
	}
	cells := make([]int, 3*(len(w)+1))
	before, last, row := cells[:len(w)+1], cells[len(w)+1:2*len(w)+2], cells[2*len(w)+2:]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(q); i++ {
		row[0] = i
		for j := 1; j <= len(w); j++ {
			cost := 1
			if q[i-1] == w[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && q[i-1] == w[j-2] && q[i-2] == w[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return slices.Min(last) <= limit
}
