package slot

import "math"

// Totals are exact sums over every combination of stops there is, in line bets.
type Totals struct {
	Combinations int64 // windows, all equally likely
	Paid         int64 // sum of paid spins' wins, scatter pays included
	PaidSquares  int64
	Line         int64 // sum of line wins alone, without a multiplier
	LineSquares  int64
	Hits         int64 // paid spins that pay anything or win free spins
	Triggers     int64 // paid spins that win free spins
	TriggerPaid  int64 // sum of the wins of those paid spins
	MaxLine      int64 // highest line win of a window
	MaxPaid      int64 // highest win of a paid spin
	MaxTrigger   int64 // highest win of a paid spin that wins free spins
}

// Figures describe the game for one round, relative to its cost.
type Figures struct {
	RTP            float64 // return to player, 1 is everything
	RTPLines       float64 // part of RTP from lines in paid spins
	RTPScatters    float64 // part from scatter pays
	RTPFreeSpins   float64 // part from free spins
	HitFrequency   float64 // share of rounds that pay anything or win free spins
	FreeSpinChance float64 // share of rounds that win free spins
	StdDev         float64 // standard deviation of a round's win, the measure of volatility
	MaxWin         float64 // highest win of a round there is
}

// Published is what Enumerate returns for these reels and pays. It is written down because the enumeration takes
// seconds; a test makes it again and compares.
var Published = Totals{
	Combinations: 31_334_400,
	Paid:         207_048_720,
	PaidSquares:  12_963_819_402,
	Line:         185_202_480,
	LineSquares:  11_489_988_362,
	Hits:         9_732_822,
	Triggers:     802_008,
	TriggerPaid:  23_555_872,
	MaxLine:      1_815,
	MaxPaid:      1_815,
	MaxTrigger:   770,
}

// Enumerate evaluates every combination of stops with the code that play uses. It takes seconds.
func Enumerate() Totals {
	var t Totals
	var w Window
	enumerate(&t, &w, 0)
	return t
}

func enumerate(t *Totals, w *Window, reel int) {
	if reel == Reels {
		t.add(w)
		return
	}
	strip := strips[reel]
	for stop := range strip {
		for row := range Rows {
			w[reel][row] = strip[(stop+row)%len(strip)]
		}
		enumerate(t, w, reel+1)
	}
}

func (t *Totals) add(w *Window) {
	line, scatters := int64(w.linePay()), w.Scatters()
	paid := line + int64(ScatterPays[scatters])
	t.Combinations++
	t.Paid += paid
	t.PaidSquares += paid * paid
	t.Line += line
	t.LineSquares += line * line
	t.MaxLine = max(t.MaxLine, line)
	t.MaxPaid = max(t.MaxPaid, paid)
	if scatters >= ScatterTrigger {
		t.Triggers++
		t.TriggerPaid += paid
		t.MaxTrigger = max(t.MaxTrigger, paid)
	}
	if paid > 0 || scatters >= ScatterTrigger {
		t.Hits++
	}
}

// Figures derives the published figures. A round's win is B + T*(F1+...+FN): B of the paid spin, T whether it won
// free spins, and F of each free spin, independent of B and of each other because every spin draws its stops anew. So
//
//	E[win]   = E[B] + P(T) N E[F]
//	E[win^2] = E[B^2] + 2 E[B T] N E[F] + P(T) (N Var[F] + N^2 E[F]^2)
func (t Totals) Figures() Figures {
	n := float64(t.Combinations)
	mean := func(sum int64) float64 { return float64(sum) / n }
	meanFree := FreeMultiplier * mean(t.Line)
	varFree := FreeMultiplier*FreeMultiplier*mean(t.LineSquares) - meanFree*meanFree
	trigger := mean(t.Triggers)
	win := mean(t.Paid) + trigger*FreeSpins*meanFree
	square := mean(t.PaidSquares) + 2*mean(t.TriggerPaid)*FreeSpins*meanFree +
		trigger*(FreeSpins*varFree+FreeSpins*FreeSpins*meanFree*meanFree)
	return Figures{
		RTP:            win / Lines,
		RTPLines:       mean(t.Line) / Lines,
		RTPScatters:    mean(t.Paid-t.Line) / Lines,
		RTPFreeSpins:   trigger * FreeSpins * meanFree / Lines,
		HitFrequency:   mean(t.Hits),
		FreeSpinChance: trigger,
		StdDev:         math.Sqrt(square-win*win) / Lines,
		MaxWin:         float64(max(t.MaxPaid, t.MaxTrigger+FreeSpins*FreeMultiplier*t.MaxLine)) / Lines,
	}
}
