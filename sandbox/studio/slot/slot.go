// Package slot is the game Golden Vault: a 5x3 video slot with ten fixed lines. It is pure: which symbols, which
// reels, what pays, how a round is drawn and what that is worth on average, to the last digit. It knows no money: a
// win is a multiple of the line bet, and a round costs Lines line bets.
package slot

// Size of the game.
const (
	Reels     = 5
	Rows      = 3
	Lines     = 10 // also the cost of a round in line bets
	FreeSpins = 10 // awarded by ScatterTrigger scatters or more
	// ScatterTrigger is the number of scatters that starts the free spins.
	ScatterTrigger = 3
	// FreeMultiplier multiplies line wins in free spins. Scatters there pay nothing and award no more free spins.
	FreeMultiplier = 2
)

// Symbol is what a reel shows.
type Symbol uint8

// The symbols. Wild stands for every symbol but Scatter; it is not on the first reel, so a line is always named by
// its first symbol.
const (
	Wild Symbol = iota
	Scatter
	Diamond
	Gold
	Crown
	Coin
	Ace
	King
	Queen
	Jack
	symbols
)

var names = [symbols]string{"wild", "scatter", "diamond", "gold", "crown", "coin", "ace", "king", "queen", "jack"}

func (s Symbol) String() string { return names[s] }

// MarshalText writes the symbol's name, as the published paytable and the results show it.
func (s Symbol) MarshalText() ([]byte, error) { return []byte(names[s]), nil }

// Window is what the player sees: [reel][row], rows from the top.
type Window [Reels][Rows]Symbol

// Stops are the positions of the reels: the strip index shown in the top row.
type Stops [Reels]int

// LineWin is one winning line.
type LineWin struct {
	Line     int    // 1..Lines
	Symbol   Symbol // the symbol that pays
	Count    int    // how many reels from the left
	Multiple int    // in line bets, with the free-spin multiplier
}

// PayLine gives for each line the row on each reel.
var PayLine = [Lines][Reels]int{
	{1, 1, 1, 1, 1},
	{0, 0, 0, 0, 0},
	{2, 2, 2, 2, 2},
	{0, 1, 2, 1, 0},
	{2, 1, 0, 1, 2},
	{0, 0, 1, 2, 2},
	{2, 2, 1, 0, 0},
	{1, 0, 1, 2, 1},
	{1, 2, 1, 0, 1},
	{1, 0, 0, 0, 1},
}

// Pays gives the multiple of the line bet for Count equal symbols from the left (wilds included). Scatters are listed
// in ScatterPays.
var Pays = [symbols][Reels + 1]int{
	Diamond: {3: 75, 4: 300, 5: 1500},
	Gold:    {3: 50, 4: 150, 5: 750},
	Crown:   {3: 30, 4: 90, 5: 400},
	Coin:    {3: 20, 4: 60, 5: 200},
	Ace:     {3: 15, 4: 35, 5: 150},
	King:    {3: 10, 4: 30, 5: 120},
	Queen:   {3: 8, 4: 20, 5: 80},
	Jack:    {3: 6, 4: 16, 5: 70},
}

// ScatterPays gives the multiple of the line bet for that many scatters anywhere in the window of a paid spin
// (20 line bets are twice the round's cost).
var ScatterPays = [Reels + 1]int{3: 20, 4: 100, 5: 500}

// strip is written with one letter per stop, see letters. No reel has two scatters within three stops of each other,
// so a window never shows more than one per reel.
var stripText = [Reels]string{
	"JQCKAJSQGKJCAQJRKQDAJCKQGAJQRK",
	"QJAKWCQJSKAGJQCKARJQKADJQSCKAGRJ",
	"KJQACWJKQASGJQKRCAJQKWDAQJKSCGJQAR",
	"AQJKCGQJSAKRJQCAKDJQWAKGJQSRKCAJ",
	"JKQARCJQKSGAJQKDCJARQKGJQWAKCQ",
}

var letters = map[byte]Symbol{'W': Wild, 'S': Scatter, 'D': Diamond, 'G': Gold, 'R': Crown, 'C': Coin, 'A': Ace, 'K': King, 'Q': Queen, 'J': Jack}

var strips = parseStrips()

// Strip returns a copy of the reel's strip, 0 being the leftmost reel.
func Strip(reel int) []Symbol { return append([]Symbol(nil), strips[reel]...) }

// WindowAt is the window the stops show. Each stop must lie within its strip.
func WindowAt(stops Stops) Window {
	var w Window
	for r, stop := range stops {
		strip := strips[r]
		for row := range Rows {
			w[r][row] = strip[(stop+row)%len(strip)]
		}
	}
	return w
}

// Scatters counts the scatters in the window.
func (w *Window) Scatters() int {
	n := 0
	for r := range w {
		for _, s := range w[r] {
			if s == Scatter {
				n++
			}
		}
	}
	return n
}

// LineWins lists the winning lines of the window; multiplier is 1 for a paid spin and FreeMultiplier for a free one.
func (w *Window) LineWins(multiplier int) []LineWin {
	var wins []LineWin
	for i := range PayLine {
		if s, count := w.line(i); Pays[s][count] > 0 {
			wins = append(wins, LineWin{Line: i + 1, Symbol: s, Count: count, Multiple: multiplier * Pays[s][count]})
		}
	}
	return wins
}

// linePay is the sum of LineWins(1) without listing them: the full enumeration calls it for every window there is.
func (w *Window) linePay() int {
	sum := 0
	for i := range PayLine {
		s, count := w.line(i)
		sum += Pays[s][count]
	}
	return sum
}

// line finds the symbol of the line's first reel and on how many reels from the left it, or a wild, goes on.
func (w *Window) line(i int) (Symbol, int) {
	rows := &PayLine[i]
	first := w[0][rows[0]]
	count := 1
	for count < Reels {
		if s := w[count][rows[count]]; s != first && (s != Wild || first == Scatter) {
			break
		}
		count++
	}
	return first, count
}

func parseStrips() (out [Reels][]Symbol) {
	for r, text := range stripText {
		for i := range len(text) {
			s, ok := letters[text[i]]
			if !ok {
				panic("slot: strip with an unknown letter")
			}
			out[r] = append(out[r], s)
		}
	}
	return out
}
