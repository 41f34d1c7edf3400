// Package roulette is European roulette: one zero, 36 numbers, every inside and outside bet of the French cloth, each of
// which pays as if there were 36 pockets. It is pure: it knows no money but multiples of a stake.
package roulette

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/pitboss-gaming/pitboss/sandbox/studio/fair"
)

// Pockets is how many numbers the wheel has, 0 included.
const Pockets = 37

// Wheel is the order of the pockets, clockwise from zero.
var Wheel = [Pockets]int{
	0, 32, 15, 19, 4, 21, 2, 25, 17, 34, 6, 27, 13, 36, 11, 30, 8, 23, 10, 5, 24, 16, 33, 1, 20, 14, 31, 9, 22, 18, 29, 7, 28, 12, 35, 3, 26,
}

var reds = []int{1, 3, 5, 7, 9, 12, 14, 16, 18, 19, 21, 23, 25, 27, 30, 32, 34, 36}

// Spot is one place on the cloth.
type Spot struct {
	Name    string `json:"name"`
	Numbers []int  `json:"numbers"`
	Pays    int    `json:"pays"` // to 1, besides the stake
}

// Kinds are the kinds of spots in the order of a paytable, with how many numbers each covers.
var Kinds = []struct {
	Name    string
	Numbers int
}{
	{"straight", 1}, {"split", 2}, {"street", 3}, {"trio", 3}, {"corner", 4}, {"basket", 4}, {"line", 6}, {"dozen", 12}, {"column", 12},
	{"red", 18}, {"black", 18}, {"odd", 18}, {"even", 18}, {"low", 18}, {"high", 18},
}

var spots = makeSpots()

// Find returns the spot of that name, see Spots.
func Find(name string) (Spot, bool) {
	s, ok := spots[name]
	return s, ok
}

// Spots lists every spot: straight:0..36, split:a-b, street:a (a, a+1, a+2), trio:0-1-2, trio:0-2-3, corner:a (a, a+1,
// a+3, a+4), basket (0 to 3), line:a (six numbers from a), dozen:1..3, column:1..3, red, black, odd, even, low, high.
func Spots() []Spot {
	return slices.SortedFunc(maps.Values(spots), func(a, b Spot) int {
		if n := len(a.Numbers) - len(b.Numbers); n != 0 {
			return n
		}
		return strings.Compare(a.Name, b.Name)
	})
}

// Draw turns the wheel.
func Draw(random io.Reader) (int, error) {
	n, err := fair.Uniform(random, Pockets)
	return int(n), err
}

// Red tells a number's colour; zero has none.
func Red(n int) bool { return slices.Contains(reds, n) }

// Wins says whether the spot covers the number.
func (s Spot) Wins(number int) bool { return slices.Contains(s.Numbers, number) }

// Payout is what the stake returns, the stake included: 0 for a loss.
func (s Spot) Payout(stake int64, number int) int64 {
	if !s.Wins(number) {
		return 0
	}
	return stake * int64(s.Pays+1)
}

func makeSpots() map[string]Spot {
	all := map[string]Spot{}
	add := func(name string, numbers ...int) {
		all[name] = Spot{name, numbers, 36/len(numbers) - 1}
	}
	for n := range Pockets {
		add(fmt.Sprintf("straight:%d", n), n)
	}
	for n := 1; n <= 36; n++ {
		if n%3 != 0 {
			add(fmt.Sprintf("split:%d-%d", n, n+1), n, n+1)
		}
		if n <= 33 {
			add(fmt.Sprintf("split:%d-%d", n, n+3), n, n+3)
		}
		if n%3 != 0 && n <= 32 {
			add(fmt.Sprintf("corner:%d", n), n, n+1, n+3, n+4)
		}
		if n <= 3 {
			add(fmt.Sprintf("split:0-%d", n), 0, n)
		}
	}
	for n := 1; n <= 34; n += 3 {
		add(fmt.Sprintf("street:%d", n), n, n+1, n+2)
		if n <= 31 {
			add(fmt.Sprintf("line:%d", n), n, n+1, n+2, n+3, n+4, n+5)
		}
	}
	add("trio:0-1-2", 0, 1, 2)
	add("trio:0-2-3", 0, 2, 3)
	add("basket", 0, 1, 2, 3)
	for i := 1; i <= 3; i++ {
		add(fmt.Sprintf("dozen:%d", i), pick(func(n int) bool { return (n-1)/12 == i-1 })...)
		add(fmt.Sprintf("column:%d", i), pick(func(n int) bool { return n%3 == i%3 })...)
	}
	add("red", pick(Red)...)
	add("black", pick(func(n int) bool { return !Red(n) })...)
	add("odd", pick(func(n int) bool { return n%2 == 1 })...)
	add("even", pick(func(n int) bool { return n%2 == 0 })...)
	add("low", pick(func(n int) bool { return n <= 18 })...)
	add("high", pick(func(n int) bool { return n > 18 })...)
	return all
}

// pick lists the numbers from 1 to 36 that f wants.
func pick(f func(int) bool) (out []int) {
	for n := 1; n <= 36; n++ {
		if f(n) {
			out = append(out, n)
		}
	}
	return out
}

// RTP is what every spot returns on average, exactly: 36 of 37.
const RTP = 36.0 / 37.0
